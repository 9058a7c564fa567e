//! Which parameters promptfoo sends to a provider: its defaults, what a model does not take, and what it leaves out.

use serde_json::{Map, Value, json};

/// How promptfoo makes the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// As for OpenAI's chats, with defaults.
    OpenAi,
    /// The same, with the settings put over it as they are.
    Over,
    /// OpenAI's completions.
    Completion,
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
            ("openai" | "togetherai", "completion") => Body::Completion,
            ("togetherai" | "cerebras", _) => Body::Over,
            (
                "openai" | "azure" | "groq" | "openrouter" | "fireworks" | "deepseek"
                | "perplexity" | "xai",
                _,
            ) => Body::OpenAi,
            ("mistral", _) => Body::Mistral,
            ("localai", _) => Body::LocalAi,
            ("anthropic", _) => Body::Anthropic,
            _ => Body::Plain,
        }
    }

    /// The parameters for a model: from the settings of the provider and those of a test.
    pub(super) fn params(
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
                let mut body = openai(provider, model, test);
                body.extend(spread(config));
                if body.contains_key("max_completion_tokens") && provider == "cerebras" {
                    body.shift_remove("max_tokens");
                }
                body
            }
            // Options of tests do not reach it.
            Body::Completion => {
                let usual = json!({
                    "max_tokens": 1024, "temperature": 0, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0,
                    "best_of": 1, "stop": ["<|im_end|>", "<|endoftext|>"],
                });
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
            Body::Anthropic => {
                let usual = json!({"temperature": 0, "max_tokens": 1024});
                let names: Vec<&str> = all.keys().map(String::as_str).collect();
                with_defaults(&usual, &all, &names)
            }
            Body::Plain => spread(&all),
        }
    }

    /// Whether a setting is never sent, so that leaving it out changes nothing.
    pub(super) fn ignores(self, name: &str) -> bool {
        const SENT: [&str; 20] = [
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
            "verbosity",
            "service_tier",
            "user",
            "metadata",
            "store",
            "passthrough",
        ];
        match self {
            Body::OpenAi => !SENT.contains(&name),
            Body::LocalAi => name != "temperature",
            _ => false,
        }
    }
}

/// Settings, with those of `passthrough` among them.
fn spread(config: &Map<String, Value>) -> Map<String, Value> {
    let mut all = config.clone();
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

/// What promptfoo knows of a model by its name.
struct Abilities {
    is_gpt5: bool,
    is_reasoning: bool,
    takes_temperature: bool,
}

fn abilities(provider: &str, model: &str) -> Abilities {
    let model = model
        .strip_prefix("ft:")
        .map_or_else(|| model.replace("/ft:", "/"), str::to_owned);
    let is = |start: &str| model.starts_with(start) || model.contains(&format!("/{start}"));
    let is_gpt5 = is("gpt-5");
    let is_openai = is_gpt5 || is("o1") || is("o3") || is("o4");
    let is_groq = provider == "groq" && (model.contains("gpt-oss") || model.contains("qwen"));
    Abilities {
        is_gpt5,
        is_reasoning: is_openai || is_groq,
        takes_temperature: is_groq || !is_openai,
    }
}

/// Whether promptfoo takes a model for one that reasons, by its name, and never sends `max_tokens` to it.
pub(in crate::interop) fn is_reasoning(model: &str) -> bool {
    abilities("openai", model).is_reasoning
}

fn openai(provider: &str, model: &str, config: &Map<String, Value>) -> Map<String, Value> {
    let passed = config
        .get("passthrough")
        .and_then(|p| p.get("model"))
        .and_then(Value::as_str);
    let able = abilities(provider, passed.unwrap_or(model));
    let set = |name: &str| config.get(name).filter(|value| !value.is_null()).cloned();
    // What counts only where it is true in JavaScript.
    let truthy = |name: &str| {
        set(name).filter(|value| match value {
            Value::Bool(flag) => *flag,
            Value::String(text) => !text.is_empty(),
            Value::Number(number) => number.as_f64() != Some(0.0),
            _ => true,
        })
    };
    let defaults = set("omitDefaults") != Some(Value::Bool(true));
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
    for name in ["top_p", "presence_penalty", "frequency_penalty", "store"] {
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
    ] {
        put(name, truthy(name));
    }
    put(
        "tools",
        set("tools").filter(|tools| tools.as_array().is_none_or(|t| !t.is_empty())),
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
