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
    /// The limits to try where an answer was cut at this one, smallest first; none where it is no higher.
    pub fn limits_above(&self, max_tokens: Option<u64>) -> Vec<u64> {
        let least = max_tokens.unwrap_or(0);
        if self.max_tokens <= least {
            return Vec::new();
        }
        let mut limits = self.earlier.clone();
        limits.retain(|limit| (least + 1..self.max_tokens).contains(limit));
        limits.push(self.max_tokens);
        limits.sort_unstable();
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_limits_are_tried_first_and_none_that_is_not_higher() {
        let raised = RaisedMaxTokens {
            max_tokens: 64,
            earlier: vec![32, 8, 128],
            answers: 0,
        };
        assert_eq!(raised.limits_above(Some(8)), [32, 64]);
        assert_eq!(raised.limits_above(None), [8, 32, 64]);
        assert_eq!(raised.limits_above(Some(64)), [0; 0]);
    }
}
