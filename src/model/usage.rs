//! Tokens and what they cost.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Tokens of one or many answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens, the cached ones included.
    pub prompt: u64,
    /// Prompt tokens that the server had cached.
    pub cached: u64,
    /// Completion tokens, the reasoning ones included.
    pub completion: u64,
    /// Completion tokens spent on reasoning.
    pub reasoning: u64,
    /// Some of these were estimated, because the endpoint reported none.
    pub estimated: bool,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.prompt += other.prompt;
        self.cached += other.cached;
        self.completion += other.completion;
        self.reasoning += other.reasoning;
        self.estimated |= other.estimated;
    }
}

/// Prices in USD per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: f64,
    /// Prompt tokens that were cached; as `input` where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<f64>,
    pub output: f64,
}

impl Price {
    /// What this usage costs, in USD.
    pub fn cost_usd(&self, usage: &Usage) -> f64 {
        let cached = usage.cached.min(usage.prompt);
        let fresh = usage.prompt - cached;
        (fresh as f64 * self.input
            + cached as f64 * self.cached.unwrap_or(self.input)
            + usage.completion as f64 * self.output)
            / 1e6
    }
}
