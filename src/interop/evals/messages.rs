//! Messages of prompts and of questions to graders as templates.

use super::reference::{row_value, template};
use crate::interop::{NotePlace, Notes, template_text};
use serde_json::Value;

/// Roles that a message may have.
pub(super) const ROLES: [&str; 4] = ["system", "developer", "user", "assistant"];

/// What graders call the output.
pub(super) const OUTPUT: &str = "sample.output_text";

/// The messages of a prompt.
pub(super) fn prompt(messages: &Value, at: &NotePlace, notes: &mut Notes) -> String {
    let all = messages.as_array().into_iter().flatten();
    all.map(|one| message(one, at, notes, row_value)).collect()
}

/// The messages of a question to a grader, which may show the output.
pub(super) fn question(messages: &Value, at: &NotePlace, notes: &mut Notes) -> String {
    let names = |name: &str| match name {
        OUTPUT => Some("output".to_owned()),
        name => row_value(name),
    };
    let all = messages.as_array().into_iter().flatten();
    all.map(|one| message(one, at, notes, names)).collect()
}

/// A message; what none of the names stands for is left out and noted.
fn message(
    message: &Value,
    at: &NotePlace,
    notes: &mut Notes,
    names: impl Fn(&str) -> Option<String>,
) -> String {
    let mut role = message["role"].as_str().unwrap_or("user");
    if !ROLES.contains(&role) {
        let why = "it is sent as one of a user";
        notes.dropped(at, format!("the role `{role}` of a message"), why);
        role = "user";
    }
    let mut text = String::new();
    let parts = match &message["content"] {
        Value::Array(parts) => parts.iter().collect(),
        part => vec![part],
    };
    for part in parts {
        match part.as_str().or(part["text"].as_str()) {
            Some(part) => text += part,
            None => {
                let kind = part["type"].as_str().unwrap_or("a part without a text");
                notes.dropped(at, format!("`{kind}` in a message"), "only texts are sent");
            }
        }
    }
    let several = message["content"]
        .as_array()
        .is_some_and(|parts| parts.len() > 1);
    if several {
        notes.dropped(at, "several texts of a message", "they are sent as one");
    }
    if message["name"].is_string() {
        notes.dropped(at, "the `name` of a message", "it is not sent");
    }
    let (text, unknown) = template(&text, names);
    for name in unknown {
        let what = format!("`{{{{ {name} }}}}` in a message");
        notes.dropped(at, what, "nothing of that name is there when it is written");
    }
    format!("{}{text}", template_text::role(role))
}
