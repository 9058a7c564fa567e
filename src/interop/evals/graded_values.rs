//! Values of samples as a question to a judge shows them: prompts as one text, others as Python prints them.

use crate::dialect::{is_python_space, python_text};
use serde_json::Value;

/// A value as the question shows it. The package doubles the braces of prompts.
pub(super) fn shown(value: &Value, is_prompt: bool) -> String {
    match value {
        Value::String(text) => braced(text, is_prompt),
        other => flattened(other, is_prompt).unwrap_or_else(|| python_text(other)),
    }
}

fn braced(text: &str, is_prompt: bool) -> String {
    match is_prompt {
        true => text.replace('{', "{{").replace('}', "}}"),
        false => text.to_owned(),
    }
}

/// Messages as one text; `None` where a value is none.
pub(super) fn flattened(value: &Value, is_prompt: bool) -> Option<String> {
    let messages = value.as_array().filter(|all| !all.is_empty())?;
    let content = |message: &Value| Some(braced(message["content"].as_str()?, is_prompt));
    if let [one] = messages.as_slice() {
        return content(one);
    }
    let mut text = String::new();
    for message in messages {
        let role = message.get("name").or(message.get("role"))?.as_str()?;
        let prefix = match role {
            "system" => String::new(),
            "example_user" => "User: ".into(),
            "example_assistant" => "Assistant: ".into(),
            role => format!("{}: ", capitalized(role)),
        };
        text += &format!("{prefix}{}\n", content(message)?);
    }
    Some(text.trim_start_matches(is_python_space).to_owned())
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.flat_map(char::to_lowercase)).collect()
}
