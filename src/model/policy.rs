//! In what order the trials of a run are bought, where not all of them are.

use serde::{Deserialize, Serialize};

/// What a run buys, where it does not buy every trial.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum PolicySpec {
    /// The best variant, by sequential halving.
    Race {
        /// Most trials, over all models.
        calls: u64,
        /// How sure one must be of the leader to stop early, in (0, 1).
        level: f64,
    },
    /// The distribution of the scores over all variants, from few cells of each.
    Estimate {
        /// Most trials, over all models.
        calls: u64,
    },
    /// The best and the worst variant, by Thompson sampling.
    Spread {
        /// Most trials, over all models.
        calls: u64,
    },
    /// Rows in random order until a condition holds.
    Until {
        /// The condition, as written.
        condition: String,
        /// How sure one must be, in (0, 1).
        level: f64,
    },
}

impl PolicySpec {
    /// Its name, as a flag has it.
    pub fn name(&self) -> &'static str {
        match self {
            PolicySpec::Race { .. } => "race",
            PolicySpec::Estimate { .. } => "estimate",
            PolicySpec::Spread { .. } => "spread",
            PolicySpec::Until { .. } => "until",
        }
    }

    /// Most trials that it buys, over all models; `None` where only the rows end it.
    pub fn calls(&self) -> Option<u64> {
        match self {
            PolicySpec::Race { calls, .. }
            | PolicySpec::Estimate { calls }
            | PolicySpec::Spread { calls } => Some(*calls),
            PolicySpec::Until { .. } => None,
        }
    }
}
