//! A record of the dataset.

use serde_json::{Map, Value};

/// One record of the dataset, with its expected answer if it has one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Place in the dataset as read, from 0.
    pub index: usize,
    /// The `id` column's value, or the row number from 0 with an `r` before it.
    pub id: String,
    /// All columns, in the order of the file.
    pub fields: Map<String, Value>,
    /// The expected answer: the `answer` column, where it is there and not null.
    pub expected: Option<Value>,
    /// The `cluster` column's value.
    pub cluster: Option<String>,
}

impl Row {
    /// The expected answer as text: a string as it is, anything else as JSON.
    pub fn expected_text(&self) -> Option<String> {
        self.expected.as_ref().map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

/// A worked example shown inside the prompt: a row of the shots file.
pub type Shot = Row;
