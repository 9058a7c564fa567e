//! Messages in the forms that recorders give them: lists, objects, texts of JSON; contents as texts or parts.

use super::{
    call::{Call, TracedMessage},
    tree::{items, parsed},
};
use serde_json::Value;

/// Add the messages of a prompt to a call; false where there is none. A text that is not messages in JSON is one of a user.
pub(super) fn add_messages(call: &mut Call, value: &Value) -> bool {
    let before = call.messages.len();
    let parsed = parsed(value);
    match &parsed {
        Value::Array(all) if !all.is_empty() && all.iter().all(is_message) => {
            all.iter().for_each(|item| add_message(call, item));
        }
        Value::Object(map) if is_message(&parsed) => {
            if map.values().all(Value::is_object) && !items(&parsed).is_empty() {
                items(&parsed)
                    .into_iter()
                    .for_each(|item| add_message(call, item));
            } else {
                add_message(call, &parsed);
            }
        }
        Value::Object(map) => {
            let system = map.get("system").or(map.get("instructions"));
            let given = ["messages", "input_messages", "contents"]
                .iter()
                .find_map(|key| map.get(*key));
            // Beside other values, a text is not all that was sent.
            let alone = map.len() == 1 + usize::from(system.is_some());
            let text = ["prompt", "input"].iter().find_map(|key| map.get(*key));
            if let Some(given) = given.or(text.filter(|_| alone)) {
                let text = system.and_then(|system| text_of(system, &mut call.lost));
                text.into_iter().for_each(|text| push(call, "system", text));
                add_messages(call, given);
            }
        }
        _ => {}
    }
    if call.messages.len() == before
        && let Some(text) = value.as_str().filter(|text| !text.is_empty())
    {
        push(call, "user", text.to_owned());
    }
    call.messages.len() > before
}

/// Whether a value is a message, several under numbers, or a batch of them; and not data that a model was sent or wrote.
fn is_message(value: &Value) -> bool {
    let Value::Object(map) = value else {
        return value
            .as_array()
            .is_some_and(|all| !all.is_empty() && all.iter().all(is_message));
    };
    if let Some(message) = map.get("message").filter(|message| message.is_object()) {
        return is_message(message);
    }
    let has_content =
        CONTENTS.iter().any(|key| map.contains_key(*key)) || map.contains_key("tool_calls");
    match (map.get("role"), map.get("type")) {
        (Some(role), _) => role.is_string() && has_content,
        (None, Some(kind)) => {
            has_content && kind.as_str().is_some_and(|kind| TYPES.contains(&kind))
        }
        (None, None) => {
            let numbered = items(value);
            !numbered.is_empty()
                && numbered.len() == map.len()
                && numbered.iter().all(|item| item.is_object())
        }
    }
}

fn push(call: &mut Call, role: &str, text: String) {
    call.messages.push(TracedMessage {
        role: role.to_owned(),
        text,
    });
}

/// Where the content of a message stands.
const CONTENTS: [&str; 4] = ["content", "parts", "contents", "text"];

/// Types of messages, where they have no role.
const TYPES: [&str; 7] = [
    "human",
    "ai",
    "system",
    "HumanMessage",
    "AIMessage",
    "SystemMessage",
    "message",
];

/// Add a message, whose role may be written as a type.
fn add_message(call: &mut Call, item: &Value) {
    // A chain keeps batches of messages, and spans put each one under a name.
    if item.is_array() {
        return items(item)
            .into_iter()
            .for_each(|item| add_message(call, item));
    }
    let message = item.get("message").unwrap_or(item);
    if let Some(text) = message.as_str() {
        return push(call, "user", text.to_owned());
    }
    let role = message["role"].as_str().or(message["type"].as_str());
    let role = match role.unwrap_or("user") {
        "human" | "HumanMessage" | "message" => "user",
        "ai" | "AIMessage" | "model" => "assistant",
        "SystemMessage" => "system",
        other => other,
    };
    let role = role.to_owned();
    let text = message_text(message, &mut call.lost).unwrap_or_default();
    push(call, &role, text);
}

/// The text of a message; what is no text is noted in `lost`.
pub(super) fn message_text(message: &Value, lost: &mut Vec<String>) -> Option<String> {
    for calls in ["tool_calls", "function_call"] {
        if !message[calls].is_null() && !items(&message[calls]).is_empty() {
            lost.push("a tool call".into());
        }
    }
    let text = CONTENTS
        .iter()
        .filter_map(|key| message.get(*key))
        .find_map(|content| text_of(content, lost));
    text.or_else(|| message.as_str().map(str::to_owned))
}

