//! Tokens of answers, by kind.

use super::ServiceTier;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Tokens of one or many answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens, those of every kind below included.
    pub prompt: u64,
    /// Prompt tokens that the server had cached.
    pub cached: u64,
    /// Completion tokens, the reasoning ones included.
    pub completion: u64,
    /// Completion tokens spent on reasoning.
    pub reasoning: u64,
    /// Some of these were estimated, because the endpoint reported none.
    pub estimated: bool,
    #[serde(flatten)]
    pub billing: BillingDetails,
}

/// What else changes the price of an answer; most answers have none of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillingDetails {
    /// Prompt tokens written to the server's cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// Those of them that are kept for an hour or longer.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write_long: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub audio_input: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub image_input: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub audio_output: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub image_output: u64,
    /// The tier that the server reports.
    #[serde(skip_serializing_if = "ServiceTier::is_standard")]
    pub service_tier: ServiceTier,
}

fn is_zero(tokens: &u64) -> bool {
    *tokens == 0
}

impl BillingDetails {
    pub fn is_empty(&self) -> bool {
        *self == BillingDetails::default()
    }
}

impl AddAssign for Usage {
    /// The tokens of both. A sum has no service tier.
    fn add_assign(&mut self, other: Usage) {
        self.prompt += other.prompt;
        self.cached += other.cached;
        self.completion += other.completion;
        self.reasoning += other.reasoning;
        self.estimated |= other.estimated;
        let (sum, more) = (&mut self.billing, other.billing);
        sum.cache_write += more.cache_write;
        sum.cache_write_long += more.cache_write_long;
        sum.audio_input += more.audio_input;
        sum.image_input += more.image_input;
        sum.audio_output += more.audio_output;
        sum.image_output += more.image_output;
        sum.service_tier = ServiceTier::Standard;
    }
}
