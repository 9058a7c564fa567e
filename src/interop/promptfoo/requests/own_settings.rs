//! Settings that promptfoo sends to one service and to no other.

use super::model_rules::is_true;
use serde_json::{Map, Value};

/// Sent whatever they hold.
const GROQ: [&str; 2] = ["reasoning_format", "include_reasoning"];
/// Sent where they are true in JavaScript.
const GROQ_TRUE: [&str; 2] = ["compound_custom", "search_settings"];
const OPENROUTER_TRUE: [&str; 4] = ["transforms", "models", "route", "provider"];
const PERPLEXITY: [&str; 7] = [
    "search_domain_filter",
    "search_recency_filter",
    "return_related_questions",
    "return_images",
    "search_after_date_filter",
    "search_before_date_filter",
    "web_search_options",
];
const MISTRAL: [&str; 3] = ["random_seed", "safe_prompt", "prompt_mode"];
const XAI_TRUE: [&str; 1] = ["search_parameters"];

/// The settings of a service: those that are sent whatever they hold, and those that are sent where they are true.
fn of(service: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match service {
        "groq" => (&GROQ, &GROQ_TRUE),
        "openrouter" => (&[], &OPENROUTER_TRUE),
        "perplexity" => (&PERPLEXITY, &[]),
        "mistral" => (&MISTRAL, &[]),
        "xai" => (&[], &XAI_TRUE),
        _ => (&[], &[]),
    }
}

/// Whether a setting is sent to a service.
pub(in crate::interop) fn is_own_setting(service: &str, name: &str) -> bool {
    let (all, if_true) = of(service);
    all.contains(&name) || if_true.contains(&name)
}

/// What of the settings is sent; OpenRouter's give way to `passthrough`.
pub(super) fn add_own_settings(
    service: &str,
    config: &Map<String, Value>,
    body: &mut Map<String, Value>,
) {
    let (all, if_true) = of(service);
    let passed = config.get("passthrough").and_then(Value::as_object);
    let is_passed = |name: &str| passed.is_some_and(|passed| passed.contains_key(name));
    let truthy = |name: &&str| config.get(*name).is_some_and(is_true);
    let names = all.iter().chain(if_true.iter().filter(|name| truthy(name)));
    for name in names.filter(|name| !is_passed(name) || service == "groq") {
        if let Some(value) = config.get(*name) {
            body.insert((*name).to_owned(), value.clone());
        }
    }
}
