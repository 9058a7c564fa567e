//! A labelled row that a model may learn from.

use crate::model::Row;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a labelled row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Origin {
    Shots,
    /// A row of the dataset outside of the sample that is evaluated.
    Unsampled,
    /// A file of labelled rows.
    Data,
    /// A corrected bad case.
    BadCase,
    /// Two answers that people rated.
    Rating,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A labelled row that a model may learn from.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its name: where it comes from, and the row's id.
    pub id: String,
    pub origin: Origin,
    pub row: Arc<Row>,
    /// The columns that prompts show: what examples are compared by.
    pub text: String,
    /// The expected answer; of a rated pair the preferred one.
    pub label: String,
    /// A wrong answer to the same row, where one is known; of a rated pair the other one.
    pub wrong: Option<String>,
    /// How much the model is likely to learn from it: 0, or more for bad cases and rows that depend on the wording.
    pub weight: f64,
    /// Of a bad case or a rated pair, the id of the evaluated row that it comes from.
    pub evaluated_row: Option<String>,
    /// Whether it is one of the experiment's sealed rows, which nothing may learn from.
    pub is_sealed: bool,
}

impl Example {
    /// A row with its expected answer; `inputs` are the columns that prompts show. No answer is an empty label.
    pub fn new(origin: Origin, row: Arc<Row>, inputs: &[&str]) -> Example {
        Example {
            id: format!("{}:{}", origin.as_str(), row.id),
            origin,
            text: row_text(&row, inputs),
            label: row.expected_text().unwrap_or_default(),
            row,
            wrong: None,
            weight: 0.0,
            evaluated_row: None,
            is_sealed: false,
        }
    }

    /// Whether its answer is right. Of a rated pair it is known only that one answer is better than the other.
    pub fn has_right_answer(&self) -> bool {
        self.origin != Origin::Rating
    }
}

/// The text of a row: these columns of it, one a line.
pub fn row_text(row: &Row, inputs: &[&str]) -> String {
    let values = inputs.iter().filter_map(|name| row.fields.get(*name));
    let texts = values.map(|value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    });
    texts.collect::<Vec<_>>().join("\n")
}
