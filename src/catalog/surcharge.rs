//! What a request costs at most, wherever it is processed: neither every host nor the name of a deployment tells the place, so it is a
//! matter of bounds and not of what an answer is charged.

use super::{ModelEntry, ModelTable};
use crate::model::Price;

/// The zones of Azure that have entries of their own; `us-gov` has a host of its own.
const AZURE_ZONES: [&str; 3] = ["eu", "us", "apac"];

/// The most that a request costs at a host: by the dearest entry of a place where it may be processed, and with a margin where the table
/// has none.
pub(super) fn price_at_most(table: &ModelTable, entry: &ModelEntry, host: &str) -> Option<Price> {
    let price = entry.price.clone()?;
    let places = places(table, &entry.model, host).into_iter();
    let places = places.filter_map(|place| table.entry(&place)?.price);
    let margin = price
        .clone()
        .with_percent(margin_percent(&entry.model, host));
    Some(places.fold(margin, |most, place| most.dearest(&place)))
}

/// The entry of Amazon's region that a host names, where there is one with a price.
pub(super) fn regional_entry(
    table: &ModelTable,
    entry: &ModelEntry,
    host: &str,
) -> Option<ModelEntry> {
    let (provider, model) = entry.model.split_once('/')?;
    if !is_amazon(provider) || model.contains('/') {
        return None;
    }
    let regional = host
        .split('.')
        .find_map(|part| table.entry(&format!("{provider}/{part}/{model}")))?;
    regional.price.is_some().then_some(regional)
}

/// Entries of the same model in one place each, where a host may have it processed: Amazon's regions for governments have hosts of their
/// own.
fn places(table: &ModelTable, entry: &str, host: &str) -> Vec<String> {
    let may_be = |place: &str| !place.starts_with("us-gov") || host.contains("us-gov");
    match entry.split_once('/') {
        Some((_, model)) if model.contains('/') => Vec::new(),
        Some(("azure", model)) => AZURE_ZONES
            .map(|zone| format!("azure/{zone}/{model}"))
            .into(),
        Some((provider, model)) if is_amazon(provider) => {
            let is_place = |name: &&str| {
                let rest = name
                    .strip_prefix(provider)
                    .and_then(|r| r.strip_prefix('/'));
                let place = rest.and_then(|rest| rest.strip_suffix(model)?.strip_suffix('/'));
                place.is_some_and(|place| !place.contains('/') && may_be(place))
            };
            table.models().filter(is_place).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

fn is_amazon(provider: &str) -> bool {
    ["bedrock", "bedrock_mantle"].contains(&provider)
}

/// What the place of processing may add, in percent, where the table has no entry of it: a margin, not a bound by a source.
///
/// Azure: what most zones differ from the global price in the table of November 2026 (10, for a few models 20). Google's and Amazon's
/// regions: 10 for recent models of Anthropic (Claude's documentation, "Pricing", and `regional_endpoint_uplift_multiplier` of LiteLLM).
/// OpenAI's regions: 10 for recent models (OpenAI's page of prices, "Regional processing").
fn margin_percent(entry: &str, host: &str) -> u64 {
    let host = host.split(':').next().unwrap_or(host);
    let (provider, model) = entry.split_once('/').unwrap_or(("", entry));
    match provider {
        "azure" | "bedrock" | "bedrock_mantle" if model.contains('/') => 0,
        "azure" | "azure_ai" => 20,
        "vertex_ai" if host.starts_with("aiplatform.") => 0,
        "bedrock" | "bedrock_mantle" if model.starts_with("global.") => 0,
        "vertex_ai" | "bedrock" | "bedrock_mantle" => 10,
        "openai" if host.ends_with(".api.openai.com") => 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BillingDetails, ServiceTier, Usage};

    #[test]
    fn margins_are_told_by_entries_and_hosts() {
        for (entry, host, percent) in [
            ("azure/gpt-4o", "mine.openai.azure.com", 20),
            ("azure/eu/gpt-4o", "mine.openai.azure.com", 0),
            ("openai/gpt-4o", "api.openai.com:443", 0),
            ("openai/gpt-4o", "eu.api.openai.com", 10),
            ("openai/gpt-4o", "gateway.example", 0),
            ("vertex_ai/claude-opus-4-6", "aiplatform.googleapis.com", 0),
            (
                "vertex_ai/claude-opus-4-6",
                "us-east5-aiplatform.googleapis.com",
                10,
            ),
            (
                "bedrock/anthropic.claude-opus-4-6",
                "bedrock-mantle.us-east-1.amazonaws.com",
                10,
            ),
            (
                "bedrock/global.anthropic.claude-opus-4-6",
                "bedrock-mantle.us-east-1.amazonaws.com",
                0,
            ),
        ] {
            assert_eq!(margin_percent(entry, host), percent, "{entry} {host}");
        }
    }

    #[test]
    fn a_host_of_amazon_names_its_region() {
        let table = ModelTable::built_in();
        let entry = table.entry("bedrock/meta.llama3-8b-instruct-v1:0").unwrap();
        let at = |host| regional_entry(&table, &entry, host).map(|entry| entry.model);
        assert_eq!(
            at("bedrock-runtime.sa-east-1.amazonaws.com").as_deref(),
            Some("bedrock/sa-east-1/meta.llama3-8b-instruct-v1:0")
        );
        assert_eq!(at("bedrock-runtime.nowhere-1.amazonaws.com"), None);
    }

    /// Every place of the table, every tier and every kind of token.
    #[test]
    fn no_place_is_dearer_than_the_bound() {
        let table = ModelTable::built_in();
        let mut compared = 0;
        for (global, host) in table
            .models()
            .filter_map(|name| match name.split_once('/')? {
                ("azure", _) => Some((name, "mine.openai.azure.com")),
                ("bedrock" | "bedrock_mantle", _) => {
                    Some((name, "bedrock-runtime.us-gov-x.amazonaws.com"))
                }
                _ => None,
            })
        {
            let entry = table.entry(global).unwrap();
            let Some(most) = price_at_most(&table, &entry, host) else {
                continue;
            };
            for place in places(&table, global, host) {
                let Some(price) = table.entry(&place).and_then(|place| place.price) else {
                    continue;
                };
                for usage in usages() {
                    let (paid, most) = (price.cost_usd(&usage), most.cost_usd(&usage));
                    assert!(paid <= most * 1.000_001, "{place}: {paid} {most} {usage:?}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 1_000, "{compared}");
    }

    fn usages() -> Vec<Usage> {
        let mut usages = Vec::new();
        for service_tier in [
            ServiceTier::Standard,
            ServiceTier::Batch,
            ServiceTier::Flex,
            ServiceTier::Priority,
        ] {
            for prompt in [1_000, 150_000, 300_000] {
                for (cached, cache_write, completion) in [
                    (0, 0, 0),
                    (prompt, 0, 0),
                    (0, prompt, 0),
                    (0, 0, prompt * 1_000),
                ] {
                    usages.push(Usage {
                        prompt,
                        cached,
                        completion,
                        reasoning: completion / 2,
                        billing: BillingDetails {
                            cache_write,
                            service_tier,
                            ..BillingDetails::default()
                        },
                        ..Usage::default()
                    });
                }
            }
        }
        usages
    }
}
