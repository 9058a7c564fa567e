//! Model facts out of the table of LiteLLM (`model_prices_and_context_window.json`): one JSON object, a key per model, prices in USD
//! per token.

use super::{ModelEntry, ModelFeatures};
use crate::model::{Date, Price, PriceTier, Rates, ServiceTier};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong in an entry.
pub(super) struct EntryProblem {
    /// JSON pointer to it.
    pub(super) pointer: String,
    pub(super) message: String,
}

/// The kinds of models that answer prompts.
const MODES: [&str; 3] = ["chat", "responses", "completion"];

/// Keys of prices per token, and where they belong.
const RATES: [(&str, usize); 12] = [
    ("input_cost_per_token", INPUT),
    ("cache_read_input_token_cost", CACHED),
    ("cache_creation_input_token_cost", CACHE_WRITE),
    (
        "cache_creation_input_token_cost_above_1hr",
        CACHE_WRITE_LONG,
    ),
    (
        "cache_creation_input_token_cost_above_12hr",
        CACHE_WRITE_LONG,
    ),
    ("output_cost_per_token", OUTPUT),
    ("output_cost_per_reasoning_token", REASONING),
    ("input_cost_per_audio_token", AUDIO_INPUT),
    ("output_cost_per_audio_token", AUDIO_OUTPUT),
    ("input_cost_per_image_token", IMAGE_INPUT),
    ("output_cost_per_image_token", IMAGE_OUTPUT),
    ("input_cost_per_request", REQUEST),
];

const INPUT: usize = 0;
const CACHED: usize = 1;
const CACHE_WRITE: usize = 2;
const CACHE_WRITE_LONG: usize = 3;
const OUTPUT: usize = 4;
const REASONING: usize = 5;
const AUDIO_INPUT: usize = 6;
const AUDIO_OUTPUT: usize = 7;
const IMAGE_INPUT: usize = 8;
const IMAGE_OUTPUT: usize = 9;
const REQUEST: usize = 10;

/// Kinds of tokens that follow the price of the completion.
const OF_OUTPUT: [usize; 3] = [REASONING, AUDIO_OUTPUT, IMAGE_OUTPUT];

/// One set of rates, by the numbers above.
type RateList = [Option<f64>; 11];

/// A service tier, and how many tokens a prompt has more than.
type TierKey = (ServiceTier, u64);

/// The entries of models that answer prompts, by their names.
pub(super) fn entries(
    table: &Map<String, Value>,
) -> Result<BTreeMap<String, ModelEntry>, EntryProblem> {
    let mut entries = BTreeMap::new();
    for (key, value) in table {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let is_plain = !key.contains(|c: char| c.is_control() || c == '"' || c == '\\');
        let Some(provider) = text("litellm_provider").filter(|_| is_plain) else {
            continue;
        };
        if key == "sample_spec" || !text("mode").is_some_and(|mode| MODES.contains(&mode)) {
            continue;
        }
        let entry = entry(key, provider, value).map_err(|(name, message)| EntryProblem {
            pointer: format!("/{}/{name}", key.replace('~', "~0").replace('/', "~1")),
            message,
        })?;
        // Where a model is there with and without its provider's name, the former is the newer form.
        match entry.model == *key {
            true => drop(entries.insert(entry.model.clone(), entry)),
            false => drop(entries.entry(entry.model.clone()).or_insert(entry)),
        }
    }
    Ok(entries)
}

/// A key of an entry, and what is wrong with its value.
type FieldProblem = (String, String);

