//! Prompts whose text is a chat in JSON or YAML: `chat = true` in the front matter.

use super::{
    TemplateError,
    chat_parts::content_parts,
    marker,
    tool_history::{call_id, from_wire},
};
use crate::model::{Message, Prompt, Role, output_with_calls};
use serde_json::Value;

/// The messages in a rendered text: a list, or a map with the list as `messages`.
pub(crate) fn messages(text: &str) -> Result<Prompt, TemplateError> {
    let wrong = |why: String| {
        TemplateError::new(format!("the rendered text is not a chat: {why}"))
            .help("with `chat = true` a template renders a list of messages, each with `role` and `content`, in JSON or YAML")
    };
    let value: Value = if text.trim_start().starts_with("- ") {
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|e| wrong(e.without_snippet().to_string()))?
    } else {
        serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?
    };
    if marker::is_marked(text) {
        return Err(wrong(
            "images, audio and files are not supported in it".into(),
        ));
    }
    let list = match &value {
        Value::Object(map) => map.get("messages").unwrap_or(&value),
        other => other,
    };
    let Value::Array(list) = list else {
        return Err(wrong("it is not a list".into()));
    };
    let messages = list.iter().map(message).collect::<Result<Vec<_>, _>>();
    let messages = messages.map_err(wrong)?;
    if messages.is_empty() {
        return Err(wrong("the list is empty".into()));
    }
    Ok(Prompt::new(messages))
}

fn message(item: &Value) -> Result<Message, String> {
    let Value::Object(map) = item else {
        return Err("a message is a map with `role` and `content`".into());
    };
    const KEYS: [&str; 4] = ["role", "content", "tool_calls", "tool_call_id"];
    if let Some(other) = map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("`{other}` of a message is not supported"));
    }
    let role = map.get("role").and_then(Value::as_str).unwrap_or_default();
    let Some(role) = Role::parse(role) else {
        return Err(format!("a message has the role `{role}`, which is unknown"));
    };
    let calls = match map.get("tool_calls") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(calls)) => calls.iter().map(from_wire).collect::<Result<_, _>>()?,
        Some(_) => return Err("`tool_calls` of a message is not a list".into()),
    };
    let mut parts = Vec::new();
    let content = match map.get("content") {
        Some(Value::String(content)) => content.clone(),
        Some(Value::Array(items)) => {
            let (content, found) = content_parts(items)?;
            parts = found;
            content
        }
        None | Some(Value::Null) if !calls.is_empty() => String::new(),
        _ => return Err("a message has no text as its `content`".into()),
    };
    let answered = call_id(map.get("tool_call_id"))?;
    if !parts.is_empty() && (role != Role::User || !calls.is_empty()) {
        return Err("only a message of the user has images".into());
    }
    if answered.is_some() && role != Role::Tool {
        return Err("only a message of the role `tool` has a `tool_call_id`".into());
    }
    Ok(Message {
        content: output_with_calls(content, &calls),
        tool_calls: calls,
        tool_call_id: answered,
        parts,
        ..Message::new(role, "")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_are_read() {
        let json = r#"[{"role": "system", "content": " a\n"}, {"role": "user", "content": ""}]"#;
        let prompt = messages(json).unwrap();
        assert_eq!(prompt.messages[0].content, " a\n");
        assert_eq!(prompt.messages.len(), 2);
        let yaml =
            "- role: user\n  content: |\n    one\n    two\n- role: assistant\n  content: yes\n";
        let prompt = messages(yaml).unwrap();
        assert_eq!(prompt.messages[0].content, "one\ntwo\n");
        assert_eq!(prompt.messages[1].content, "yes");
        let tools = r#"[{"role": "assistant", "content": null, "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "c", "content": "x"}]"#;
        let prompt = messages(tools).unwrap();
        assert_eq!(prompt.messages[0].content, "f()");
        assert_eq!(prompt.messages[1].tool_call_id.as_deref(), Some("c"));
        let numbers = tools.replace("\"c\"", "7");
        let prompt = messages(&numbers).unwrap();
        assert_eq!(prompt.messages[0].tool_calls[0].id.as_deref(), Some("7"));
        assert_eq!(prompt.messages[1].tool_call_id.as_deref(), Some("7"));
        for text in [
            &numbers.replace('7', "[7]"),
            "plain",
            "[]",
            "[1]",
            r#"[{"role": "function", "content": "x"}]"#,
            r#"[{"role": "user", "content": "x", "tool_call_id": "y"}]"#,
            r#"[{"role": "assistant", "content": "x", "tool_calls": [{"arguments": "y"}]}]"#,
            r#"[{"role": "user", "content": "x", "name": "y"}]"#,
        ] {
            assert!(messages(text).is_err(), "{text}");
        }
    }
}
