//! A record of the dataset.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// One record of the dataset, with its expected answer if it has one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Place in the dataset as read, from 0.
    pub index: usize,
    /// The `id` column's value, or the row number from 0 with an `r` before it.
    pub id: String,
    /// All columns, in the order of the file.
    pub fields: Map<String, Value>,
    /// The expected answer: see [`expected_answer`].
    pub expected: Option<Value>,
    /// The `cluster` column's value.
    pub cluster: Option<String>,
}

/// The expected answer in a column: what is not null and no blank text, which a table has for what is missing.
pub fn expected_answer(column: Option<&Value>) -> Option<&Value> {
    column.filter(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    })
}

impl Row {
    /// The expected answer as text: a string as it is, anything else as JSON.
    pub fn expected_text(&self) -> Option<String> {
        self.expected.as_ref().map(answer_text)
    }

    /// The text that stands for the row in a list: its longest text besides the expected answer and these columns.
    pub fn longest_text(&self, expected: Option<&str>, without: &[String]) -> &str {
        let texts = (self.fields.iter())
            .filter(|(column, _)| !without.contains(column))
            .filter_map(|(_, value)| value.as_str());
        let inputs = texts.filter(|text| Some(*text) != expected);
        inputs.max_by_key(|text| text.len()).unwrap_or("")
    }

    /// The right answers: the expected one, any of a list, any of those under `text` as SQuAD has them. `None` where the expected
    /// answer has another shape.
    pub fn right_answers(&self) -> Option<Vec<&Value>> {
        right_answers(self.expected.as_ref()?)
    }

    /// The right answers as texts; none where there is none, or of another shape.
    pub fn right_texts(&self) -> Vec<Cow<'_, str>> {
        let values = self.right_answers().unwrap_or_default();
        values.into_iter().map(text).collect()
    }
}

/// Every text in a value, however deep.
pub fn each_text(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Object(fields) => fields.values().for_each(|field| each_text(field, visit)),
        _ => {}
    }
}

/// An expected answer as text: a string as it is, anything else as JSON.
pub fn answer_text(answer: &Value) -> String {
    text(answer).into_owned()
}

/// The right answers in an [expected text](Row::expected_text): several where it is a list or SQuAD's form in JSON.
pub fn right_texts(expected: &str) -> Vec<Cow<'_, str>> {
    let several = expected.starts_with(['[', '{']).then(|| {
        let value: Value = serde_json::from_str(expected).ok()?;
        let values = right_answers(&value)?;
        Some(
            values
                .into_iter()
                .map(|value| Cow::Owned(text(value).into_owned()))
                .collect(),
        )
    });
    several
        .flatten()
        .unwrap_or_else(|| vec![Cow::Borrowed(expected)])
}

fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

fn right_answers(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(items) => {
            let scalars = items.iter().filter(|item| !item.is_null());
            scalars
                .map(|item| is_scalar(item).then_some(item))
                .collect()
        }
        Value::Object(map) => match map.get("text")? {
            text @ (Value::Array(_) | Value::String(_)) => right_answers(text),
            _ => None,
        },
        Value::Null => Some(Vec::new()),
        scalar => Some(vec![scalar]),
    }
}

fn is_scalar(value: &Value) -> bool {
    !(value.is_array() || value.is_object() || value.is_null())
}

/// A worked example shown inside the prompt: a row of the shots file.
pub type Shot = Row;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_and_the_form_of_squad_are_several_right_answers() {
        let texts = |expected: Value| {
            let row = Row {
                expected: Some(expected),
                ..Row::default()
            };
            let is_known = row.right_answers().is_some();
            is_known.then(|| row.right_texts().join("|"))
        };
        assert_eq!(texts(json!("a")).as_deref(), Some("a"));
        assert_eq!(texts(json!(["a", 2, true])).as_deref(), Some("a|2|true"));
        let squad = json!({"text": ["a", "b"], "answer_start": [1, 2]});
        assert_eq!(texts(squad).as_deref(), Some("a|b"));
        assert_eq!(
            texts(json!({"text": [], "answer_start": []})).as_deref(),
            Some("")
        );
        assert_eq!(texts(json!({"label": "a"})), None);
        assert_eq!(texts(json!([["a"]])), None);
    }
}
