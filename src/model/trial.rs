//! One prompt sent once, and what became of it.

use super::{Outcome, Scores, Usage};
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
    /// The calls of a conversation: then the answer has the tokens, the time and the price of all of them. `None` where the
    /// trial is one call.
    pub calls: Option<Box<ConversationCalls>>,
}

/// What was sent for a conversation; its other calls were taken from the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConversationCalls {
    /// How many calls it takes.
    pub planned: u32,
    /// Those that were sent, retries not counted.
    pub sent: u32,
    /// Tokens of the answers to them.
    pub usage: Usage,
    /// The time that they took.
    pub latency_ms: f64,
    /// What they cost in USD, where the price is known.
    pub cost_usd: Option<f64>,
}

impl TrialRecord {
    /// How often its calls were sent again.
    pub fn retries(&self) -> u32 {
        let first = self.calls.as_ref().map_or(1, |calls| calls.sent);
        self.attempts.saturating_sub(first)
    }

    /// The tokens that were paid for in its run, and their price.
    pub fn spending(&self) -> (Usage, Option<f64>) {
        match (&self.calls, self.outcome.completion()) {
            (Some(calls), _) => (calls.usage, calls.cost_usd),
            (None, Some(completion)) if !self.reused => (completion.usage, self.cost_usd),
            (None, _) => (Usage::default(), None),
        }
    }
}
