//! After how many calls tuning pays off.

use crate::{
    model::{Price, ServiceTier},
    outcome::{Cell, Grid},
    project::{Amount, TuningCost},
    stats::Z95,
};
use serde::Serialize;

/// What a call costs: mean tokens with their range, and the price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallCost {
    /// Prompt tokens: the mean, and the ends of its 95 % interval.
    pub prompt: [f64; 3],
    pub cached: f64,
    /// Completion tokens, likewise.
    pub completion: [f64; 3],
    /// USD per million tokens.
    pub price: Price,
}

impl CallCost {
    pub fn new(grid: &Grid, variant: usize, price: Price) -> CallCost {
        let of = |figure: fn(&Cell) -> f64| token_mean(grid, Some(variant), figure);
        CallCost {
            prompt: of(|c| f64::from(c.prompt_tokens)),
            cached: of(|c| f64::from(c.cached_tokens))[0],
            completion: of(|c| f64::from(c.completion_tokens)),
            price,
        }
    }

    /// USD per call at the mean (0), the lower (1) or the upper end (2).
    fn usd(&self, end: usize) -> f64 {
        let prompt = self.prompt[end];
        let cached = self.cached.min(prompt);
        let rates = self.price.rates_of(ServiceTier::Standard, prompt as u64);
        ((prompt - cached) * rates.input
            + cached * rates.cached.unwrap_or(rates.input)
            + self.completion[end] * rates.output)
            / 1e6
    }
}

/// Mean of a figure over the answered cells of a variant (of all where `None`), and the ends of its 95 % interval.
pub fn token_mean(grid: &Grid, variant: Option<usize>, figure: impl Fn(&Cell) -> f64) -> [f64; 3] {
    let mut all = Vec::new();
    for v in 0..grid.variants() {
        if variant.is_some_and(|wanted| wanted != v) {
            continue;
        }
        for row in 0..grid.rows() {
            for sample in 0..grid.samples() {
                let cell = grid.cell(v, row, sample);
                if cell.state.is_answered() {
                    all.push(figure(&cell));
                }
            }
        }
    }
    let n = all.len().max(1) as f64;
    let mean = all.iter().sum::<f64>() / n;
    let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let half = Z95 * (variance / n).sqrt();
    [mean, (mean - half).max(0.0), mean + half]
}

/// After how many calls tuning pays off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct BreakEven {
    /// USD to spend before the first call.
    pub fixed_usd: Amount,
    /// USD of a call with the prompt.
    pub prompted_usd: f64,
    /// USD of a call of the tuned model.
    pub tuned_usd: f64,
    /// Calls after which tuning has paid for itself; `None` where a tuned call is not cheaper: never.
    pub calls: Option<f64>,
    /// The fewest calls that tokens and prices allow for.
    pub low: Option<f64>,
    /// The most calls; `None` is never.
    pub high: Option<f64>,
    /// Whether costs that were not given count as zero.
    pub partial: bool,
}

/// N* = (training + labelling + hosting) / (cost of a prompted call − cost of a tuned call). The interval takes the
/// amounts and the token means at their ends. `None` where none of the amounts is known.
pub fn break_even(cost: &TuningCost, prompted: &CallCost, tuned: &CallCost) -> Option<BreakEven> {
    let parts = [cost.training, cost.labelling, cost.hosting];
    if parts.iter().all(Option::is_none) {
        return None;
    }
    let sum = |of: fn(&Amount) -> f64| parts.iter().flatten().map(of).sum::<f64>();
    let fixed = Amount {
        low: sum(|a| a.low),
        high: sum(|a| a.high),
    };
    let calls = |fixed: f64, saved: f64| (saved > 0.0).then(|| fixed / saved);
    Some(BreakEven {
        fixed_usd: fixed,
        prompted_usd: prompted.usd(0),
        tuned_usd: tuned.usd(0),
        calls: calls(fixed.middle(), prompted.usd(0) - tuned.usd(0)),
        low: calls(fixed.low, prompted.usd(2) - tuned.usd(1)),
        high: calls(fixed.high, prompted.usd(1) - tuned.usd(2)),
        partial: parts.iter().any(Option::is_none),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Rates;

    fn call(prompt: f64, input: f64) -> CallCost {
        CallCost {
            prompt: [prompt, prompt * 0.9, prompt * 1.1],
            cached: 0.0,
            completion: [2.0, 2.0, 2.0],
            price: Price {
                rates: Rates {
                    cached: Some(input / 4.0),
                    ..Price::flat(input, 4.0 * input).rates
                },
                ..Price::default()
            },
        }
    }

    fn costs() -> TuningCost {
        TuningCost {
            training: Some(Amount::exactly(20.0)),
            labelling: Some(Amount {
                low: 60.0,
                high: 100.0,
            }),
            hosting: None,
        }
    }

    #[test]
    fn calls_are_the_fixed_cost_over_what_a_call_saves() {
        // (1008 − 108) × 0.4 / 10⁶ = 0.00036 USD saved a call; 100 USD.
        let found = break_even(&costs(), &call(1000.0, 0.4), &call(100.0, 0.4)).unwrap();
        assert!((found.calls.unwrap() - 277_777.8).abs() < 0.1, "{found:?}");
        let (low, high) = (found.low.unwrap(), found.high.unwrap());
        assert!(low < 277_777.0 && high > 277_778.0, "{found:?}");
        assert!(found.partial);
    }

    #[test]
    fn a_dearer_call_never_pays_and_nothing_said_gives_nothing() {
        let dear = break_even(&costs(), &call(1000.0, 0.4), &call(900.0, 0.8)).unwrap();
        assert_eq!((dear.calls, dear.high), (None, None));
        let unsaid = TuningCost::default();
        assert_eq!(break_even(&unsaid, &call(1.0, 1.0), &call(1.0, 1.0)), None);
    }

    #[test]
    fn cached_shots_are_cheap_so_tuning_pays_later() {
        let cached = CallCost {
            cached: 900.0,
            ..call(1000.0, 0.4)
        };
        let tuned = call(100.0, 0.4);
        let with = break_even(&costs(), &cached, &tuned).unwrap();
        let without = break_even(&costs(), &call(1000.0, 0.4), &tuned).unwrap();
        assert!(with.calls > without.calls);
    }
}
