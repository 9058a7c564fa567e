//! Which parameters promptfoo sends to a provider: its defaults, what a model does not take, and what it leaves out.

use super::{
    azure::{ABOUT_THE_MODEL, azure},
    model_rules::{
        abilities, astra, is_gpt6_astra, is_grok_4, is_true, samples, takes_grok_effort, thinks,
        tools,
    },
};
use crate::{endpoint::flat_function, interop::javascript_numbers::javascript_numbers};
use serde_json::{Map, Value, json};

/// How promptfoo makes the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// As for OpenAI's chats, with defaults.
    OpenAi,
    /// The same, with the settings put over it as they are.
    Over,
    /// Chats of Azure, with more defaults.
    Azure,
    /// OpenAI's completions.
    Completion,
    /// OpenAI's responses.
    Responses,
    Mistral,
    LocalAi,
    Anthropic,
    /// What is set, and nothing else.
    Plain,
}

impl Body {
    /// By the name of a provider, and the kind that its id names.
    pub(super) fn new(provider: &str, kind: &str) -> Body {
        match (provider, kind) {
            (_, "embedding" | "embeddings") => Body::Plain,
            ("openai" | "togetherai" | "azure", "completion") => Body::Completion,
            ("azure", _) => Body::Azure,
            ("openai", "responses") => Body::Responses,
            ("togetherai" | "cerebras", _) => Body::Over,
            (
                "openai" | "groq" | "openrouter" | "fireworks" | "deepseek" | "perplexity" | "xai",
                _,
            ) => Body::OpenAi,
            ("mistral", _) => Body::Mistral,
            ("localai", _) => Body::LocalAi,
            ("anthropic", _) => Body::Anthropic,
            _ => Body::Plain,
        }
    }

    /// The parameters for a model: from the settings of the provider and those of a test. Numbers are as JavaScript writes them.
    pub(super) fn params(
        self,
        provider: &str,
        model: &str,
        config: &Map<String, Value>,
        test: &Map<String, Value>,
    ) -> Map<String, Value> {
        let sent = self.sent(provider, model, config, test);
        sent.into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, javascript_numbers(value)))
            .collect()
    }

    fn sent(
        self,
        provider: &str,
        model: &str,
        config: &Map<String, Value>,
        test: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut all = config.clone();
        all.extend(test.clone());
        match self {
            Body::OpenAi => openai(provider, model, &all),
            Body::Over => {
                let mut settings = test.clone();
                let omit = config.get("omitDefaults").cloned();
                settings.extend(omit.map(|omit| ("omitDefaults".to_owned(), omit)));
                let mut body = openai(provider, model, &settings);
                body.extend(spread(config));
                if body.contains_key("max_completion_tokens") && provider == "cerebras" {
                    body.shift_remove("max_tokens");
                }
                body
            }
            Body::Azure => azure(model, &all),
            // Options of tests do not reach it.
            Body::Completion => {
                let mut usual = json!({
                    "max_tokens": 1024, "temperature": 0, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0,
                    "best_of": 1,
                });
                if provider != "azure" {
                    usual["stop"] = json!(["<|im_end|>", "<|endoftext|>"]);
                }
                let sent = [
                    "seed",
                    "max_tokens",
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "best_of",
                    "stop",
                ];
                with_defaults(&usual, config, &sent)
            }
            Body::Responses => responses(model, &all),
            Body::Mistral => {
                let usual = json!({"top_p": 1, "max_tokens": 1024});
                let sent = [
                    "temperature",
                    "top_p",
                    "max_tokens",
                    "frequency_penalty",
                    "presence_penalty",
                    "stop",
                    "n",
                    "safe_prompt",
                    "random_seed",
                    "prompt_mode",
                    "reasoning_effort",
                    "tools",
                    "tool_choice",
                    "parallel_tool_calls",
                    "response_format",
                    "metadata",
                ];
                with_defaults(&usual, &all, &sent)
            }
            Body::LocalAi => with_defaults(&json!({"temperature": 0.7}), config, &["temperature"]),
            Body::Anthropic => anthropic(model, &all),
            Body::Plain => spread(&all),
        }
    }

    /// Whether a setting that is written as `null` is sent as such, which TOML cannot write.
    pub(super) fn sends_null(self, name: &str) -> bool {
        match self {
            Body::OpenAi => ["seed", "store"].contains(&name) || name.starts_with("prompt_cache_"),
            Body::Azure => name == "seed",
            Body::Over => true,
            _ => false,
        }
    }

    /// Whether a setting is never sent, so that leaving it out changes nothing.
    pub(super) fn ignores(self, name: &str) -> bool {
        const SENT: [&str; 16] = [
            "omitDefaults",
            "seed",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "reasoning_effort",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "functions",
            "function_call",
            "tools",
            "tool_choice",
            "response_format",
            "stop",
            "passthrough",
        ];
        const SENT_TO_OPENAI: [&str; 10] = [
            "reasoning",
            "tool_resources",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "verbosity",
            "service_tier",
            "user",
            "metadata",
            "store",
        ];
        let is_sent = SENT.contains(&name);
        match self {
            Body::OpenAi => !is_sent && !SENT_TO_OPENAI.contains(&name),
            Body::Azure => !is_sent && name != "data_sources" && !ABOUT_THE_MODEL.contains(&name),
            Body::LocalAi => name != "temperature",
            Body::Responses => !RESPONSES.contains(&name),
            _ => false,
        }
    }
}