fn entry(key: &str, provider: &str, value: &Value) -> Result<ModelEntry, FieldProblem> {
    let provider = match provider {
        "text-completion-openai" => "openai",
        "bedrock_converse" => "bedrock",
        "azure_text" => "azure",
        name if name.starts_with("vertex_ai-") => "vertex_ai",
        name => name,
    };
    let model = match key.strip_prefix(provider) {
        Some(rest) if rest.starts_with('/') => key.to_owned(),
        _ => format!("{provider}/{key}"),
    };
    let shutdown = value.get("deprecation_date").filter(|date| !date.is_null());
    let shutdown = shutdown.map(|date| {
        let parsed = date.as_str().unwrap_or_default().parse::<Date>();
        parsed.map_err(|_| {
            let message = format!("{date} is not a date such as \"2026-11-29\"");
            ("deprecation_date".to_owned(), message)
        })
    });
    let is = |name: &str| value.get(name).and_then(Value::as_bool);
    Ok(ModelEntry {
        price: price(&model, value)?,
        context: tokens(value, "max_input_tokens")?,
        max_output: tokens(value, "max_output_tokens")?,
        shutdown: shutdown.transpose()?,
        features: ModelFeatures {
            vision: is("supports_vision"),
            audio_input: is("supports_audio_input"),
            tools: is("supports_function_calling"),
            reasoning: is("supports_reasoning"),
            prefill: is("supports_assistant_prefill"),
            sampling: is("supports_sampling_params"),
        },
        model,
    })
}

/// A number that is not negative.
fn number(name: &str, value: &Value) -> Result<f64, FieldProblem> {
    let number = value.as_f64().filter(|n| n.is_finite() && *n >= 0.0);
    number.ok_or_else(|| {
        let message = format!("`{name}` must be a number of at least 0, found {value}");
        (name.to_owned(), message)
    })
}

fn tokens(value: &Value, name: &str) -> Result<Option<u64>, FieldProblem> {
    match value.get(name).filter(|value| !value.is_null()) {
        Some(value) => Ok(Some(number(name, value)? as u64).filter(|n| *n > 0)),
        None => Ok(None),
    }
}

/// USD per million of what is USD per one, without the noise of the multiplication.
fn per_million(usd: f64) -> f64 {
    (usd * 1e15).round() / 1e9
}

/// The tier and the kind of tokens that a key of an entry prices.
fn tier_of_key(key: &str) -> Option<(TierKey, usize)> {
    let (rest, service) = match key.rsplit_once('_') {
        Some((rest, name)) if !name.starts_with("token") => match ServiceTier::named(name) {
            Some(service) => (rest, service),
            None => (key, ServiceTier::Standard),
        },
        _ => (key, ServiceTier::Standard),
    };
    let long = rest
        .strip_suffix("k_tokens")
        .and_then(|rest| rest.rsplit_once("_above_"));
    let (name, above) = match long {
        Some((name, thousands)) => (name, thousands.parse::<u64>().ok()?.checked_mul(1_000)?),
        None => (rest, 0),
    };
    let (_, kind) = RATES.iter().find(|(known, _)| *known == name)?;
    Some(((service, above), *kind))
}

fn price(model: &str, value: &Value) -> Result<Option<Price>, FieldProblem> {
    let mut given: BTreeMap<TierOrder, RateList> = BTreeMap::new();
    let mut add = |(service, above): TierKey, kind: usize, rate: f64| {
        let rates = given.entry(TierOrder(service as u8, above)).or_default();
        // A price per request is in USD; the others are in USD per million tokens.
        let rate = if kind == REQUEST {
            rate
        } else {
            per_million(rate)
        };
        rates[kind] = Some(rates[kind].map_or(rate, |known| known.max(rate)));
    };
    for (key, value) in value.as_object().into_iter().flatten() {
        if let Some((tier, kind)) = tier_of_key(key)
            && !value.is_null()
        {
            add(tier, kind, number(key, value)?);
        }
    }
    for tier in value
        .get("tiered_pricing")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let above = tier.pointer("/range/0").and_then(Value::as_f64);
        for (name, value) in tier.as_object().into_iter().flatten() {
            if let Some((_, kind)) = RATES.iter().find(|(known, _)| known == name) {
                let tier = (ServiceTier::Standard, above.unwrap_or(0.0) as u64);
                add(tier, *kind, number(name, value)?);
            }
        }
    }
    // Models that always search charge for it.
    let searches = model.starts_with("perplexity/") || model.contains("search");
    let fees = value.get("search_context_cost_per_query");
    if let Some(fees) = fees.and_then(Value::as_object).filter(|_| searches) {
        for fee in fees.values().filter_map(Value::as_f64) {
            add((ServiceTier::Standard, 0), REQUEST, fee);
        }
    }
    Ok(price_of_tiers(&given))
}

/// Standard first, then short prompts first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TierOrder(u8, u64);

