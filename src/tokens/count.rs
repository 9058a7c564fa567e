//! How many tokens a text has, as far as that can be known without the model.

use crate::{model::Prompt, project::ModelSpec};

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
    per_message: u64,
}

impl Counter {
    /// The counter for a model. Every count is an estimate so far, and says so.
    pub fn of(_model: &str, _spec: Option<&ModelSpec>) -> Counter {
        Counter { per_message: 4 }
    }

    /// Tokens of a text: a run of letters counts a token for each four begun, a digit run one for each three,
    /// a mark one, a wide (CJK) character one.
    pub fn text(&self, text: &str) -> TokenCount {
        let (mut tokens, mut letters, mut digits) = (0u64, 0u64, 0u64);
        for c in text.chars() {
            let letter = c.is_alphabetic() && !is_wide(c);
            if !letter {
                tokens += letters.div_ceil(5);
                letters = 0;
            }
            if !c.is_ascii_digit() {
                tokens += digits.div_ceil(3);
                digits = 0;
            }
            match c {
                _ if letter => letters += 1,
                '0'..='9' => digits += 1,
                ' ' => {}
                _ => tokens += 1,
            }
        }
        TokenCount {
            tokens: tokens + letters.div_ceil(5) + digits.div_ceil(3),
            estimated: true,
        }
    }

    /// Tokens of a prompt, the chat format's overhead included.
    pub fn prompt(&self, prompt: &Prompt) -> TokenCount {
        let messages: u64 = prompt
            .messages
            .iter()
            .map(|m| self.text(&m.content).tokens + self.per_message)
            .sum();
        TokenCount {
            tokens: messages + 3,
            estimated: true,
        }
    }
}

fn is_wide(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_near_what_tokenizers_count() {
        let counter = Counter::of("any", None);
        // 11 and 10 tokens in o200k_base.
        let english = counter
            .text("The quick brown fox jumps over the lazy dog.")
            .tokens;
        assert!((9..=12).contains(&english), "{english}");
        let chinese = counter.text("这条评论是正面还是负面的？").tokens;
        assert!((8..=14).contains(&chinese), "{chinese}");
    }
}
