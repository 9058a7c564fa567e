//! Why nothing is said of what calls cost at most.

use serde::Serialize;

/// Why nothing is said of what calls cost at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCost {
    NoPrice,
    /// Nothing limits the answers.
    NoLimit,
    /// A template does more with what the model said than to quote it.
    Replies,
    /// A program answers calls of tools: nothing says how long its answers are.
    ToolAnswers,
    /// Prompts have documents: nothing says how many tokens their pages have.
    Documents,
    /// This request parameter lets the server take more than it is sent.
    Parameter(&'static str),
}

impl std::fmt::Display for UnknownCost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            UnknownCost::NoPrice => f.write_str("price unknown"),
            UnknownCost::NoLimit => f.write_str("cost unlimited: set max_tokens"),
            UnknownCost::Replies => {
                f.write_str("cost unknown: prompts do more with replies than quote them")
            }
            UnknownCost::ToolAnswers => {
                f.write_str("cost unknown: nothing bounds what tools answer")
            }
            UnknownCost::Documents => {
                f.write_str("cost unknown: nothing bounds the tokens of documents")
            }
            UnknownCost::Parameter(name) => {
                write!(f, "cost unknown: `{name}` lets the server add to requests")
            }
        }
    }
}

/// As its sentence.
impl Serialize for UnknownCost {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
