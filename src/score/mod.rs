//! Metrics: pure functions from an output and a row to a score in [0, 1].
use crate::{
    model::{Completion, Row, Scores},
    project::MetricSpec,
};

/// Stub error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ScoreError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

/// The metrics of an experiment, compiled.
#[derive(Debug)]
pub struct Scorer {
    _metrics: Vec<MetricSpec>,
}

impl Scorer {
    /// Compile; a bad pattern or schema is an error that names the metric.
    pub fn new(_metrics: &[MetricSpec]) -> Result<Scorer, ScoreError> {
        unimplemented!()
    }
    /// Names of the metrics, the main one first.
    pub fn names(&self) -> Vec<&str> {
        self._metrics.iter().map(|m| m.name.as_str()).collect()
    }
    /// Score a completion with the pure metrics.
    pub fn score(&self, _completion: &Completion, _row: &Row) -> Scores {
        unimplemented!()
    }
}
