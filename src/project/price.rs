//! `price = { … }` of a model.

use super::{Section, reader::json};
use crate::model::{Price, PriceTier, Rates, ServiceTier};
use toml::de::DeValue;

/// The service tiers that have a name in `wording.toml`.
const SERVICES: &str = "standard, batch, flex, priority, balanced or ultrafast";

/// Read a price, and close its section.
pub(super) fn read_price(s: &Section<'_, '_>) -> Price {
    s.require("input");
    s.require("output");
    let price = Price {
        rates: read_rates(s),
        tiers: read_tiers(s),
    };
    s.finish();
    price
}

fn read_rates(s: &Section<'_, '_>) -> Rates {
    let rate = |key| {
        let rate = s.number(key)?;
        if rate < 0.0 || !rate.is_finite() {
            let span = s.get(key).map_or(0..0, |item| item.span());
            s.reader
                .problem(span, format!("`{key}` cannot be less than 0"), None);
        }
        Some(rate)
    };
    Rates {
        input: rate("input").unwrap_or(0.0),
        cached: rate("cached"),
        cache_write: rate("cache_write"),
        cache_write_long: rate("cache_write_long"),
        output: rate("output").unwrap_or(0.0),
        reasoning: rate("reasoning"),
        audio_input: rate("audio_input"),
        audio_output: rate("audio_output"),
        image_input: rate("image_input"),
        image_output: rate("image_output"),
        request: rate("request"),
    }
}

fn read_tiers(s: &Section<'_, '_>) -> Vec<PriceTier> {
    let Some(item) = s.get("tiers") else {
        return Vec::new();
    };
    let DeValue::Array(items) = item.get_ref() else {
        s.wrong("tiers", item, "a list of tables");
        return Vec::new();
    };
    let mut tiers = Vec::new();
    for item in items.iter() {
        let Some(tier) = s.as_section("tiers", "tiers", item) else {
            continue;
        };
        tier.require("input");
        tier.require("output");
        let service = tier.get("service").map(|item| {
            let name = json(item.get_ref());
            let named = name.as_str().and_then(ServiceTier::named);
            if named.is_none() {
                let help = Some(SERVICES.to_owned());
                let message = format!("`service` cannot be {name}");
                s.reader.problem(item.span(), message, help);
            }
            named.unwrap_or_default()
        });
        tiers.push(PriceTier {
            above: tier.whole("above", 0).unwrap_or(0),
            service: service.unwrap_or_default(),
            rates: read_rates(&tier),
        });
        tier.finish();
    }
    tiers
}
