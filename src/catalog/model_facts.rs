//! What holds for one model of an endpoint: what the project sets, else the entry of the table that its name and host lead to.
//!
//! A name leads to an entry exactly, or without the date or `-latest` at its end, or without what a fine-tuned model has behind its
//! base. Nothing else is tried: no price is better than a wrong one.

use super::{
    ModelEntry, ModelFeatures, ModelTable, providers,
    surcharge::{price_at_most, regional_entry},
};
use crate::{
    endpoint::BaseUrl,
    model::{Date, Price},
    project::{EndpointSpec, Problem, Project},
    source::did_you_mean,
};

/// How the entry of a model was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactsMatch {
    /// By its name.
    Exact,
    /// The project names the entry (`base_model`).
    Named,
    /// Without the date or `-latest` at the end of its name.
    Undated,
    /// The entry of fine-tuned models of its base.
    FineTuned,
}

/// What is known of a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelFacts {
    pub price: Option<Price>,
    /// Size of its context window, in tokens.
    pub context: Option<u64>,
    /// Its longest answer, reasoning included, in tokens.
    pub max_output: Option<u64>,
    pub shutdown: Option<Date>,
    pub features: ModelFeatures,
    /// The entry that was taken, and how it was found.
    pub entry: Option<(String, FactsMatch)>,
    /// Whether the host says nothing about the provider, so that the entry was found by the name alone.
    pub is_by_name: bool,
    /// Whether the project sets the price.
    pub has_own_price: bool,
    /// The most that a request costs, wherever it is processed.
    pub price_at_most: Option<Price>,
}

/// What is known of a model of an endpoint.
pub fn facts(model: &str, endpoint: Option<&EndpointSpec>) -> ModelFacts {
    facts_in(ModelTable::current(), model, endpoint)
}

/// What a model of an endpoint costs, where that is known.
pub fn price(model: &str, endpoint: Option<&EndpointSpec>) -> Option<Price> {
    match endpoint.and_then(|e| e.models.get(model)?.price.as_ref()) {
        Some(own) => Some(own.clone()),
        None => facts(model, endpoint).price,
    }
}

/// Whether the table has a price of a model that is called at an address.
pub(crate) fn has_price(model: &str, base_url: &str) -> bool {
    let host = BaseUrl::new(base_url).host();
    let known = host.as_deref().and_then(providers::at_host);
    let found = find(ModelTable::current(), known, model);
    found.is_some_and(|(entry, how)| ModelFacts::of_entry(entry, how).price.is_some())
}

/// The first entry that the project names and the table does not have.
pub fn unknown_base_model(project: &Project) -> Option<Problem> {
    let table = ModelTable::current();
    let models = project.endpoints.values().flat_map(|e| e.models.values());
    let base = models
        .filter_map(|model| model.base_model.as_ref())
        .find(|base| table.entry(&base.name).is_none())?;
    Some(Problem {
        message: format!(
            "the table of models has no `{}`{}",
            base.name,
            did_you_mean(&base.name, table.models())
        ),
        place: base.place.clone(),
        help: Some("provider/model, as in LiteLLM's table; or set `price` and `context`".into()),
    })
}

fn facts_in(table: &ModelTable, model: &str, endpoint: Option<&EndpointSpec>) -> ModelFacts {
    let own = endpoint.and_then(|e| e.models.get(model));
    let host = endpoint.and_then(|e| BaseUrl::new(&e.base_url).host());
    let known = host.as_deref().and_then(providers::at_host);
    // Who answers for a program is the program's affair, whatever model it is asked for.
    let is_own = endpoint.is_some_and(|e| e.demo || e.program.is_some());
    let found = match own.and_then(|own| own.base_model.as_ref()) {
        Some(base) => table
            .entry(&base.name)
            .map(|entry| (entry, FactsMatch::Named)),
        None if is_own => None,
        None => find(table, known, model),
    };
    let place = host.as_deref().unwrap_or_default();
    let found = found.map(|(entry, how)| match how {
        FactsMatch::Named => (entry, how),
        _ => (regional_entry(table, &entry, place).unwrap_or(entry), how),
    });
    let mut facts = match found {
        Some((entry, how)) => ModelFacts {
            price_at_most: price_at_most(table, &entry, place),
            is_by_name: known.is_none() && how != FactsMatch::Named,
            ..ModelFacts::of_entry(entry, how)
        },
        None => ModelFacts::default(),
    };
    if let Some(own) = own {
        facts.has_own_price = own.price.is_some();
        if facts.has_own_price {
            facts.price_at_most = own.price.clone();
        }
        facts.price = own.price.clone().or(facts.price);
        facts.context = own.context.or(facts.context);
    }
    facts
}

