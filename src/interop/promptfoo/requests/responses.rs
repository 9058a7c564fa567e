//! What promptfoo sends to the Responses API.

use super::{
    defaults::with_defaults,
    model_rules::{abilities, is_true},
};
use crate::endpoint::flat_function;
use serde_json::{Map, Value, json};

/// Settings of which a request to the Responses API is made.
pub(super) const RESPONSES: [&str; 23] = [
    "omitDefaults",
    "reasoning",
    "max_output_tokens",
    "temperature",
    "top_p",
    "reasoning_effort",
    "verbosity",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "metadata",
    "store",
    "user",
    "service_tier",
    "instructions",
    "max_tool_calls",
    "include",
    "previous_response_id",
    "truncation",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
];

/// Of these nothing is sent where they are false, empty or 0.
const SENT_IF_TRUE: [&str; 4] = [
    "instructions",
    "max_tool_calls",
    "previous_response_id",
    "truncation",
];

/// What promptfoo sends to the Responses API.
pub(super) fn responses(model: &str, config: &Map<String, Value>) -> Map<String, Value> {
    let able = abilities("openai", model);
    let defaults = !config.get("omitDefaults").is_some_and(is_true);
    let mut usual = Map::new();
    if defaults && !able.is_reasoning {
        usual.insert("max_output_tokens".into(), 1024.into());
    }
    if defaults && able.takes_temperature {
        usual.insert("temperature".into(), 0.into());
    }
    let inner = config.get("reasoning").and_then(|r| r.get("effort"));
    let effort = inner
        .filter(|effort| !effort.is_null())
        .or(config.get("reasoning_effort"))
        .filter(|_| able.is_reasoning);
    let takes_top_p = effort.is_none_or(|effort| effort == "none");
    let is_sent = |name: &&str| match *name {
        "temperature" => able.takes_temperature,
        "verbosity" => able.is_gpt5,
        "top_p" => takes_top_p,
        "reasoning_effort" | "reasoning" | "omitDefaults" => false,
        _ => true,
    };
    let sent: Vec<&str> = RESPONSES.into_iter().filter(is_sent).collect();
    let mut set = config.clone();
    set.retain(|name, value| !SENT_IF_TRUE.contains(&name.as_str()) || is_true(value));
    let mut body = with_defaults(&usual.into(), &set, &sent);
    let effort = effort.filter(|effort| is_true(effort));
    let mut reasoning = Map::from_iter(effort.map(|effort| ("effort".to_owned(), effort.clone())));
    if let Some(Value::Object(inner)) = config.get("reasoning").filter(|_| able.is_reasoning) {
        reasoning.extend(inner.clone());
    }
    if !reasoning.is_empty() {
        body.insert("reasoning".into(), reasoning.into());
    }
    if let Some(format) = body.shift_remove("response_format")
        && let Some(format) = responses_format(&format)
    {
        body.insert("response_format".into(), format);
    }
    if let Some(Value::Array(tools)) = body.get_mut("tools") {
        tools.iter_mut().for_each(flatten_tool);
    }
    body
}

/// The format that promptfoo sends to the Responses API, in the form of chat completions: schemas are always strict, whatever is
/// written, and have no description. `None` is text.
fn responses_format(written: &Value) -> Option<Value> {
    let text = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
    match written["type"].as_str()? {
        "json_object" => Some(json!({"type": "json_object"})),
        "json_schema" => {
            let inner = &written["json_schema"];
            let name = text(&inner["name"]).or_else(|| text(&written["name"]));
            let schema = [&written["schema"], &inner["schema"]];
            let schema = schema.into_iter().find(|schema| !schema.is_null());
            let mut sent = json!({"name": name.unwrap_or_else(|| "response_schema".into())});
            if let Some(schema) = schema {
                sent["schema"] = schema.clone();
            }
            sent["strict"] = true.into();
            Some(json!({"type": "json_schema", "json_schema": sent}))
        }
        _ => None,
    }
}

/// As promptfoo sends it: where `strict` is not written, the server decides.
fn flatten_tool(tool: &mut Value) {
    if tool["type"] == "function"
        && let Some(function) = flat_function(tool)
        && let Value::Object(map) = tool
    {
        map.shift_remove("function");
        map.extend(function);
    }
}
