//! What calls cost at most: the one place that adds it up, for `check`, the session, `batch` and the budget of a run.
//!
//! Pure arithmetic on token counts, request parameters and prices; `engine::PlanEstimator` renders the prompts of a plan
//! and counts them.

use crate::model::{Price, Usage};
use serde::Serialize;

/// Completion tokens to reserve for a call without an output limit, until an answer shows how long answers are.
const UNKNOWN_OUTPUT: u64 = 1024;

/// Calls to one model with the same output limit: those of one variant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallGroup {
    pub calls: f64,
    /// Prompt tokens of all these calls.
    pub prompt_tokens: f64,
    /// Completion tokens of one call.
    pub max_output: Option<u64>,
}

/// What calls to one model take at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct CostEstimate {
    pub prompt_tokens: u64,
    /// Whether they are estimated, by the tokenizer or from a part of the prompts.
    pub estimated: bool,
    /// Unknown if any call has no output limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens_at_most: Option<u64>,
    /// Unknown without an output limit or a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_at_most: Option<f64>,
}

impl CostEstimate {
    /// The sum over groups of calls to one model.
    pub fn new(groups: &[CallGroup], price: Option<Price>, estimated: bool) -> CostEstimate {
        let prompt: f64 = groups.iter().map(|g| g.prompt_tokens).sum();
        let output: Option<f64> = groups
            .iter()
            .filter(|g| g.calls > 0.0)
            .map(|g| Some(g.calls * g.max_output? as f64))
            .sum();
        let usage = Usage {
            prompt: prompt.round() as u64,
            completion: output.unwrap_or(0.0).round() as u64,
            ..Usage::default()
        };
        let completion_tokens_at_most = output.map(|_| usage.completion);
        CostEstimate {
            prompt_tokens: usage.prompt,
            estimated,
            completion_tokens_at_most,
            usd_at_most: price
                .filter(|_| output.is_some())
                .map(|price| price.cost_usd(&usage)),
        }
    }
}

/// Dollars to reserve for one call before it is sent. `prompt_tokens` are estimated and may be too low by a quarter;
/// without an output limit the answer may be as long as the longest so far.
pub fn reserved_usd(
    price: Price,
    prompt_tokens: u64,
    max_output: Option<u64>,
    longest_answer: u64,
) -> f64 {
    let unlimited = match longest_answer {
        0 => UNKNOWN_OUTPUT,
        tokens => tokens,
    };
    price.cost_usd(&Usage {
        prompt: prompt_tokens + prompt_tokens / 4,
        completion: max_output.unwrap_or(unlimited),
        ..Usage::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_counts_with_its_own_limit_and_one_without_makes_the_sum_unknown() {
        let price = Some(Price {
            input: 1.0,
            cached: None,
            output: 10.0,
        });
        let group = |calls, max_output| CallGroup {
            calls,
            prompt_tokens: calls * 100.0,
            max_output,
        };
        let cost = CostEstimate::new(&[group(2.0, Some(8)), group(3.0, Some(64))], price, false);
        assert_eq!(cost.prompt_tokens, 500);
        assert_eq!(cost.completion_tokens_at_most, Some(2 * 8 + 3 * 64));
        let usd = (500.0 + 10.0 * 208.0) / 1e6;
        assert!((cost.usd_at_most.unwrap() - usd).abs() < 1e-12);
        let cost = CostEstimate::new(&[group(2.0, Some(8)), group(3.0, None)], price, false);
        assert_eq!(
            (cost.completion_tokens_at_most, cost.usd_at_most),
            (None, None)
        );
        // A variant whose answers are all reused adds nothing.
        let cost = CostEstimate::new(&[group(2.0, Some(8)), group(0.0, None)], price, false);
        assert_eq!(cost.completion_tokens_at_most, Some(16));
        let cost = CostEstimate::new(&[group(2.0, Some(8))], None, false);
        assert_eq!(
            (cost.completion_tokens_at_most, cost.usd_at_most),
            (Some(16), None)
        );
    }

    #[test]
    fn a_reservation_has_a_margin_and_learns_from_answers() {
        let price = Price {
            input: 1.0,
            cached: None,
            output: 1.0,
        };
        let usd =
            |max_output, longest| (reserved_usd(price, 400, max_output, longest) * 1e6).round();
        assert_eq!(usd(Some(100), 7), 600.0);
        assert_eq!(usd(None, 0), 1524.0);
        assert_eq!(usd(None, 7), 507.0);
    }
}