/// The text of a content: of its parts, one after the other.
fn text_of(content: &Value, lost: &mut Vec<String>) -> Option<String> {
    if let Some(text) = content.as_str() {
        return Some(text.to_owned());
    }
    let parts = items(content);
    if parts.is_empty() {
        return content["text"]
            .as_str()
            .or(content["content"].as_str())
            .map(str::to_owned);
    }
    let mut all = String::new();
    for part in parts {
        let part = part.get("message_content").unwrap_or(part);
        let text = part
            .as_str()
            .or(part["text"].as_str())
            .or(part["content"].as_str())
            .filter(|_| !matches!(part["type"].as_str(), Some("reasoning" | "thinking")));
        match text {
            Some(text) => all += text,
            None => {
                let kind = part["type"].as_str().unwrap_or("a part without a text");
                lost.push(format!("`{kind}`"));
            }
        }
    }
    Some(all)
}

/// The text that a model wrote: of a message, the first of several choices, or as it is. JSON that is no message is what the model
/// wrote.
pub(super) fn output_text(value: &Value, lost: &mut Vec<String>) -> Option<String> {
    if let Some(text) = value.as_str() {
        let parsed = parsed(value);
        return match is_message(&parsed) || parsed["choices"].is_array() {
            true => output_text(&parsed, lost),
            false => Some(text.to_owned()),
        };
    }
    let inner = [&value["choices"], &value["messages"], &value["message"]];
    if let Some(inner) = inner
        .into_iter()
        .find(|inner| inner.is_array() || inner.is_object())
    {
        return match inner.as_array() {
            // The message of a choice is one, with or without a role.
            Some(all) if inner == &value["choices"] => match all.first()? {
                choice if choice["message"].is_object() => message_text(&choice["message"], lost),
                choice => output_text(choice, lost),
            },
            _ => output_text(inner, lost),
        };
    }
    match value {
        Value::Null => None,
        Value::Array(all) if is_message(value) => output_text(all.last()?, lost),
        Value::Object(map) if is_message(value) => {
            match map.contains_key("role") || map.contains_key("type") {
                true => message_text(value, lost),
                false => message_text(items(value).first()?, lost),
            }
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> (Vec<String>, Vec<String>) {
        let mut call = Call::default();
        add_messages(&mut call, &value);
        let shown = |m: &TracedMessage| format!("{}: {}", m.role, m.text);
        (call.messages.iter().map(shown).collect(), call.lost)
    }

    #[test]
    fn messages_are_read_in_every_form() {
        let expected = (
            vec!["system: s".to_owned(), "user: u".to_owned()],
            Vec::new(),
        );
        let plain = json!([{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "u"}]}]);
        for form in [
            plain.clone(),
            plain.to_string().into(),
            json!({"messages": plain}),
            json!([{"role": "system", "parts": [{"type": "text", "content": "s"}]}, {"role": "user", "parts": [{"type": "text", "content": "u"}]}]),
            json!([{"message": {"role": "system", "content": "s"}},
                {"message": {"role": "user", "contents": [{"message_content": {"type": "text", "text": "u"}}]}}]),
            json!([[{"type": "SystemMessage", "content": "s"}, {"type": "human", "content": "u"}]]),
            json!({"system": "s", "messages": [{"role": "user", "content": "u"}]}),
            json!({"0": {"role": "system", "content": "s"}, "1": {"role": "user", "content": "u"}}),
        ] {
            assert_eq!(read(form.clone()), expected, "{form}");
        }
        assert_eq!(read(json!("u")).0, ["user: u"]);
        let image = json!([{"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": "u"}]}]);
        assert_eq!(
            read(image),
            (vec!["user: u".into()], vec!["`image_url`".into()])
        );
        let called = json!([{"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]}]);
        assert_eq!(
            read(called),
            (vec!["assistant: ".into()], vec!["a tool call".into()])
        );
    }

    #[test]
    fn outputs_are_read_in_every_form() {
        for form in [
            json!("o"),
            json!({"role": "assistant", "content": "o"}),
            json!([{"role": "assistant", "parts": [{"type": "text", "content": "o"}]}]),
            json!([{"message": {"role": "assistant", "content": "o"}}]),
            json!({"choices": [{"message": {"content": "o"}}]}),
            json!({"0": {"content": "o"}}),
            json!("{\"role\": \"assistant\", \"content\": \"o\"}"),
        ] {
            assert_eq!(
                output_text(&form, &mut Vec::new()).as_deref(),
                Some("o"),
                "{form}"
            );
        }
        // What a program answered, as it is.
        assert_eq!(
            output_text(&json!({"label": 1}), &mut Vec::new()).unwrap(),
            "{\"label\":1}"
        );
    }
}
