//! How many answers of a variant may be cut at `max_tokens`: the one home of that rule.

use serde::{Deserialize, Serialize};

/// The largest share of answers cut at `max_tokens` with which a variant is compared with others.
#[derive(
    Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, schemars::JsonSchema, Deserialize,
)]
#[serde(transparent)]
pub struct MaxTruncated(f64);

impl Default for MaxTruncated {
    fn default() -> Self {
        MaxTruncated(0.05)
    }
}

impl MaxTruncated {
    /// `None` unless it is a share.
    pub fn new(share: f64) -> Option<MaxTruncated> {
        (0.0..=1.0).contains(&share).then_some(MaxTruncated(share))
    }

    pub fn share(self) -> f64 {
        self.0
    }

    /// Whether so many of these answers are too many.
    pub fn is_exceeded(self, truncated: usize, answers: usize) -> bool {
        truncated as f64 > self.0 * answers as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exceeded_by_more_than_it() {
        let usual = MaxTruncated::default();
        assert!(usual.is_exceeded(1, 19) && usual.is_exceeded(6, 100));
        assert!(!usual.is_exceeded(5, 100) && !usual.is_exceeded(0, 0));
        let all = MaxTruncated::new(1.0).unwrap();
        assert!(!all.is_exceeded(8, 8));
        assert_eq!(MaxTruncated::new(5.0), None);
        assert_eq!(MaxTruncated::new(f64::NAN), None);
    }
}