impl ModelFacts {
    fn of_entry(entry: ModelEntry, how: FactsMatch) -> ModelFacts {
        ModelFacts {
            price: entry.price,
            context: entry.context,
            max_output: entry.max_output,
            shutdown: entry.shutdown,
            features: entry.features,
            entry: Some((entry.model, how)),
            ..ModelFacts::default()
        }
    }
}

fn find(
    table: &ModelTable,
    known: Option<&[&str]>,
    model: &str,
) -> Option<(ModelEntry, FactsMatch)> {
    let model = model.strip_prefix("models/").unwrap_or(model);
    let forms = [
        (Some(model), FactsMatch::Exact),
        (base_of_tuned(model), FactsMatch::FineTuned),
        (undated(model), FactsMatch::Undated),
    ];
    forms.into_iter().find_map(|(form, how)| {
        let form = form?;
        let entry = match known {
            Some(providers) => providers
                .iter()
                .find_map(|provider| table.entry(&format!("{provider}/{form}"))),
            // Gateways such as LiteLLM's name models as the table does.
            None => match providers::maker(form) {
                Some(maker) => table.entry(&format!("{maker}/{form}")),
                None => table.entry(form),
            },
        };
        Some((entry?, how))
    })
}

/// `ft:gpt-4o-2024-08-06` of `ft:gpt-4o-2024-08-06:my-org::id`.
fn base_of_tuned(model: &str) -> Option<&str> {
    let base = model.strip_prefix("ft:")?.split(':').next()?;
    Some(&model[.."ft:".len() + base.len()])
}

