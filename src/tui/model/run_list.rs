//! The list of runs in the store.

use crate::{
    model::RunId,
    store::{RunCounts, RunInfo},
};
use std::sync::Arc;

/// A line of the list of runs.
#[derive(Debug, Clone)]
pub struct RunLine {
    pub info: Arc<RunInfo>,
    pub counts: RunCounts,
    /// Mean score of the baseline, and the best variant with its mean; `None` until worked out.
    pub scores: Option<(f64, String, f64)>,
}

/// The list, and what is selected in it.
#[derive(Debug, Default)]
pub struct RunList {
    pub lines: Vec<RunLine>,
    /// The line under the cursor.
    pub line: usize,
    /// The run chosen to compare with.
    pub chosen: Option<RunId>,
    /// The run to compare with once another one is open.
    pub compare_with: Option<RunId>,
}
