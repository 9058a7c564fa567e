//! What a model costs and how long its answers may be, for the estimates of a plan.

use crate::{
    cost::UnknownCost,
    model::{Params, Price, RequestTerms, output_limit},
    tokens::Counter,
};

/// A model, as far as it decides what calls cost.
pub(super) struct PricedModel {
    pub(super) counter: Counter,
    /// The most that a request costs, wherever it is processed.
    pub(super) price: Option<Price>,
    pub(super) context: Option<u64>,
    /// The longest answer that it gives.
    pub(super) max_output: Option<u64>,
}

/// What bounds the calls of a variant to one model.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Tokens of all answers to one call.
    pub(super) max_output: Option<u64>,
    pub(super) unknown_cost: Option<UnknownCost>,
}

impl PricedModel {
    /// Tokens of the longest answer under these parameters; `None` where nothing limits it.
    pub(super) fn output_limit(&self, params: &[&Params]) -> Option<u64> {
        output_limit(params, self.max_output)
    }

    /// The bounds of calls of so long answers, under the terms of their request parameters.
    pub(super) fn limits(&self, output: Option<u64>, terms: &RequestTerms) -> Limits {
        let answers = terms.more_answers.saturating_add(1);
        Limits {
            max_output: output.map(|most| most.saturating_mul(answers)),
            unknown_cost: match (&self.price, output, terms.unbounded) {
                (None, ..) => Some(UnknownCost::NoPrice),
                (_, _, Some(parameter)) => Some(UnknownCost::Parameter(parameter)),
                (_, None, _) => Some(UnknownCost::NoLimit),
                _ => None,
            },
        }
    }

    /// What one call costs at most; 0 where that is not known.
    pub(super) fn at_most_usd(
        &self,
        prompt: u64,
        output: Option<u64>,
        terms: &RequestTerms,
    ) -> f64 {
        let known = self.price.as_ref().zip(output);
        known.map_or(0.0, |(price, output)| {
            price.at_most_usd(prompt, output, terms)
        })
    }
}
