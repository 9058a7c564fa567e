//! Labels as they are written, and what is wrong with a set of them.

use serde::{Deserialize, Serialize};

/// A label, and other ways to write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct LabelSpec {
    pub name: String,
    pub also: Vec<String>,
}

impl From<&str> for LabelSpec {
    fn from(name: &str) -> LabelSpec {
        LabelSpec {
            name: name.to_owned(),
            also: Vec::new(),
        }
    }
}

/// Why a set of labels cannot be read. Positions are those of the labels in the set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelSetError {
    #[error("a label is empty")]
    Empty { label: usize },
    #[error(
        "the labels `{first}` and `{second}` cannot be told apart: case, punctuation, `_`, `-` and spaces are ignored"
    )]
    Alike {
        first: String,
        second: String,
        label: usize,
    },
}

impl LabelSetError {
    /// The position of the label that is wrong.
    pub fn label(&self) -> usize {
        match self {
            LabelSetError::Empty { label } | LabelSetError::Alike { label, .. } => *label,
        }
    }
}
