//! Chats in JSON: which of them can be sent, and templates that make their text.

use crate::{endpoint::wire_messages, template::chat_messages};
use serde_json::Value;

/// Why JSON cannot be sent in the place of the messages.
pub(super) const NO_LIST: &str =
    "JSON that is not a list of messages is sent in the place of the messages by promptfoo";

/// Role and text of each message; `None` where some have anything else.
pub(super) fn roles(value: &Value) -> Option<Vec<(&str, &str)>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    list.iter().map(role_and_text).collect()
}

fn role_and_text(item: &Value) -> Option<(&str, &str)> {
    let map = item.as_object().filter(|map| map.len() == 2)?;
    let role = map.get("role")?.as_str()?;
    let content = map.get("content")?.as_str()?;
    ["system", "developer", "user", "assistant"]
        .contains(&role)
        .then_some((role, content))
}

/// Why a chat, and the text that it stands in, cannot be sent as it is written; nothing where it can be.
pub(super) fn slip(value: &Value, text: &str) -> Option<String> {
    match value.as_array() {
        Some(list) if list.iter().all(Value::is_object) && !list.is_empty() => {}
        Some(list) if list.is_empty() => return Some("a chat without messages".into()),
        _ => return Some(NO_LIST.into()),
    }
    let sent = match chat_messages(text) {
        Ok(prompt) => wire_messages(&prompt),
        Err(error) => {
            let message = error.to_string();
            let start = "the rendered text is not a chat: ";
            let line = message.lines().find_map(|line| line.split_once(start));
            return Some(line.map_or(message.clone(), |(_, why)| why.to_owned()));
        }
    };
    match sent {
        Ok(sent) if value.as_array() == Some(&sent) => calls_slip(value),
        Ok(_) => Some("messages with these keys and parts are not sent as they are written".into()),
        Err(why) => Some(why),
    }
}

/// Each call has its answer before somebody else speaks.
fn calls_slip(value: &Value) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for item in value.as_array().into_iter().flatten() {
        if item["role"] == "tool" {
            let id = item["tool_call_id"].as_str().unwrap_or_default();
            let Some(at) = open.iter().position(|call| *call == id) else {
                return Some("a tool answers a call that is not there".into());
            };
            open.remove(at);
            continue;
        }
        if !open.is_empty() {
            break;
        }
        let calls = item["tool_calls"].as_array();
        open.extend(
            calls
                .into_iter()
                .flatten()
                .filter_map(|call| call["id"].as_str()),
        );
    }
    (!open.is_empty()).then(|| "a call of a tool has no answer".into())
}

/// A template that makes the text of a value as `JSON.stringify` does with two spaces, each text in it rendered on its own.
/// `add` gets each of them with tags.
pub(super) fn json_template(
    value: &Value,
    add: &mut dyn FnMut(&str) -> Result<(), String>,
) -> Result<String, String> {
    let mut out = String::new();
    write(value, 0, add, &mut out)?;
    Ok(out)
}

fn has_tag(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|tag| text.contains(tag))
}

fn write(
    value: &Value,
    depth: usize,
    add: &mut dyn FnMut(&str) -> Result<(), String>,
    out: &mut String,
) -> Result<(), String> {
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n == 0 { "[" } else { "," });
                out.push_str(&line(depth + 1));
                write(item, depth + 1, add, out)?;
            }
            out.push_str(&line(depth));
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            for (n, (key, item)) in map.iter().enumerate() {
                // JavaScript puts keys that are numbers first.
                if has_tag(key) || key.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(format!("the key `{key}` in JSON is not supported"));
                }
                out.push_str(if n == 0 { "{" } else { "," });
                out.push_str(&line(depth + 1));
                out.push_str(&format!("{}: ", Value::from(key.as_str())));
                write(item, depth + 1, add, out)?;
            }
            out.push_str(&line(depth));
            out.push('}');
        }
        Value::String(text) if has_tag(text) => {
            add(text)?;
            out.push_str(&format!(
                "{{% block part %}}{{% set text %}}{text}{{% endset %}}{{{{ text | dump }}}}{{% endblock %}}"
            ));
        }
        other => out.push_str(&crate::dialect::json_text(other)),
    }
    Ok(())
}
