//! Errors of a metric.

use super::ListError;

/// Why a metric cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    #[error("{path}: {error}")]
    Row { path: String, error: ListError },
    #[error(
        "{path}: record {line} (row {row}): the metric `{metric}` cannot compare with the answer {answer}\n  help: an answer is a text, a number, a list of them, or {{\"text\": [...]}}; for objects use `json`"
    )]
    Answer {
        path: String,
        /// The record's place in the file, from 1.
        line: usize,
        row: String,
        metric: String,
        answer: String,
    },
    #[error(
        "{path}: record {line} (row {row}): the metric `{metric}` cannot read the expected calls: {message}\n  help: write [{{\"name\": \"search\", \"arguments\": {{\"query\": \"kettle\"}}}}], search(query=\"kettle\"), or [] where no call is expected"
    )]
    Calls {
        path: String,
        /// The record's place in the file, from 1.
        line: usize,
        row: String,
        metric: String,
        message: String,
    },
    #[error("metric `{metric}`: {message}")]
    Invalid { metric: String, message: String },
}