/// A name without the date of its snapshot: `gpt-4o-2024-08-06`, `claude-sonnet-4-20250514`, `…-latest`; `None` where it has none.
fn undated(model: &str) -> Option<&str> {
    if let Some(base) = model.strip_suffix("-latest") {
        return Some(base);
    }
    let is_date = |tail: &str| {
        tail.starts_with("-20") && tail.bytes().all(|b| b == b'-' || b.is_ascii_digit())
    };
    [11, 9].into_iter().find_map(|length| {
        let at = model.len().checked_sub(length)?;
        let (base, tail) = model.split_at_checked(at)?;
        is_date(tail).then_some(base)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        project::{BaseModel, ModelSpec},
        source::SourcePlace,
    };

    /// A table whose prices tell its entries apart.
    fn table() -> ModelTable {
        let names = [
            "anthropic/claude-haiku-4-5",
            "azure/gpt-4o",
            "groq/openai/gpt-oss-120b",
            "openai/ft:gpt-4o-2024-08-06",
            "openai/gpt-4o",
            "openai/gpt-4o-2024-05-13",
        ];
        let mut text = String::from("{\"source\":\"a test\",\"date\":\"2026-11-29\"}\n");
        for (i, name) in names.iter().enumerate() {
            text += &format!(
                "{{\"model\":\"{name}\",\"price\":{{\"input\":{i}.0,\"output\":1.0}},\"context\":100}}\n"
            );
        }
        ModelTable::of_text(text).unwrap()
    }

    fn entry(url: &str, model: &str) -> Option<String> {
        let endpoint = EndpointSpec::new("x", url);
        let facts = facts_in(&table(), model, Some(&endpoint));
        facts.entry.map(|(name, how)| format!("{name} {how:?}"))
    }

    #[test]
    fn a_name_leads_to_the_entry_of_its_host_or_to_none() {
        let openai = "https://api.openai.com/v1";
        let found = |url, model| entry(url, model).unwrap_or_default();
        assert_eq!(found(openai, "gpt-4o"), "openai/gpt-4o Exact");
        assert_eq!(
            found(openai, "gpt-4o-2024-05-13"),
            "openai/gpt-4o-2024-05-13 Exact"
        );
        assert_eq!(found(openai, "gpt-4o-2031-01-01"), "openai/gpt-4o Undated");
        assert_eq!(found(openai, "gpt-4o-latest"), "openai/gpt-4o Undated");
        assert_eq!(
            found(openai, "ft:gpt-4o-2024-08-06:my-org::x1"),
            "openai/ft:gpt-4o-2024-08-06 FineTuned"
        );
        assert_eq!(
            found("https://mine.openai.azure.com/openai/v1", "gpt-4o"),
            "azure/gpt-4o Exact"
        );
        assert_eq!(
            found("https://api.groq.com/openai/v1", "openai/gpt-oss-120b"),
            "groq/openai/gpt-oss-120b Exact"
        );
        // Nothing near is taken, and nothing of another provider.
        for (url, model) in [
            (openai, "gpt-4o-mini"),
            (openai, "gpt-4o-audio"),
            (openai, "gpt-4"),
            (openai, "claude-haiku-4-5"),
            ("https://api.groq.com/openai/v1", "gpt-4o"),
            ("https://openrouter.ai/api/v1", "openai/gpt-4o"),
            ("http://localhost:8000/v1", "gpt-oss-120b"),
        ] {
            assert_eq!(entry(url, model), None, "{url} {model}");
        }
    }

    #[test]
    fn behind_an_unknown_host_only_unmistakable_names_count() {
        let gateway = "http://gateway.example:4000";
        for (model, name) in [
            ("gpt-4o", "openai/gpt-4o Exact"),
            ("openai/gpt-4o", "openai/gpt-4o Exact"),
            (
                "claude-haiku-4-5-20251001",
                "anthropic/claude-haiku-4-5 Undated",
            ),
            ("groq/openai/gpt-oss-120b", "groq/openai/gpt-oss-120b Exact"),
        ] {
            assert_eq!(entry(gateway, model).as_deref(), Some(name));
        }
        let endpoint = EndpointSpec::new("x", gateway);
        assert!(facts_in(&table(), "gpt-4o", Some(&endpoint)).is_by_name);
    }

    #[test]
    fn the_price_of_a_zone_that_is_not_known_is_bounded() {
        let azure = EndpointSpec::new("x", "https://mine.openai.azure.com/openai/v1");
        let facts = facts_in(&table(), "gpt-4o", Some(&azure));
        let (price, most) = (facts.price.unwrap(), facts.price_at_most.unwrap());
        assert!((most.rates.input - 1.2 * price.rates.input).abs() < 1e-12);
        let openai = EndpointSpec::new("x", "https://api.openai.com/v1");
        let facts = facts_in(&table(), "gpt-4o", Some(&openai));
        assert_eq!(facts.price_at_most, facts.price);
        // Azure's cloud for governments has prices of its own, or none.
        assert_eq!(
            entry("https://mine.openai.azure.us/openai/v1", "gpt-4o"),
            None
        );
    }

    #[test]
    fn the_project_has_the_last_word() {
        let mut endpoint = EndpointSpec::new("x", "https://mine.openai.azure.com/openai/v1");
        let own = ModelSpec {
            base_model: Some(BaseModel {
                name: "openai/gpt-4o".into(),
                place: SourcePlace::of_line("wording.toml", "", 1),
            }),
            context: Some(7),
            ..ModelSpec::default()
        };
        endpoint.models.insert("prod".into(), own);
        let facts = facts_in(&table(), "prod", Some(&endpoint));
        assert_eq!(facts.context, Some(7));
        assert_eq!(facts.price.map(|p| p.rates.input), Some(4.0));
        assert_eq!(
            facts.entry,
            Some(("openai/gpt-4o".into(), FactsMatch::Named))
        );
        let own = endpoint.models.get_mut("prod").unwrap();
        own.price = Some(Price::flat(9.0, 9.0));
        let facts = facts_in(&table(), "prod", Some(&endpoint));
        assert!(facts.has_own_price && facts.price == Some(Price::flat(9.0, 9.0)));
        assert_eq!(
            facts.price_at_most, facts.price,
            "the project says what it costs"
        );
    }
}
