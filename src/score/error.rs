//! Errors of a metric.

use super::ListError;

/// Why a metric cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    #[error("{path}: {error}")]
    Row { path: String, error: ListError },
    #[error("metric `{metric}`: {message}")]
    Invalid { metric: String, message: String },
}
