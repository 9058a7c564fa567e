//! Prices of tokens: by kind, by length of the prompt and by service tier; what a usage costs.

use super::{RequestTerms, ServiceChoice, ServiceTier, Usage};
use serde::{Deserialize, Serialize};

/// Prices in USD per million tokens. A kind without a price of its own costs what `input` or `output` does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Rates {
    /// USD per million prompt tokens.
    pub input: f64,
    /// USD per million prompt tokens that were cached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<f64>,
    /// USD per million prompt tokens written to a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<f64>,
    /// USD per million prompt tokens written to a cache that keeps them for an hour or longer; default: `cache_write`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_long: Option<f64>,
    /// USD per million tokens of answers.
    pub output: f64,
    /// USD per million reasoning tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<f64>,
    /// USD per million audio tokens of prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_input: Option<f64>,
    /// USD per million audio tokens of answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_output: Option<f64>,
    /// USD per million image tokens of prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_input: Option<f64>,
    /// USD per million image tokens of answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_output: Option<f64>,
    /// USD per request, beside its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<f64>,
}

/// Prices that hold for long prompts, or in another service tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct PriceTier {
    /// It holds for prompts of more tokens than this.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub above: u64,
    #[serde(default, skip_serializing_if = "ServiceTier::is_standard")]
    pub service: ServiceTier,
    #[serde(flatten)]
    pub rates: Rates,
}

fn is_zero(tokens: &u64) -> bool {
    *tokens == 0
}

/// What a model costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Price {
    /// Of short prompts in the standard tier.
    #[serde(flatten)]
    pub rates: Rates,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<PriceTier>,
}

impl Rates {
    /// Whether every price is a number of at least 0.
    pub fn is_valid(&self) -> bool {
        self.all().all(|rate| rate.is_finite() && rate >= 0.0)
    }

    /// Each kind of token at the dearer of two rates.
    fn dearest(&self, other: &Rates) -> Rates {
        let [input, output] = [self.input.max(other.input), self.output.max(other.output)];
        // A kind without a price of its own costs what it is a part of.
        let kind = |get: fn(&Rates) -> Option<f64>, whole: fn(&Rates) -> f64| {
            let of = |rates: &Rates| get(rates).unwrap_or_else(|| whole(rates));
            get(self).or(get(other)).map(|_| of(self).max(of(other)))
        };
        let of_input = |rates: &Rates| rates.input;
        let of_output = |rates: &Rates| rates.output;
        let of_write = |rates: &Rates| rates.cache_write.unwrap_or(rates.input);
        Rates {
            input,
            output,
            cached: kind(|rates| rates.cached, of_input),
            cache_write: kind(|rates| rates.cache_write, of_input),
            cache_write_long: kind(|rates| rates.cache_write_long, of_write),
            reasoning: kind(|rates| rates.reasoning, of_output),
            audio_input: kind(|rates| rates.audio_input, of_input),
            audio_output: kind(|rates| rates.audio_output, of_output),
            image_input: kind(|rates| rates.image_input, of_input),
            image_output: kind(|rates| rates.image_output, of_output),
            request: kind(|rates| rates.request, |_| 0.0),
        }
    }

    fn map(&self, change: impl Fn(f64) -> f64) -> Rates {
        Rates {
            input: change(self.input),
            output: change(self.output),
            cached: self.cached.map(&change),
            cache_write: self.cache_write.map(&change),
            cache_write_long: self.cache_write_long.map(&change),
            reasoning: self.reasoning.map(&change),
            audio_input: self.audio_input.map(&change),
            audio_output: self.audio_output.map(&change),
            image_input: self.image_input.map(&change),
            image_output: self.image_output.map(&change),
            request: self.request.map(&change),
        }
    }

    fn is_free(&self) -> bool {
        self.all().all(|rate| rate == 0.0)
    }

    fn all(&self) -> impl Iterator<Item = f64> {
        let some = [
            self.cached,
            self.cache_write,
            self.cache_write_long,
            self.reasoning,
            self.audio_input,
            self.audio_output,
            self.image_input,
            self.image_output,
            self.request,
        ];
        let all = [self.input, self.output].into_iter();
        all.chain(some.into_iter().flatten())
    }

    /// Every token at the dearest rate that may apply to it.
    fn at_most_usd(&self, prompt: u64, completion: u64, terms: &RequestTerms) -> f64 {
        let dearest = |whole: f64, kinds: &[(bool, Option<f64>)]| {
            let kinds = kinds.iter().filter(|(may_be, _)| *may_be);
            kinds.filter_map(|(_, rate)| *rate).fold(whole, f64::max)
        };
        let input = dearest(
            self.input,
            &[
                (true, self.cached),
                (true, self.cache_write),
                (terms.long_cache, self.cache_write_long),
                (terms.media, self.audio_input),
                (terms.media, self.image_input),
            ],
        );
        let output = dearest(
            self.output,
            &[
                (true, self.reasoning),
                (terms.media_output, self.audio_output),
                (terms.media_output, self.image_output),
            ],
        );
        (prompt as f64 * input + completion as f64 * output) / 1e6 + self.request.unwrap_or(0.0)
    }

