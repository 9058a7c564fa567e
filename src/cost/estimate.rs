//! What calls take at most, in tokens and dollars.

use crate::model::{Price, RequestTerms};
use serde::Serialize;

/// Completion tokens to reserve for a call whose output nothing limits, until an answer shows how long answers are.
const UNKNOWN_OUTPUT: u64 = 1024;

/// Calls to one model with the same output limit: those of one variant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallGroup {
    pub calls: f64,
    /// Prompt tokens of all these calls.
    pub prompt_tokens: f64,
    /// Completion tokens of one call.
    pub max_output: Option<u64>,
    /// What all these calls cost at most, where price and limit are known.
    pub usd_at_most: Option<f64>,
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
    pub fn new(groups: &[CallGroup], estimated: bool) -> CostEstimate {
        let sent = || groups.iter().filter(|group| group.calls > 0.0);
        let prompt: f64 = groups.iter().map(|g| g.prompt_tokens).sum();
        let output: Option<f64> = sent().map(|g| Some(g.calls * g.max_output? as f64)).sum();
        CostEstimate {
            prompt_tokens: prompt.round() as u64,
            estimated,
            completion_tokens_at_most: output.map(|tokens| tokens.round() as u64),
            // The sum of nothing is minus zero.
            usd_at_most: (sent().map(|group| group.usd_at_most).sum::<Option<f64>>())
                .map(|usd| usd + 0.0),
        }
    }
}

/// What one request may take, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenEstimate {
    pub prompt: u64,
    /// No tokenizer counts more.
    pub prompt_at_most: u64,
    /// What the server added to other prompts beyond that.
    pub prompt_excess: u64,
    /// The limit that the request sets.
    pub max_output: Option<u64>,
    /// The longest answer, where anything limits it.
    pub output_at_most: Option<u64>,
    pub terms: RequestTerms,
}

