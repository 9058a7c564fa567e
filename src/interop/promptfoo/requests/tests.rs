//! Bodies of requests, recorded with promptfoo 0.123.1.

use super::body::Body;
use serde_json::{Map, Value, json};

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
            json!({"max_tokens": 3, "passthrough": {"seed": 4}}),
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
