//! Which parameters promptfoo sends to a provider: its defaults, what a model does not take, and what it leaves out.

use super::{
    anthropic::anthropic,
    azure::{ABOUT_THE_MODEL, azure},
    defaults::with_defaults,
    openai::openai,
    responses::{RESPONSES, responses},
};
use crate::interop::javascript_numbers::javascript_numbers;
use serde_json::{Map, Value, json};

/// How promptfoo makes the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::interop) enum Body {
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
    pub(in crate::interop) fn new(provider: &str, kind: &str) -> Body {
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
    pub(in crate::interop) fn params(
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
                let mut body = with_defaults(&usual, config, &sent);
                if provider == "togetherai" {
                    body.extend(spread(config));
                }
                body
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
            Body::LocalAi => {
                let mut own = config.clone();
                own.retain(|name, _| !self.ignores(name));
                with_defaults(&json!({"temperature": 0.7}), &own, &["temperature"])
            }
            Body::Anthropic => anthropic(model, &all),
            Body::Plain => spread(&all),
        }
    }

    /// Whether a setting that is written as `null` is sent as such, which TOML cannot write.
    pub(in crate::interop) fn sends_null(self, name: &str) -> bool {
        match self {
            Body::OpenAi => ["seed", "store"].contains(&name) || name.starts_with("prompt_cache_"),
            Body::Azure => name == "seed",
            Body::Over => true,
            _ => false,
        }
    }

    /// Whether a setting is never sent, so that leaving it out changes nothing.
    pub(in crate::interop) fn ignores(self, name: &str) -> bool {
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
