//! The most tokens that request parameters add to a prompt: schemas of answers, instructions and tools are text that the model reads.
//!
//! How a server writes them into the prompt is its own affair, so the bound is their JSON with all but ASCII escaped, a token for each
//! byte. Numbers, `true` and `false` are no text.

use super::frame::Frame;
use crate::model::{Params, effective_params};
use serde_json::Value;

/// Parameters that no model reads, by OpenAI's reference of chat completions and responses (November 2026). Texts, lists and objects
/// under unknown names count; what `true` or a number makes a server add is not counted, see `RequestTerms::unbounded`.
const UNREAD: [&str; 12] = [
    "stop",
    "logit_bias",
    "metadata",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "service_tier",
    "stream_options",
    "modalities",
    "include",
    // The answer is compared with it; see `RequestTerms`.
    "prediction",
];

/// Lists of tools.
const TOOLS: [&str; 2] = ["tools", "functions"];

/// Schemas of answers.
const FORMATS: [&str; 2] = ["response_format", "text"];

/// The most tokens that the parameters add to a prompt of a model with this frame.
pub(super) fn parameters_at_most(params: &[&Params], frame: &Frame) -> u64 {
    let read = effective_params(params)
        .filter(|(name, value)| is_text(value) && !UNREAD.contains(&name.as_str()));
    read.map(|(name, value)| {
        let added = match name.as_str() {
            name if TOOLS.contains(&name) => frame.tools,
            name if FORMATS.contains(&name) => frame.format,
            _ => 0,
        };
        name.len() as u64 + json_at_most(value) + added
    })
    .sum()
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Array(_) | Value::Object(_))
}

/// The most tokens that a value has as JSON: a server may escape what is not ASCII.
pub(super) fn json_at_most(value: &Value) -> u64 {
    let escaped = |c: char| match c.len_utf16() {
        _ if c.is_ascii() => 1,
        units => 6 * units,
    };
    value.to_string().chars().map(escaped).sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bound(params: Value) -> u64 {
        let params = params.as_object().unwrap();
        parameters_at_most(&[params], &Frame::OPENAI)
    }

    #[test]
    fn what_the_model_reads_counts_and_nothing_else() {
        let unread = json!({"temperature": 0.5, "max_tokens": 20, "logprobs": true, "stop": ["a long text"], "logit_bias": {"50256": -100}, "seed": null});
        assert_eq!(bound(unread), 0);
        assert_eq!(bound(json!({"instructions": "Be brief."})), 12 + 11);
        let schema = json!({"type": "json_schema", "json_schema": {"name": "a", "schema": {"description": "é😀"}}});
        let text = schema.to_string().chars().count() as u64;
        let escaped = text - 2 + 6 + 12;
        let format = bound(json!({ "response_format": schema }));
        assert_eq!(format, 15 + escaped + Frame::OPENAI.format);
        let tools = bound(json!({"tools": [{"type": "function"}]}));
        assert_eq!(tools, 5 + 21 + Frame::OPENAI.tools);
    }

    #[test]
    fn a_later_parameter_takes_the_place_of_an_earlier_one() {
        let (long, short) = (
            json!({"instructions": "x".repeat(500)}),
            json!({"instructions": "x"}),
        );
        let both = [long.as_object().unwrap(), short.as_object().unwrap()];
        assert_eq!(parameters_at_most(&both, &Frame::OPENAI), 12 + 3);
    }
}
