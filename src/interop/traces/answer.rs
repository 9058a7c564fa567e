//! What models answered, in the forms that recorders give it: a text, messages, the choices of a response.

use super::{
    content::{lose_answers, message_texts},
    lost_parts::LostParts,
    messages::{is_message, is_numbered},
    tree::items,
};
use serde_json::Value;

/// The answers of a call: a text for each of its choices. JSON that is no message is what the model wrote.
pub(super) fn answers(value: &Value, lost: &mut LostParts) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        _ if is_answer(value) => message_answers(&messages(value), lost),
        _ if is_message(value) => {
            let last = items(value).pop().unwrap_or(value);
            message_text(last, lost).into_iter().collect()
        }
        other => vec![other.to_string()],
    }
}

/// The texts of an answer's messages, which are its choices.
pub(super) fn message_answers(messages: &[&Value], lost: &mut LostParts) -> Vec<String> {
    let texts = messages.iter();
    let texts: Vec<String> = texts
        .filter_map(|message| message_text(message, lost))
        .collect();
    // Calls of tools stand in messages of their own, without a text.
    let has_text = texts.iter().any(|text| !text.is_empty());
    let is_kept = |text: &String| !has_text || !text.is_empty();
    texts.into_iter().filter(is_kept).collect()
}

/// The text of a message that a model wrote; what is no text is noted in `lost`.
pub(super) fn message_text(message: &Value, lost: &mut LostParts) -> Option<String> {
    let message = message.get("message").unwrap_or(message);
    lose_answers(message, lost);
    let texts = message_texts(message, lost).map(|texts| texts.concat());
    texts.or_else(|| message.as_str().map(str::to_owned))
}

/// Whether JSON is an answer's message, one for each choice, or a response with them, and not data that a model wrote.
pub(super) fn is_answer(value: &Value) -> bool {
    !messages(value).is_empty()
}

/// The messages of an answer. Of a conversation it is the last one, of choices it is each.
fn messages(value: &Value) -> Vec<&Value> {
    if let Some(choices) = value["choices"].as_array() {
        let is_choice =
            |choice: &&Value| choice["message"].is_object() || choice["text"].is_string();
        return choices.iter().filter(is_choice).collect();
    }
    // Gemini has its message in the content of a candidate, which may stand alone.
    let of_gemini = |candidate: &'_ Value| candidate["content"]["parts"].is_array();
    match value["candidates"].as_array() {
        Some(all) if !all.is_empty() && all.iter().all(of_gemini) => {
            return all.iter().map(|one| &one["content"]).collect();
        }
        _ if of_gemini(value) => return vec![&value["content"]],
        _ => {}
    }
    let list = match value {
        // A chain keeps batches of messages.
        Value::Array(all) => (all.iter())
            .flat_map(|one| {
                if one.is_array() {
                    items(one)
                } else {
                    vec![one]
                }
            })
            .collect(),
        Value::Object(map) if is_numbered(map) => items(value),
        Value::Object(map) => match map.get("messages") {
            Some(conversation) if is_message(conversation) => {
                return items(conversation).pop().into_iter().collect();
            }
            _ => vec![value],
        },
        _ => Vec::new(),
    };
    let are_answers = is_message(value) && list.iter().all(|one| is_of_model(one));
    if are_answers { list } else { Vec::new() }
}

fn is_of_model(message: &Value) -> bool {
    let message = message.get("message").unwrap_or(message);
    let role = message["role"].as_str().or(message["type"].as_str());
    role.is_none_or(|role| matches!(role, "assistant" | "model" | "ai" | "AIMessage" | "message"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_read_in_every_form() {
        for form in [
            json!("o"),
            json!({"role": "assistant", "content": "o"}),
            json!([{"role": "assistant", "parts": [{"type": "text", "content": "o"}]}]),
            json!([{"message": {"role": "assistant", "content": "o"}}]),
            json!({"choices": [{"message": {"content": "o"}}]}),
            json!({"choices": [{"text": "o"}]}),
            json!({"message": {"role": "assistant", "content": "o"}}),
            json!([[{"role": "assistant", "content": "o"}]]),
            json!({"content": {"parts": [{"text": "o"}], "role": "model"}, "finish_reason": "STOP"}),
            json!({"candidates": [{"content": {"parts": [{"text": "o"}]}}]}),
            json!({"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "o"}]}),
            json!([{"role": "user", "content": "u"}, {"role": "assistant", "content": [{"type": "text", "text": "o"}]}]),
            json!([{"role": "assistant", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "o"}]}]),
        ] {
            assert_eq!(answers(&form, &mut LostParts::default()), ["o"], "{form}");
        }
    }

    #[test]
    fn no_choice_is_lost() {
        for form in [
            json!({"choices": [{"message": {"content": "x"}}, {"message": {"content": "y"}}]}),
            json!([{"role": "assistant", "content": "x"}, {"role": "assistant", "content": "y"}]),
            json!({"0": {"role": "assistant", "content": "x"}, "1": {"content": "y"}}),
        ] {
            assert_eq!(
                answers(&form, &mut LostParts::default()),
                ["x", "y"],
                "{form}"
            );
        }
        let mut lost = LostParts::default();
        let called = json!([{"role": "assistant", "content": "", "tool_calls": [{}]}, {"role": "assistant", "content": "y"}]);
        assert_eq!(answers(&called, &mut lost), ["y"]);
        assert_eq!(lost.list(), ["a tool call"]);
    }

    #[test]
    fn what_a_model_wrote_is_no_message() {
        for text in [
            "{\"role\": \"assistant\", \"content\": \"in\"}",
            "{\"choices\":[]}",
            "{\"0\":{\"a\":1}}",
        ] {
            assert_eq!(answers(&text.into(), &mut LostParts::default()), [text]);
        }
        for data in [
            json!({"label": 1}),
            json!({"0": {"a": 1}}),
            json!({"choices": []}),
            json!({"choices": "c"}),
            json!({"content": "c"}),
            json!([1]),
        ] {
            let shown = data.to_string();
            assert_eq!(answers(&data, &mut LostParts::default()), [shown]);
        }
    }
}
