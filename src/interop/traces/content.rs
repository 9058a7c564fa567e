//! The content of a message: a text, or parts, of which texts are read; what stands beside them is lost.

use super::{call::Call, lost_parts::LostParts, tree::items};
use crate::interop::non_finite::NAN;
use serde_json::Value;

/// Where the content of a message stands.
pub(super) const CONTENTS: [&str; 5] = ["content", "content_parts", "parts", "contents", "text"];

/// Where a message has its calls of tools.
pub(super) const CALLS: [&str; 3] = ["tool_calls", "function_call", "function_call_name"];

/// What a model may answer with in place of a text.
const ANSWERS: [&str; 3] = ["refusal", "audio", "images"];

/// What messages and their parts have beside their contents that was not sent, or that says what is read in another way.
const NOTES: [&str; 22] = [
    "role",
    "type",
    "id",
    "tool_call_id",
    "status",
    "finish_reason",
    "stop_reason",
    "source",
    "model",
    "weight",
    "index",
    "example",
    "metadata",
    "additional_kwargs",
    "response_metadata",
    "usage_metadata",
    "invalid_tool_calls",
    "logprobs",
    "annotations",
    "created_at",
    "timestamp",
    "object",
];

/// Whether JSON from a text is the parts of a content.
pub(super) fn is_parts(value: &Value) -> bool {
    const KINDS: [&str; 12] = [
        "text",
        "input_text",
        "image_url",
        "image",
        "input_image",
        "input_audio",
        "file",
        "document",
        "tool_use",
        "tool_result",
        "thinking",
        "reasoning",
    ];
    let is_part = |part: &Value| {
        let kind = part["type"].as_str();
        kind.is_some_and(|kind| KINDS.contains(&kind))
    };
    value
        .as_array()
        .is_some_and(|all| !all.is_empty() && all.iter().all(is_part))
}

/// Whether a field was not set: pandas writes `NaN` there.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == NAN,
        Value::Array(all) => all.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// What else was sent with a message or a part is lost.
pub(super) fn lose_fields(value: &Value, of: &str, call: &mut Call) {
    let fields = value.as_object().into_iter().flatten();
    for (name, _) in fields.filter(|(_, value)| !is_empty(value)) {
        let known = [&NOTES[..], &CONTENTS[..], &CALLS[..]];
        if !known.iter().any(|names| names.contains(&name.as_str())) {
            call.lose(&format!("`{name}` of {of}"));
        }
    }
}

/// The text of a message that was sent; what is no text is noted in `lost`.
pub(super) fn message_text(message: &Value, lost: &mut LostParts) -> Option<String> {
    lose_calls(message, lost);
    let mut contents = CONTENTS.iter().filter_map(|key| message.get(*key));
    contents.find_map(|content| content_text(content, lost))
}

/// Calls of tools are not in the project.
pub(super) fn lose_calls(message: &Value, lost: &mut LostParts) {
    // LangChain keeps what the server said in a map of its own.
    for within in [message, &message["additional_kwargs"]] {
        for calls in CALLS {
            if !is_empty(&within[calls]) {
                lost.add("a tool call");
            }
        }
    }
}

/// What a model answered in place of a text is not in the project.
pub(super) fn lose_answers(message: &Value, lost: &mut LostParts) {
    lose_calls(message, lost);
    for name in ANSWERS {
        if !is_empty(&message[name]) {
            lost.add(format!("`{name}` of an answer"));
        }
    }
}

/// The texts of the first content of a message that has one: of each of its parts.
pub(super) fn message_texts(message: &Value, lost: &mut LostParts) -> Option<Vec<String>> {
    let mut contents = CONTENTS.iter().filter_map(|key| message.get(*key));
    contents.find_map(|content| content_texts(content, lost))
}

/// The text of a content that was sent.
pub(super) fn content_text(content: &Value, lost: &mut LostParts) -> Option<String> {
    let texts = content_texts(content, lost)?;
    if texts.len() > 1 {
        lost.add("several texts in one message, which are sent as one");
    }
    Some(texts.concat())
}

/// The texts of a content: itself, or its parts.
fn content_texts(content: &Value, lost: &mut LostParts) -> Option<Vec<String>> {
    if let Some(text) = content.as_str() {
        return Some(vec![text.to_owned()]);
    }
    let parts = items(content);
    if parts.is_empty() {
        if content.as_object().is_some_and(|map| !map.is_empty()) && part_text(content).is_none() {
            lost.add("a content that is neither a text nor parts");
        }
        return part_text(content).map(|text| vec![text.to_owned()]);
    }
    let mut texts = Vec::new();
    for part in parts {
        let part = part.get("message_content").unwrap_or(part);
        match part_text(part) {
            Some(text) => texts.push(text.to_owned()),
            None => {
                let kind = part["type"].as_str().unwrap_or("a part without a text");
                lost.add(format!("`{kind}`"));
            }
        }
    }
    Some(texts)
}

/// The text of a part, if it is one.
pub(super) fn part_text(part: &Value) -> Option<&str> {
    const KINDS: [&str; 3] = ["text", "input_text", "output_text"];
    let is_text = part["type"]
        .as_str()
        .is_none_or(|kind| KINDS.contains(&kind));
    let text = part
        .as_str()
        .or(part["text"].as_str())
        .or(part["content"].as_str());
    text.filter(|_| is_text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn calls_of_tools_that_are_not_set_are_none() {
        for (calls, lost) in [
            (json!("NaN"), 0),
            (json!(null), 0),
            (json!([]), 0),
            (json!([{"id": "c"}]), 1),
        ] {
            let mut parts = LostParts::default();
            lose_calls(&json!({"tool_calls": calls}), &mut parts);
            assert_eq!(parts.list().len(), lost, "{calls}");
            let mut parts = LostParts::default();
            let within = json!({"content": "", "additional_kwargs": {"tool_calls": calls}});
            lose_calls(&within, &mut parts);
            assert_eq!(parts.list().len(), lost, "{calls}");
        }
    }
}
