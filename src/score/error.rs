//! Why a metric cannot be used.

/// Why a metric cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// The pattern or schema is wrong.
    #[error("metric `{metric}`: {message}")]
    Invalid {
        /// Which.
        metric: String,
        /// Why.
        message: String,
    },
}