const STANDARD: u8 = ServiceTier::Standard as u8;

/// Complete rates of every tier. `None` where the standard one has no prices, or only zeros, which stand for unknown ones.
fn price_of_tiers(given: &BTreeMap<TierOrder, RateList>) -> Option<Price> {
    let base = *given.get(&TierOrder(STANDARD, 0))?;
    let (input, output) = (base[INPUT]?, base[OUTPUT]?);
    if input + output <= 0.0 {
        return None;
    }
    let lengths: BTreeSet<u64> = given.keys().map(|tier| tier.1).collect();
    let services: BTreeSet<u8> = given.keys().map(|tier| tier.0).collect();
    let mut complete = BTreeMap::from([(TierOrder(STANDARD, 0), base)]);
    for service in services {
        for above in &lengths {
            let tier = TierOrder(service, *above);
            let is_given = given.contains_key(&tier)
                || service != STANDARD && given.contains_key(&TierOrder(STANDARD, *above));
            if complete.contains_key(&tier) || !is_given {
                continue;
            }
            // What it would cost without prices of its own.
            let parents = [
                TierOrder(service, 0),
                TierOrder(STANDARD, *above),
                TierOrder(STANDARD, 0),
            ];
            let known: Vec<RateList> = parents
                .iter()
                .filter_map(|parent| complete.get(parent).copied())
                .collect();
            let nearest = match known.split_last() {
                Some((base, [])) => vec![*base],
                Some((_, nearest)) => nearest.to_vec(),
                None => Vec::new(),
            };
            let own = given.get(&tier).copied().unwrap_or_default();
            complete.insert(tier, completed(own, &nearest));
        }
    }
    let tiers = complete
        .iter()
        .filter(|(tier, _)| **tier != TierOrder(STANDARD, 0));
    Some(Price {
        rates: rates(&base),
        tiers: tiers
            .map(|(tier, list)| PriceTier {
                above: tier.1,
                service: service(tier.0),
                rates: rates(list),
            })
            .collect(),
    })
}

/// What a tier does not price follows from the dearest of the tiers beside it: at their price, or more where the tier is dearer.
fn completed(own: RateList, beside: &[RateList]) -> RateList {
    let highest = |kind: usize| {
        let prices = beside.iter().filter_map(|rates| rates[kind]);
        prices.reduce(f64::max)
    };
    let mut rates = own;
    for whole in [INPUT, OUTPUT] {
        rates[whole] = own[whole].or_else(|| highest(whole));
    }
    for kind in 0..rates.len() {
        if rates[kind].is_some() {
            continue;
        }
        let whole = if OF_OUTPUT.contains(&kind) {
            OUTPUT
        } else {
            INPUT
        };
        let dearer = match (rates[whole], highest(whole)) {
            (Some(here), Some(there)) if there > 0.0 && kind != REQUEST => (here / there).max(1.0),
            _ => 1.0,
        };
        rates[kind] = highest(kind).map(|price| (price * dearer * 1e9).round() / 1e9);
    }
    rates
}

fn service(number: u8) -> ServiceTier {
    use ServiceTier::{Balanced, Batch, Flex, Priority, Standard, Ultrafast};
    let all = [Standard, Batch, Flex, Priority, Balanced, Ultrafast];
    let found = all.into_iter().find(|tier| *tier as u8 == number);
    found.unwrap_or_default()
}

