//! More room for answers that were cut at `max_tokens`.

use serde::{Deserialize, Serialize};

/// A run that requests answers again that earlier runs have cut, and takes all others as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedMaxTokens {
    /// The limit of the answers that are requested again.
    pub max_tokens: u64,
    /// Lower limits with which earlier runs did the same; an answer that was not cut at one of them is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<u64>,
    /// Answers that are in the run with more room than the experiment gives.
    #[serde(default)]
    pub answers: u64,
}

impl RaisedMaxTokens {
    /// The limits to try where an answer was cut: its own, and the lower ones of earlier runs.
    pub fn limits(&self) -> Vec<u64> {
        let lower = self.earlier.iter().copied();
        let lower = lower.filter(|limit| *limit < self.max_tokens);
        lower.chain([self.max_tokens]).collect()
    }
}
