//! Hashes of what the answers and scores of a run come from, so that later runs and the session know without rendering a
//! prompt which of them hold for a plan.

use serde::{Deserialize, Serialize};

/// Equal hashes stand for the same prompts, requests and scores, on rows of the same dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct AnswerKeys {
    /// Of each variant: its prompts and request parameters; `None` where only rendering shows them.
    pub variants: Vec<Option<u64>>,
    /// Of each model: where and how it is called.
    pub models: Vec<u64>,
    /// Of the metrics.
    pub scoring: u64,
    /// Of each variant, the first one that has the same prompts and request parameters on every row; empty in runs of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identical: Vec<u32>,
}
