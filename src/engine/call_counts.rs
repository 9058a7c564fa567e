//! The calls of one variant to one model, counted over the rendered rows and scaled to all of them.

use super::priced_model::Limits;
use crate::cost::CallGroup;

/// Counts of one variant and one model over the rendered rows.
#[derive(Clone, Copy, Default)]
pub(super) struct CallCounts {
    pub(super) calls: f64,
    pub(super) tokens: f64,
    pub(super) new_calls: f64,
    /// Calls to send of the rows whose tokens were counted, and their tokens.
    pub(super) new_counted: f64,
    pub(super) new_tokens: f64,
    pub(super) counted: f64,
    /// The most tokens per byte of the texts that were counted exactly.
    pub(super) density: f64,
    /// What the calls of these rows cost at most, where price and limit are known, and those to send; how many calls these are.
    pub(super) usd: f64,
    pub(super) new_usd: f64,
    pub(super) usd_calls: f64,
    /// What the dearest of them costs at most.
    pub(super) dearest_usd: f64,
}

impl CallCounts {
    /// Add a rendered prompt, with what a call costs at most.
    pub(super) fn add_usd(&mut self, usd: f64, samples: u32, new: f64) {
        self.usd += f64::from(samples) * usd;
        self.new_usd += new * usd;
        self.usd_calls += f64::from(samples);
        self.dearest_usd = self.dearest_usd.max(usd);
    }

    pub(super) fn mean_tokens(&self) -> f64 {
        self.tokens / self.counted.max(1.0)
    }

    /// All calls, `scale` for each rendered prompt.
    pub(super) fn all(&self, scale: f64, limits: &Limits) -> CallGroup {
        self.group(self.calls * scale, limits)
    }

    /// Calls with prompts of mean length.
    pub(super) fn group(&self, calls: f64, limits: &Limits) -> CallGroup {
        CallGroup {
            calls,
            prompt_tokens: self.mean_tokens() * calls,
            max_output: limits.max_output,
            usd_at_most: match limits.unknown_cost {
                None => Some(self.usd * (calls / self.usd_calls.max(1.0))),
                Some(_) => None,
            },
        }
    }

    /// Calls with prompts that were not rendered, none of them longer than the longest that was.
    pub(super) fn others(&self, calls: f64, limits: &Limits) -> CallGroup {
        let group = self.group(calls, limits);
        CallGroup {
            usd_at_most: group.usd_at_most.map(|_| self.dearest_usd * calls),
            ..group
        }
    }

    /// The calls to send, `scale` for each one counted.
    pub(super) fn unanswered(&self, scale: f64, limits: &Limits) -> CallGroup {
        let calls = self.new_calls * scale;
        let mean = match self.new_counted {
            0.0 => self.mean_tokens(),
            counted => self.new_tokens / counted,
        };
        CallGroup {
            calls,
            prompt_tokens: mean * calls,
            max_output: limits.max_output,
            usd_at_most: match limits.unknown_cost {
                None => Some(self.new_usd * scale),
                Some(_) => None,
            },
        }
    }
}
