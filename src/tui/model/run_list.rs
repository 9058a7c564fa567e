//! The list of runs in the store.

use crate::store::{RunCounts, RunInfo};
use std::sync::Arc;

/// A line of the list of runs.
#[derive(Debug, Clone)]
pub struct RunLine {
    pub info: Arc<RunInfo>,
    pub counts: RunCounts,
    /// Mean score of the baseline, and the best variant with its mean; `None` until worked out.
    pub scores: Option<(f64, String, f64)>,
}