    /// What this usage costs at these rates, in USD. Kinds that overlap, such as cached audio, count as the first of: cached,
    /// written to a cache, audio, image.
    fn cost_usd(&self, usage: &Usage) -> f64 {
        let billing = &usage.billing;
        let cache_write = self.cache_write.unwrap_or(self.input);
        let mut cost = 0.0;
        let mut charge = |left: &mut u64, tokens: u64, rate: f64| {
            let tokens = tokens.min(*left);
            *left -= tokens;
            cost += tokens as f64 * rate;
        };
        let mut prompt = usage.prompt;
        let long = billing.cache_write_long.min(billing.cache_write);
        charge(&mut prompt, usage.cached, self.cached.unwrap_or(self.input));
        let long_rate = self.cache_write_long.unwrap_or(cache_write);
        charge(&mut prompt, long, long_rate);
        charge(&mut prompt, billing.cache_write - long, cache_write);
        let audio_input = self.audio_input.unwrap_or(self.input);
        charge(&mut prompt, billing.audio_input, audio_input);
        let image_input = self.image_input.unwrap_or(self.input);
        charge(&mut prompt, billing.image_input, image_input);
        charge(&mut prompt, u64::MAX, self.input);
        let mut completion = usage.completion;
        let reasoning = self.reasoning.unwrap_or(self.output);
        charge(&mut completion, usage.reasoning, reasoning);
        let audio_output = self.audio_output.unwrap_or(self.output);
        charge(&mut completion, billing.audio_output, audio_output);
        let image_output = self.image_output.unwrap_or(self.output);
        charge(&mut completion, billing.image_output, image_output);
        charge(&mut completion, u64::MAX, self.output);
        cost / 1e6 + self.request.unwrap_or(0.0)
    }
}

impl Price {
    /// One price for prompt tokens and one for completion tokens.
    pub fn flat(input: f64, output: f64) -> Price {
        Price {
            rates: Rates {
                input,
                output,
                ..Rates::default()
            },
            tiers: Vec::new(),
        }
    }

    /// Whether nothing costs anything, as of a server of one's own.
    pub fn is_free(&self) -> bool {
        let tiers = self.tiers.iter().map(|tier| &tier.rates);
        tiers.chain([&self.rates]).all(Rates::is_free)
    }

    /// A price at which no answer costs less than at this or the other, whatever kinds of tokens it has.
    pub fn dearest(&self, other: &Price) -> Price {
        let tiers = || self.tiers.iter().chain(&other.tiers);
        let services = tiers().map(|tier| tier.service);
        let services: Vec<_> = services.chain([ServiceTier::Standard]).collect();
        let mut above: Vec<u64> = tiers().map(|tier| tier.above).chain([0]).collect();
        above.sort_unstable();
        above.dedup();
        let rates = |service, above: u64| {
            let of = |price: &Price| price.rates_of(service, above + 1);
            of(self).dearest(&of(other))
        };
        let mut dearest = Price {
            rates: rates(ServiceTier::Standard, 0),
            tiers: Vec::new(),
        };
        for service in services {
            if dearest.tiers.iter().any(|tier| tier.service == service) {
                continue;
            }
            let own = above.iter().copied();
            let own = own.filter(|above| *above > 0 || !service.is_standard());
            dearest.tiers.extend(own.map(|above| PriceTier {
                above,
                service,
                rates: rates(service, above),
            }));
        }
        dearest
    }

    /// This price with so many percent more.
    pub fn with_percent(mut self, percent: u64) -> Price {
        let factor = 1.0 + percent as f64 / 100.0;
        let tiers = self.tiers.iter_mut().map(|tier| &mut tier.rates);
        for rates in tiers.chain([&mut self.rates]) {
            *rates = rates.map(|rate| rate * factor);
        }
        self
    }

    /// What one answer costs, in USD: by the tier that the server reports, and by the length of the prompt.
    pub fn cost_usd(&self, usage: &Usage) -> f64 {
        self.rates_of(usage.billing.service_tier, usage.prompt)
            .cost_usd(usage)
    }

