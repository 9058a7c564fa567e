//! One prompt sent once, and what became of it.

use super::{Outcome, Scores};
use serde::{Deserialize, Serialize};

/// Which trial: indices into the plan's variants, models, rows and samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrialId {
    pub variant: u32,
    pub model: u32,
    /// Index of the row within the plan (not within the dataset).
    pub row: u32,
    /// Sample number, from 0.
    pub sample: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TrialRecord {
    pub id: TrialId,
    /// What it came to.
    pub outcome: Outcome,
    /// Scores, one a metric; empty for a failure.
    pub scores: Scores,
    /// Taken from the store, not sent.
    pub reused: bool,
    /// Requests made for it in this run, the first one included; 0 when reused.
    pub attempts: u32,
    /// Price of the answer in USD, where the price is known.
    pub cost_usd: Option<f64>,
}
