//! Why a metric cannot be used.

use super::ListError;

/// Why a metric cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// The assertions of a row are wrong.
    #[error("{path}: {error}")]
    Row {
        path: String,
        /// What is wrong, and in which row.
        error: ListError,
    },
    /// The pattern or schema is wrong.
    #[error("metric `{metric}`: {message}")]
    Invalid { metric: String, message: String },
}
