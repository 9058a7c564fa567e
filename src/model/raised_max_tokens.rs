//! More room for answers that were cut at `max_tokens`.

use serde::{Deserialize, Serialize};

/// A run that requests answers again that earlier runs have cut, and takes all others as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct RaisedMaxTokens {
    /// The limit of the answers that are requested again.
    pub max_tokens: u64,
    /// Lower limits with which earlier runs did the same; an answer that was not cut at one of them is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<u64>,
    /// Answers that are in the run with more room than the experiment gives.
    #[serde(default)]
    pub answers: u64,
    /// Answers that earlier runs bought with more room are taken, and none is requested again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stored_only: bool,
}

impl RaisedMaxTokens {
    /// Take what earlier runs bought at these limits; `None` where none is above those of a run.
    pub fn stored(mut limits: Vec<u64>, own: &[Option<u64>]) -> Option<RaisedMaxTokens> {
        let least = own.iter().map(|limit| limit.unwrap_or(0)).min();
        limits.retain(|limit| least.is_some_and(|least| *limit > least));
        limits.sort_unstable();
        let max_tokens = limits.pop()?;
        Some(RaisedMaxTokens {
            max_tokens,
            earlier: limits,
            answers: 0,
            stored_only: true,
        })
    }

    /// The limits to try where an answer was cut: its own, and the lower ones of earlier runs.
    pub fn limits(&self) -> Vec<u64> {
        let lower = self.earlier.iter().copied();
        let lower = lower.filter(|limit| *limit < self.max_tokens);
        lower.chain([self.max_tokens]).collect()
    }
}