/// Settings, with those of `passthrough` among them.
fn spread(config: &Map<String, Value>) -> Map<String, Value> {
    let mut all = config.clone();
    all.shift_remove("omitDefaults");
    if let Some(Value::Object(more)) = all.shift_remove("passthrough") {
        all.extend(more);
    }
    all
}

fn with_defaults(usual: &Value, config: &Map<String, Value>, sent: &[&str]) -> Map<String, Value> {
    let mut body = usual.as_object().cloned().unwrap_or_default();
    let set = config
        .iter()
        .filter(|(name, value)| sent.contains(&name.as_str()) && !value.is_null());
    body.extend(set.map(|(name, value)| (name.clone(), value.clone())));
    if let Some(Value::Object(more)) = config.get("passthrough") {
        body.extend(more.clone());
    }
    body
}

/// Settings of which a request to the Responses API is made.
const RESPONSES: [&str; 15] = [
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
];

/// What promptfoo sends to the Responses API.
fn responses(model: &str, config: &Map<String, Value>) -> Map<String, Value> {
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
    let mut body = with_defaults(&usual.into(), config, &sent);
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

/// What promptfoo sends to Anthropic: newer models take no sampling parameters, and think within `max_tokens`.
fn anthropic(model: &str, config: &Map<String, Value>) -> Map<String, Value> {
    let model = model.to_lowercase();
    let (thinks, samples) = (thinks(&model), samples(&model));
    let mut usual = json!({"temperature": 0, "max_tokens": if thinks { 2048 } else { 1024 }});
    if !samples || config.get("top_p").is_some_and(|value| !value.is_null()) {
        usual["temperature"].take();
    }
    let names = config.keys().map(String::as_str);
    let names: Vec<&str> = names.filter(|name| *name != "omitDefaults").collect();
    let mut body = with_defaults(&usual, config, &names);
    if usual["temperature"].is_null() {
        body.shift_remove("temperature");
    }
    if !samples {
        body.retain(|name, _| name != "top_p" && name != "top_k");
    }
    body
}

fn openai(provider: &str, model: &str, config: &Map<String, Value>) -> Map<String, Value> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_has_its_defaults_and_each_model_its_rules() {
        for (provider, kind, model, config, sent) in [
            (
                "openai",
                "chat",
                "gpt-4o",
                json!({"stop": ["a"], "top_k": 3}),
                json!({"max_tokens": 1024, "temperature": 0, "stop": ["a"]}),
            ),
            (
                "openai",
                "chat",
                "gpt-4o",
                json!({"max_completion_tokens": 9}),
                json!({"max_tokens": 1024, "temperature": 0}),
            ),
            (
                "openai",
                "chat",
                "gpt-4o",
                json!({"omitDefaults": true, "temperature": 0.5}),
                json!({"temperature": 0.5}),
            ),
            (
                "openai",
                "chat",
                "o3-mini",
                json!({"temperature": 1, "max_tokens": 5, "reasoning_effort": "low"}),
                json!({"reasoning_effort": "low"}),
            ),
            (
                "openai",
                "chat",
                "gpt-5-mini",
                json!({"max_completion_tokens": 9, "verbosity": "low"}),
                json!({"max_completion_tokens": 9, "verbosity": "low"}),
            ),
            (
                "openai",
                "chat",
                "gpt-4o",
                json!({"passthrough": {"x": 1, "temperature": 0.3}}),
                json!({"max_tokens": 1024, "temperature": 0.3, "x": 1}),
            ),
            (
                "groq",
                "chat",
                "openai/gpt-oss-20b",
                json!({}),
                json!({"temperature": 0}),
            ),
            // Recorded with promptfoo 0.123.1: numbers, nulls, and `reasoning` for models of the o series alone.
            (
                "openai",
                "chat",
                "a",
                json!({"temperature": 1.0, "max_tokens": 1e3, "passthrough": {"a": 2.0, "s": {"minimum": -0.0}}}),
                json!({"max_tokens": 1000, "temperature": 1, "a": 2, "s": {"minimum": 0}}),
            ),
            (
                "openai",
                "chat",
                "a",
                json!({"top_p": null, "frequency_penalty": null, "presence_penalty": null, "stop": null}),
                json!({"max_tokens": 1024, "temperature": 0, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}),
            ),
            (
                "openai",
                "chat",
                "o3-mini",
                json!({"reasoning": {"effort": "high"}}),
                json!({"reasoning": {"effort": "high"}}),
            ),
            (
                "openai",
                "chat",
                "gpt-5.1",
                json!({"reasoning": {"effort": "high"}}),
                json!({}),
            ),
            (
                "openai",
                "responses",
                "gpt-5",
                json!({"reasoning": {"effort": "low", "summary": "auto"}, "reasoning_effort": "high"}),
                json!({"reasoning": {"effort": "low", "summary": "auto"}}),
            ),
            (
                "togetherai",
                "chat",
                "m",
                json!({"omitDefaults": true, "top_k": 4}),
                json!({"top_k": 4}),
            ),
            (
                "xai",
                "chat",
                "grok-4",
                json!({"stop": ["a"], "presence_penalty": 1, "max_tokens": 9, "reasoning_effort": "low"}),
                json!({"temperature": 0}),
            ),
            (
                "xai",
                "chat",
                "grok-3",
                json!({"stop": ["a"]}),
                json!({"max_tokens": 1024, "temperature": 0, "stop": ["a"]}),
            ),
            (
                "anthropic",
                "messages",
                "claude-opus-4-8",
                json!({"temperature": 1, "top_k": 3}),
                json!({"max_tokens": 1024}),
            ),
            (
                "anthropic",
                "messages",
                "claude-sonnet-5",
                json!({}),
                json!({"max_tokens": 2048}),
            ),
            (
                "anthropic",
                "messages",
                "claude-sonnet-4-5",
                json!({"top_p": 0.9}),
                json!({"max_tokens": 1024, "top_p": 0.9}),
            ),
            (
                "openai",
                "responses",
                "gpt-4.1",
                json!({"max_output_tokens": 5, "temperature": 1}),
                json!({"max_output_tokens": 5, "temperature": 1}),
            ),
            (
                "openai",
                "responses",
                "gpt-5-mini",
                json!({"reasoning_effort": "low", "verbosity": "low"}),
                json!({"reasoning": {"effort": "low"}, "verbosity": "low"}),
            ),
            // Schemas are strict whatever is written, and functions as they are.
            (
                "openai",
                "responses",
                "gpt-5",
                json!({
                    "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}, "strict": false, "description": "d"}},
                    "tools": [
                        {"type": "function", "function": {"name": "f", "parameters": {}}},
                        {"type": "function", "name": "g", "strict": true},
                        {"type": "web_search"},
                    ],
                }),
                json!({
                    "tools": [
                        {"type": "function", "name": "f", "parameters": {}},
                        {"type": "function", "name": "g", "strict": true},
                        {"type": "web_search"},
                    ],
                    "response_format": {
                        "type": "json_schema",
                        "json_schema": {"name": "response_schema", "schema": {"type": "object"}, "strict": true},
                    },
                }),
            ),
            (
                "openai",
                "responses",
                "gpt-5",
                json!({"response_format": {"type": "text"}}),
                json!({}),
            ),
            (
                "groq",
                "chat",
                "llama-3.3",
                json!({}),
                json!({"max_tokens": 1024, "temperature": 0}),
            ),
            (
                "togetherai",
                "chat",
                "m",
                json!({"top_k": 4, "max_tokens": 7}),
                json!({"max_tokens": 7, "temperature": 0, "top_k": 4}),
            ),
            (
                "cerebras",
                "chat",
                "m",
                json!({"max_completion_tokens": 7}),
                json!({"max_completion_tokens": 7, "temperature": 0}),
            ),
            (
                "mistral",
                "chat",
                "m",
                json!({}),
                json!({"max_tokens": 1024, "top_p": 1}),
            ),
            (
                "localai",
                "chat",
                "m",
                json!({"max_tokens": 3}),
                json!({"temperature": 0.7}),
            ),
            (
                "anthropic",
                "messages",
                "m",
                json!({}),
                json!({"max_tokens": 1024, "temperature": 0}),
            ),
            (
                "openai",
                "completion",
                "m",
                json!({"stop": ["x"]}),
                json!({"max_tokens": 1024, "temperature": 0, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, "best_of": 1, "stop": ["x"]}),
            ),
            (
                "azure",
                "completion",
                "m",
                json!({"temperature": 0.5}),
                json!({"max_tokens": 1024, "temperature": 0.5, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, "best_of": 1}),
            ),
            (
                "ollama",
                "chat",
                "m",
                json!({"top_k": 3}),
                json!({"top_k": 3}),
            ),
        ] {
            let body = Body::new(provider, kind);
            let config = config.as_object().unwrap();
            let found = body.params(provider, model, config, &Map::new());
            assert_eq!(Value::Object(found), sent, "{provider} {model} {config:?}");
        }
        let test = json!({"temperature": 0.9});
        let found = Body::OpenAi.params("openai", "m", &Map::new(), test.as_object().unwrap());
        assert_eq!(found["temperature"], 0.9);
    }
}