    /// The most that a request costs, in USD, whose prompt has at most so many tokens and each of whose answers has at most
    /// `completion`: at the dearest rate that the server may apply. No bound where the terms are [unbounded](RequestTerms::unbounded).
    pub fn at_most_usd(&self, prompt: u64, completion: u64, terms: &RequestTerms) -> f64 {
        let is_batch = terms.service == ServiceChoice::Of(ServiceTier::Batch)
            && self
                .tiers
                .iter()
                .any(|tier| tier.service == ServiceTier::Batch && tier.above == 0);
        let tiers = self.tiers.iter().filter(|tier| {
            let may_hold = match terms.service {
                ServiceChoice::Any => true,
                // Another tier's request may be answered as a standard one.
                ServiceChoice::Of(service) => {
                    tier.service == service || tier.service.is_standard() && !is_batch
                }
            };
            may_hold && tier.above < prompt.max(1)
        });
        let base = Some(&self.rates).filter(|_| !is_batch);
        let answers = terms.more_answers.saturating_add(1);
        let completion = completion.saturating_mul(answers);
        let completion = completion.saturating_add(terms.predicted);
        let usd = base
            .into_iter()
            .chain(tiers.map(|tier| &tier.rates))
            .map(|rates| rates.at_most_usd(prompt, completion, terms))
            .fold(0.0, f64::max);
        terms.with_surcharge(usd)
    }

    /// The rates of a service tier, the standard ones where it has none, for a prompt of so many tokens.
    pub fn rates_of(&self, service: ServiceTier, prompt: u64) -> Rates {
        let has_own = self.tiers.iter().any(|tier| tier.service == service);
        let service = if has_own {
            service
        } else {
            ServiceTier::Standard
        };
        let tiers = self.tiers.iter();
        tiers
            .filter(|tier| tier.service == service && tier.above < prompt.max(1))
            .max_by_key(|tier| tier.above)
            .map_or(self.rates, |tier| tier.rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BillingDetails;

    #[test]
    fn only_a_price_without_any_rate_is_free() {
        assert!(Price::flat(0.0, 0.0).is_free());
        assert!(!Price::flat(0.0, 0.1).is_free());
        let mut batch = Price::flat(0.0, 0.0);
        batch.tiers.push(PriceTier {
            above: 0,
            service: ServiceTier::Batch,
            rates: Price::flat(1.0, 0.0).rates,
        });
        assert!(!batch.is_free());
    }

    #[test]
    fn every_token_is_charged_once_at_the_rate_of_its_kind() {
        let price = Price {
            rates: Rates {
                input: 1.0,
                cached: Some(0.1),
                cache_write: Some(1.25),
                cache_write_long: Some(2.0),
                output: 10.0,
                reasoning: Some(20.0),
                audio_input: Some(5.0),
                audio_output: Some(50.0),
                image_input: Some(3.0),
                request: Some(0.5),
                ..Rates::default()
            },
            tiers: Vec::new(),
        };
        let usage = Usage {
            prompt: 1_000,
            cached: 100,
            completion: 100,
            reasoning: 60,
            billing: BillingDetails {
                cache_write: 200,
                cache_write_long: 50,
                audio_input: 30,
                image_input: 20,
                audio_output: 10,
                ..BillingDetails::default()
            },
            ..Usage::default()
        };
        let input = 10.0 + 150.0 * 1.25 + 50.0 * 2.0 + 30.0 * 5.0 + 20.0 * 3.0 + 650.0;
        let output = 60.0 * 20.0 + 10.0 * 50.0 + 30.0 * 10.0;
        let cost = price.cost_usd(&usage);
        assert!((cost - (input + output) / 1e6 - 0.5).abs() < 1e-12);
        // What a server reports beyond the whole is not charged.
        let odd = Usage {
            prompt: 10,
            cached: 500,
            ..Usage::default()
        };
        assert!((price.cost_usd(&odd) - 0.5 - 10.0 * 0.1 / 1e6).abs() < 1e-12);
    }

    #[test]
    fn long_prompts_and_service_tiers_have_their_own_rates() {
        let rates = |input, output| Price::flat(input, output).rates;
        let tier = |above, service, input| PriceTier {
            above,
            service,
            rates: rates(input, 0.0),
        };
        let price = Price {
            rates: rates(1.0, 0.0),
            tiers: vec![
                tier(200, ServiceTier::Standard, 2.0),
                tier(0, ServiceTier::Flex, 0.5),
                tier(200, ServiceTier::Flex, 0.7),
            ],
        };
        let cost = |prompt, service_tier| {
            let usage = Usage {
                prompt,
                billing: BillingDetails {
                    service_tier,
                    ..BillingDetails::default()
                },
                ..Usage::default()
            };
            (price.cost_usd(&usage) * 1e6 * 10.0).round() / 10.0
        };
        assert_eq!(cost(200, ServiceTier::Standard), 200.0);
        assert_eq!(cost(201, ServiceTier::Standard), 402.0);
        assert_eq!(cost(200, ServiceTier::Flex), 100.0);
        assert_eq!(cost(1_000, ServiceTier::Flex), 700.0);
        // A tier without prices of its own costs what the standard one does.
        assert_eq!(cost(1_000, ServiceTier::Priority), 2_000.0);
    }
}
