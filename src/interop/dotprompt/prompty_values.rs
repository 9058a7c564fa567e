//! Values of the front matter of Prompty that name something else: `${env:NAME:default}` and `${file:PATH}`.
//!
//! Values of the shell are never read, only whether it sets a name.

use crate::interop::{Kind, Node, Notes, files::Files};
use serde_json::Value;

/// The tree with what files hold and with defaults in the place of names. A name without a default stays as it is.
pub(super) fn resolved(node: &Node, files: &Files, notes: &mut Notes) -> Node {
    let kind = match &node.kind {
        Kind::Scalar(Value::String(text)) => return scalar(node, text, files, notes),
        Kind::Scalar(_) | Kind::Date(_) => return node.clone(),
        Kind::List(items) => Kind::List(
            items
                .iter()
                .map(|item| resolved(item, files, notes))
                .collect(),
        ),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                // Names of keys stay: the project names the same variable.
                let is_key = key.to_lowercase().contains("key");
                let value = match is_key {
                    true => value.clone(),
                    false => resolved(value, files, notes),
                };
                (key.clone(), value)
            });
            Kind::Map(entries.collect())
        }
    };
    Node {
        kind,
        at: node.at.clone(),
    }
}

fn scalar(node: &Node, text: &str, files: &Files, notes: &mut Notes) -> Node {
    let inner = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
    let Some((protocol, rest)) = inner.and_then(|inner| inner.split_once(':')) else {
        return node.clone();
    };
    let value = match protocol.to_lowercase().as_str() {
        "env" => {
            let (name, default) = rest.split_once(':').unwrap_or((rest, ""));
            if default.is_empty() {
                return node.clone();
            }
            if std::env::var_os(name).is_some() {
                let why = "your shell sets the variable, and its default is in its place here";
                notes.dropped(&node.at, format!("`{text}`"), why);
            }
            Value::String(default.to_owned())
        }
        "file" => {
            let path = files.path(rest);
            let ending = path
                .extension()
                .and_then(|e| e.to_str())
                .unwrap_or_default();
            let found = match ending.to_lowercase().as_str() {
                "json" | "yaml" | "yml" => files.tree(&path, &node.at).map(|tree| tree.json()),
                _ => files.text(&path, &node.at).map(Value::String),
            };
            match found {
                Ok(value) => value,
                Err(error) => {
                    notes.dropped(&node.at, format!("`{text}`"), error.to_string());
                    return node.clone();
                }
            }
        }
        _ => return node.clone(),
    };
    Node::from_json(&value, &node.at)
}

/// The variable that a value names, where it is one.
pub(super) fn variable(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${env:")?.strip_suffix('}')?;
    inner.split(':').next().filter(|name| !name.is_empty())
}
