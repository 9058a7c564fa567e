//! Parameters of recorded requests as they are sent again: by the name that servers take, with a value of the parameter's type.
//!
//! Recorders write what they were given, numbers as texts too, and texts in place of numbers: `Infinity` of Langfuse's client stands for
//! a limit that was not set.

use crate::interop::imported_project::has_null;
use serde_json::{Map, Value};

/// What a recorded parameter says of the request.
#[derive(Debug, PartialEq)]
pub(super) enum SentParam {
    /// It was sent, under this name.
    Sent(&'static str, Value),
    /// It was not set, or changes nothing.
    Unset,
    /// It cannot be sent again.
    Lost,
}

enum Kind {
    Number,
    Whole,
    /// A text or a list of texts.
    Stop,
    Text,
    Map,
}

/// What records call a parameter, what it is called when it is sent, its type.
const PARAMS: [(&str, &str, Kind); 13] = [
    ("temperature", "temperature", Kind::Number),
    ("top_p", "top_p", Kind::Number),
    ("max_tokens", "max_tokens", Kind::Whole),
    (
        "max_completion_tokens",
        "max_completion_tokens",
        Kind::Whole,
    ),
    ("seed", "seed", Kind::Whole),
    ("frequency_penalty", "frequency_penalty", Kind::Number),
    ("presence_penalty", "presence_penalty", Kind::Number),
    ("stop", "stop", Kind::Stop),
    ("stop_sequences", "stop", Kind::Stop),
    ("stop_seqs", "stop", Kind::Stop),
    ("reasoning_effort", "reasoning_effort", Kind::Text),
    ("top_k", "top_k", Kind::Whole),
    ("response_format", "response_format", Kind::Map),
];

/// What says which model was called and how answers came, not what it was told.
const WITHOUT_EFFECT: [&str; 19] = [
    "model",
    "model_name",
    "_type",
    "is_streaming",
    "name",
    "id",
    "user",
    "type",
    "stream",
    "streaming",
    "is_stream",
    "encoding_formats",
    "timeout",
    "max_retries",
    "max_connections",
    "attempt_timeout",
    "cache",
    "batch",
    "messages",
];

/// What is off unless it is set.
const OFF: [&str; 7] = [
    "logprobs",
    "echo",
    "store",
    "verbose",
    "stream_usage",
    "disable_streaming",
    "include_response_headers",
];

/// Whether a parameter is one of those that are sent again.
pub(super) fn is_sent(name: &str) -> bool {
    PARAMS.iter().any(|(recorded, ..)| *recorded == name)
}

/// What a parameter of a record is in a request.
pub(super) fn sent_param(name: &str, value: &Value) -> SentParam {
    let known = PARAMS.iter().find(|(recorded, ..)| *recorded == name);
    let is_unset = match value {
        Value::Null => true,
        Value::Bool(set) => !set && OFF.contains(&name),
        Value::String(text) => {
            let text = text.trim();
            let is_limit = name.starts_with("max_");
            text.is_empty() || is_limit && matches!(text, "Infinity" | "inf")
        }
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        // One answer is the usual.
        Value::Number(number) => matches!(name, "n" | "num_choices") && number.as_u64() == Some(1),
    };
    if is_unset {
        return SentParam::Unset;
    }
    let Some((_, sent, kind)) = known else {
        return match WITHOUT_EFFECT.contains(&name) {
            true => SentParam::Unset,
            false => SentParam::Lost,
        };
    };
    let is_text = |value: &Value| value.is_string();
    let value = match kind {
        Kind::Number => number(value),
        Kind::Whole => number(value).and_then(|number| whole(&number)),
        Kind::Stop => Some(value.clone()).filter(|value| match value {
            Value::Array(all) => all.iter().all(is_text),
            value => is_text(value),
        }),
        Kind::Text => Some(value.clone()).filter(is_text),
        // TOML has no null.
        Kind::Map => map(value).map(Value::Object).filter(|map| !has_null(map)),
    };
    value.map_or(SentParam::Lost, |value| SentParam::Sent(sent, value))
}

/// A number, which may be written as a text.
fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => {
            let read = serde_json::from_str::<serde_json::Number>(text.trim());
            read.ok().map(Value::from)
        }
        _ => None,
    }
}

/// A whole number, which may be written as 5.0.
fn whole(number: &Value) -> Option<Value> {
    /// From here on, a float does not hold every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.is_i64() || number.is_u64() {
        return Some(number.clone());
    }
    let float = number.as_f64().filter(|float| float.abs() < EXACT)?;
    (float.fract() == 0.0).then(|| (float as i64).into())
}

/// An object, which may be written as a text of JSON.
fn map(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_have_the_type_that_servers_take() {
        for (name, value, sent) in [
            ("temperature", json!(0.5), json!(0.5)),
            ("temperature", json!("0.5"), json!(0.5)),
            ("max_tokens", json!("5"), json!(5)),
            ("top_k", json!(4.0), json!(4)),
            ("seed", json!(-7), json!(-7)),
            ("stop", json!("x"), json!("x")),
            ("stop_seqs", json!(["x"]), json!(["x"])),
            (
                "response_format",
                json!("{\"type\": \"json_object\"}"),
                json!({"type": "json_object"}),
            ),
        ] {
            let SentParam::Sent(_, made) = sent_param(name, &value) else {
                panic!("{name} = {value} is not sent");
            };
            assert_eq!(made, sent, "{name}");
        }
        for (name, value) in [
            ("max_tokens", json!("Infinity")),
            ("max_completion_tokens", json!("")),
            ("temperature", json!(null)),
            ("temperature", json!(" ")),
            ("stop", json!([])),
            ("logprobs", json!(false)),
            ("stream", json!(true)),
            ("num_choices", json!(1)),
        ] {
            assert_eq!(sent_param(name, &value), SentParam::Unset, "{name}");
        }
        for (name, value) in [
            ("temperature", json!("NaN")),
            ("temperature", json!("Infinity")),
            ("temperature", json!(true)),
            ("temperature", json!([1])),
            ("max_tokens", json!(2.5)),
            ("max_tokens", json!(1e300)),
            ("max_tokens", json!("-Infinity")),
            ("seed", json!("<omitted>")),
            ("stop", json!([1])),
            ("reasoning_effort", json!(1)),
            ("response_format", json!("json_object")),
            ("best_of", json!(3)),
            ("n", json!(2)),
            ("response_format", json!({"type": "json_schema", "x": null})),
            ("enable_thinking", json!(false)),
        ] {
            assert_eq!(sent_param(name, &value), SentParam::Lost, "{name}");
        }
    }
}
