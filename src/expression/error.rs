//! What is wrong with an expression, and where.

use std::ops::Range;

/// What is wrong with an expression, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// Bytes of the text.
    pub span: Range<usize>,
    pub message: String,
}

impl ExpressionError {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> ExpressionError {
        ExpressionError {
            span,
            message: message.into(),
        }
    }

    /// At which character of the text it is, from 1.
    pub fn column(&self, text: &str) -> usize {
        let before = text.get(..self.span.start).unwrap_or(text);
        before.chars().count() + 1
    }

    /// The same error in a text that has something more before it.
    #[must_use]
    pub fn shifted(self, by: usize) -> ExpressionError {
        ExpressionError {
            span: self.span.start + by..self.span.end + by,
            ..self
        }
    }
}