/// Dollars to reserve for one request before it is sent: the most that it costs. Only where nothing limits the answer it is taken to be
/// as long as the longest so far.
pub fn reserved_usd(price: &Price, estimate: &TokenEstimate, longest_answer: u64) -> f64 {
    let unlimited = match longest_answer {
        0 => UNKNOWN_OUTPUT,
        tokens => tokens,
    };
    let output = estimate.output_at_most.unwrap_or(unlimited);
    let prompt = estimate.prompt_at_most + estimate.prompt_excess;
    price.at_most_usd(prompt, output, &estimate.terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BillingDetails, PriceTier, Rates, ServiceChoice, ServiceTier, Usage};
    use proptest::prelude::*;

    #[test]
    fn each_group_counts_with_its_own_limit_and_one_without_makes_the_sum_unknown() {
        let price = Price::flat(1.0, 10.0);
        let group = |calls: f64, max_output: Option<u64>| CallGroup {
            calls,
            prompt_tokens: calls * 100.0,
            max_output,
            usd_at_most: max_output
                .map(|most| calls * price.at_most_usd(100, most, &RequestTerms::default())),
        };
        let cost = CostEstimate::new(&[group(2.0, Some(8)), group(3.0, Some(64))], false);
        assert_eq!(cost.prompt_tokens, 500);
        assert_eq!(cost.completion_tokens_at_most, Some(2 * 8 + 3 * 64));
        let usd = (500.0 + 10.0 * 208.0) / 1e6;
        assert!((cost.usd_at_most.unwrap() - usd).abs() < 1e-12);
        let cost = CostEstimate::new(&[group(2.0, Some(8)), group(3.0, None)], false);
        assert_eq!(
            (cost.completion_tokens_at_most, cost.usd_at_most),
            (None, None)
        );
        // A variant whose answers are all reused adds nothing.
        let cost = CostEstimate::new(&[group(2.0, Some(8)), group(0.0, None)], false);
        assert_eq!(cost.completion_tokens_at_most, Some(16));
        let unpriced = CallGroup {
            usd_at_most: None,
            ..group(2.0, Some(8))
        };
        let cost = CostEstimate::new(&[unpriced], false);
        assert_eq!(
            (cost.completion_tokens_at_most, cost.usd_at_most),
            (Some(16), None)
        );
    }

    #[test]
    fn only_an_answer_without_any_limit_is_guessed() {
        let usd = |max_output, longest| {
            let estimate = TokenEstimate {
                prompt_at_most: 500,
                output_at_most: max_output,
                ..TokenEstimate::default()
            };
            (reserved_usd(&Price::flat(1.0, 1.0), &estimate, longest) * 1e6).round()
        };
        assert_eq!(usd(Some(100), 7), 600.0);
        assert_eq!(usd(None, 0), 1524.0);
        assert_eq!(usd(None, 7), 507.0);
    }

    /// Rates where any kind of token may be dearer than the whole it is a part of.
    fn rates() -> impl Strategy<Value = Rates> {
        let rate = || 0.0..50.0f64;
        let maybe = || proptest::option::of(rate());
        (
            [rate(), rate()],
            [maybe(), maybe(), maybe(), maybe(), maybe()],
            [maybe(), maybe(), maybe()],
            proptest::option::of(0.0..0.1f64),
        )
            .prop_map(|(whole, of_input, of_output, request)| Rates {
                input: whole[0],
                output: whole[1],
                cached: of_input[0],
                cache_write: of_input[1],
                cache_write_long: of_input[2],
                audio_input: of_input[3],
                image_input: of_input[4],
                reasoning: of_output[0],
                audio_output: of_output[1],
                image_output: of_output[2],
                request,
            })
    }

    const SERVICES: [ServiceTier; 4] = [
        ServiceTier::Standard,
        ServiceTier::Batch,
        ServiceTier::Flex,
        ServiceTier::Priority,
    ];

    fn price() -> impl Strategy<Value = Price> {
        let tier = (
            prop_oneof![Just(0u64), 1..5_000u64],
            0..SERVICES.len(),
            rates(),
        );
        (rates(), proptest::collection::vec(tier, 0..5)).prop_map(|(rates, tiers)| {
            let tiers = tiers.into_iter().map(|(above, service, rates)| PriceTier {
                above: above + u64::from(above == 0 && service == 0),
                service: SERVICES[service],
                rates,
            });
            Price {
                rates,
                tiers: tiers.collect(),
            }
        })
    }

    /// A request: what it may have at most, and what its answer then had.
    fn request() -> impl Strategy<Value = (u64, u64, RequestTerms, Usage)> {
        let share = || 0.0..=1.0f64;
        (
            (0..10_000u64, 0..10_000u64, share(), share()),
            [share(), share(), share(), share(), share()],
            [share(), share(), share()],
            (0..=SERVICES.len(), any::<bool>()),
            (any::<bool>(), any::<bool>(), any::<bool>()),
        )
            .prop_map(|(most, of_input, of_output, service, flags)| {
                let part = |whole: u64, share: f64| (whole as f64 * share) as u64;
                let (prompt, completion) = (part(most.0, most.2), part(most.1, most.3));
                let (long_cache, media, media_output) = flags;
                let asked = SERVICES.get(service.0).copied();
                let answered = match (asked, service.1) {
                    (Some(ServiceTier::Batch), _) => ServiceTier::Batch,
                    (Some(asked), true) => asked,
                    (Some(_), false) => ServiceTier::Standard,
                    (None, priority) if priority => ServiceTier::Priority,
                    (None, _) => ServiceTier::Flex,
                };
                let terms = RequestTerms {
                    service: asked.map_or(ServiceChoice::Any, ServiceChoice::Of),
                    long_cache,
                    media,
                    media_output,
                    ..RequestTerms::default()
                };
                let only = |may_be: bool, tokens: u64| if may_be { tokens } else { 0 };
                let usage = Usage {
                    prompt,
                    cached: part(prompt, of_input[0]),
                    completion,
                    reasoning: part(completion, of_output[0]),
                    estimated: false,
                    billing: BillingDetails {
                        cache_write: part(prompt, of_input[1]),
                        cache_write_long: only(long_cache, part(prompt, of_input[2])),
                        audio_input: only(media, part(prompt, of_input[3])),
                        image_input: only(media, part(prompt, of_input[4])),
                        audio_output: only(media_output, part(completion, of_output[1])),
                        image_output: only(media_output, part(completion, of_output[2])),
                        service_tier: answered,
                    },
                };
                (most.0, most.1, terms, usage)
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Caches whose writes cost more than the input, tiers, long prompts, reasoning, media: an answer costs no more than was said.
        #[test]
        fn what_is_paid_is_at_most_what_was_said(price in price(), (prompt, completion, terms, usage) in request()) {
            let paid = price.cost_usd(&usage);
            let said = price.at_most_usd(prompt, completion, &terms);
            prop_assert!(paid <= said * (1.0 + 1e-12) + 1e-15, "paid {paid}, said {said}");
        }
    }
}
