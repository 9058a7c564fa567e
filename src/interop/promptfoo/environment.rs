//! The environment that a configuration sets: what providers read of it, and what is no secret.

use crate::interop::{Node, Notes};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Variables that the configuration sets and that are no secrets.
pub(super) fn public(env: &Node) -> Map<String, Value> {
    let entries = env.entries().iter();
    entries
        .filter(|(name, _)| !is_secret(name))
        .map(|(name, value)| (name.clone(), value.json()))
        .collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    ["KEY", "TOKEN", "SECRET", "PASSWORD"]
        .iter()
        .any(|word| name.contains(word))
}

pub(super) fn environment(root: &Node, notes: &mut Notes) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, value) in root.get("env").map_or(&[][..], Node::entries) {
        if is_secret(name) {
            notes.changed(
                &value.at,
                format!("`env.{name}`"),
                "a secret is not taken over: set the variable in your shell",
            );
        } else {
            let text = value
                .text()
                .map_or_else(|| value.json().to_string(), str::to_owned);
            all.insert(name.clone(), text);
        }
    }
    all
}
