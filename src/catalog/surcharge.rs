//! What the place where a request is processed may add to the price of the table: neither a host nor the name of a deployment tells the
//! place, so it is a matter of bounds and not of what an answer is charged.

/// What the place of processing adds at most, in percent, where a model was found by its host and not by the name of a zone.
///
/// Azure: the largest difference between `azure/eu`, `azure/us`, `azure/apac` and the global price in the table of November 2026 (10, for
/// a few models 20). Google's and Amazon's regions: 10 for recent models of Anthropic (Claude's documentation, "Pricing", and
/// `regional_endpoint_uplift_multiplier` of LiteLLM). OpenAI's regions: 10 for recent models (OpenAI's page of prices, "Regional
/// processing").
pub(super) fn surcharge_percent(entry: &str, host: &str) -> u64 {
    let host = host.split(':').next().unwrap_or(host);
    let (provider, model) = entry.split_once('/').unwrap_or(("", entry));
    match provider {
        "azure" if model.contains('/') => 0,
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
    use crate::catalog::ModelTable;

    #[test]
    fn places_are_told_by_entries_and_hosts() {
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
            assert_eq!(surcharge_percent(entry, host), percent, "{entry} {host}");
        }
    }

    /// Also of a newer table.
    #[test]
    fn no_zone_of_azure_is_dearer_than_the_bound() {
        let table = ModelTable::current();
        let mut compared = 0;
        for zone in table.models() {
            let name = ["azure/eu/", "azure/us/", "azure/apac/"]
                .iter()
                .find_map(|start| zone.strip_prefix(start));
            let Some(global) = name.and_then(|name| table.entry(&format!("azure/{name}"))) else {
                continue;
            };
            let zone = table.entry(zone).unwrap();
            let (Some(zone), Some(price)) = (zone.price, global.price) else {
                continue;
            };
            let most =
                1.0 + surcharge_percent(&global.model, "mine.openai.azure.com") as f64 / 100.0;
            let (zone, price) = (zone.rates, price.rates);
            for (zone, price) in [(zone.input, price.input), (zone.output, price.output)] {
                assert!(
                    zone <= price * most * 1.0001,
                    "{}: {zone} {price}",
                    global.model
                );
                compared += 1;
            }
        }
        assert!(compared > 100, "{compared}");
    }
}
