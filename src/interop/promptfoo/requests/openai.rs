//! What promptfoo sends to services that speak as OpenAI's chats, by the settings and the name of the model.

use super::{
    model_rules::{abilities, astra, is_gpt6_astra, is_grok_4, is_true, takes_grok_effort, tools},
    own_settings::add_own_settings,
};
use serde_json::{Map, Value};

/// The parameters of a request.
pub(super) fn openai(
    provider: &str,
    model: &str,
    config: &Map<String, Value>,
) -> Map<String, Value> {
    let passed = config
        .get("passthrough")
        .and_then(|p| p.get("model"))
        .and_then(Value::as_str);
    let able = abilities(provider, passed.unwrap_or(model));
    let set = |name: &str| config.get(name).filter(|value| !value.is_null()).cloned();
    // What counts only where it is true in JavaScript.
    let truthy = |name: &str| set(name).filter(is_true);
    let defaults = truthy("omitDefaults").is_none();
    let or = |name: &str, usual: i64| set(name).or(defaults.then(|| usual.into()));
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    put("seed", set("seed"));
    if able.is_reasoning {
        put("max_completion_tokens", set("max_completion_tokens"));
    } else {
        put("max_tokens", or("max_tokens", 1024));
    }
    if able.takes_temperature && !(passed.is_some() && able.is_reasoning) {
        put("temperature", or("temperature", 0));
    }
    if able.is_reasoning || model.contains("gpt-oss") {
        put("reasoning_effort", truthy("reasoning_effort"));
    }
    // What is written as `null` has the default of the interface.
    for (name, usual) in [
        ("top_p", 1),
        ("presence_penalty", 0),
        ("frequency_penalty", 0),
    ] {
        let written = config.contains_key(name);
        put(name, set(name).or(written.then(|| usual.into())));
    }
    for name in [
        "store",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
    ] {
        put(name, set(name));
    }
    for name in [
        "functions",
        "function_call",
        "tool_choice",
        "response_format",
        "stop",
        "service_tier",
        "user",
        "metadata",
        "tool_resources",
    ] {
        put(name, truthy(name));
    }
    put("tools", tools(config));
    put(
        "reasoning",
        truthy("reasoning").filter(|_| able.is_o_series),
    );
    if able.is_gpt5 {
        put("verbosity", truthy("verbosity"));
    }
    if let Some(Value::Object(more)) = config.get("passthrough") {
        body.extend(more.clone());
    }
    add_own_settings(provider, config, &mut body);
    if able.is_reasoning {
        body.shift_remove("max_tokens");
    }
    if is_gpt6_astra(passed.unwrap_or(model)) {
        astra(&mut body);
    }
    if provider == "xai" {
        if is_grok_4(model) {
            for name in ["presence_penalty", "frequency_penalty", "stop"] {
                body.shift_remove(name);
            }
        }
        if !takes_grok_effort(model) {
            body.shift_remove("reasoning_effort");
        }
    }
    body
}