fn rates(list: &RateList) -> Rates {
    Rates {
        input: list[INPUT].unwrap_or(0.0),
        cached: list[CACHED],
        cache_write: list[CACHE_WRITE],
        cache_write_long: list[CACHE_WRITE_LONG],
        output: list[OUTPUT].unwrap_or(0.0),
        reasoning: list[REASONING],
        audio_input: list[AUDIO_INPUT],
        audio_output: list[AUDIO_OUTPUT],
        image_input: list[IMAGE_INPUT],
        image_output: list[IMAGE_OUTPUT],
        request: list[REQUEST],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn converted(key: &str, value: Value) -> ModelEntry {
        let Value::Object(table) = json!({ key: value }) else {
            unreachable!()
        };
        let mut entries = entries(&table).map_err(|p| p.message).unwrap();
        entries.pop_first().unwrap().1
    }

    #[test]
    fn prices_are_read_by_kind_length_and_service() {
        let entry = converted(
            "big",
            json!({
                "litellm_provider": "openai", "mode": "chat", "max_input_tokens": 400_000.0, "max_output_tokens": 8_192,
                "input_cost_per_token": 4e-06, "output_cost_per_token": 2e-05, "cache_read_input_token_cost": 4e-07,
                "cache_creation_input_token_cost": 5e-06, "cache_creation_input_token_cost_above_12hr": 1e-05,
                "input_cost_per_token_above_272k_tokens": 8e-06, "output_cost_per_token_above_272k_tokens": 3e-05,
                "input_cost_per_token_flex": 2e-06, "output_cost_per_token_flex": 1e-05,
                "input_cost_per_token_priority": 8e-06, "output_cost_per_token_priority": 4e-05,
                "cache_creation_input_token_cost_above_12hr_above_272k_tokens_priority": 4e-05,
                "deprecation_date": "2027-01-14", "supports_vision": true, "supports_sampling_params": false,
            }),
        );
        assert_eq!(entry.model, "openai/big");
        assert_eq!(
            (entry.context, entry.max_output),
            (Some(400_000), Some(8_192))
        );
        assert_eq!(entry.shutdown.unwrap().to_string(), "2027-01-14");
        assert_eq!(
            (entry.features.vision, entry.features.sampling),
            (Some(true), Some(false))
        );
        assert_eq!(
            json!(entry.price),
            json!({
                "input": 4.0, "cached": 0.4, "cache_write": 5.0, "cache_write_long": 10.0, "output": 20.0,
                "tiers": [
                    // A tier's price of a kind is not below the standard one where the table does not give it.
                    {"above": 272_000, "input": 8.0, "cached": 0.8, "cache_write": 10.0, "cache_write_long": 20.0, "output": 30.0},
                    {"service": "flex", "input": 2.0, "cached": 0.4, "cache_write": 5.0, "cache_write_long": 10.0, "output": 10.0},
                    {"above": 272_000, "service": "flex", "input": 8.0, "cached": 0.8, "cache_write": 10.0, "cache_write_long": 20.0, "output": 30.0},
                    {"service": "priority", "input": 8.0, "cached": 0.8, "cache_write": 10.0, "cache_write_long": 20.0, "output": 40.0},
                    {"above": 272_000, "service": "priority", "input": 8.0, "cached": 0.8, "cache_write": 10.0, "cache_write_long": 40.0, "output": 40.0},
                ]
            })
        );
    }

    #[test]
    fn zeros_are_no_price_and_other_models_are_left_out() {
        let zero = json!({"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0.0});
        let free = converted("gemini/x", zero);
        assert_eq!((free.model.as_str(), free.price), ("gemini/x", None));
        let Value::Object(table) = json!({
            "sample_spec": {"litellm_provider": "one of", "mode": "chat", "deprecation_date": "when"},
            "e": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": "odd"},
            "text": 7, "m\"": {"litellm_provider": "openai", "mode": "chat"},
        }) else {
            unreachable!()
        };
        assert!(entries(&table).is_ok_and(|entries| entries.is_empty()));
    }

    #[test]
    fn search_fees_and_ranges_are_part_of_the_price() {
        let entry = converted(
            "perplexity/sonar",
            json!({"litellm_provider": "perplexity", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06,
                "search_context_cost_per_query": {"search_context_size_low": 0.005, "search_context_size_high": 0.012}}),
        );
        assert_eq!(entry.price.unwrap().rates.request, Some(0.012));
        let entry = converted(
            "dashscope/flash",
            json!({"litellm_provider": "dashscope", "mode": "chat", "tiered_pricing": [
                {"range": [0, 256_000.0], "input_cost_per_token": 5e-08, "output_cost_per_token": 4e-07},
                {"range": [256_000.0, 1e6], "input_cost_per_token": 2.5e-07, "output_cost_per_token": 2e-06}]}),
        );
        let price = entry.price.unwrap();
        assert_eq!((price.rates.input, price.tiers[0].above), (0.05, 256_000));
        assert_eq!(price.tiers[0].rates.output, 2.0);
    }
}
