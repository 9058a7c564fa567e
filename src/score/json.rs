//! JSON in an answer: found, validated against a schema, compared field by field.

use super::kind::{UNREADABLE, with_answer};
use crate::model::{Row, Score};
use jsonschema::Validator;
use serde_json::Value;

/// Compare the fields of the JSON in a text with the expected ones; the score is 0 if `schema` rejects it.
pub(super) fn compare(
    text: &str,
    fields: &[String],
    schema: Option<&Validator>,
    row: &Row,
) -> Score {
    let Some(value) = find_json(text) else {
        return UNREADABLE;
    };
    let valid = schema.is_none_or(|schema| schema.is_valid(&value));
    if fields.is_empty() {
        return with_answer(valid, value.to_string());
    }
    let expected = match &row.expected {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    // If the expected answer is not JSON, the fields are compared with the columns of the row.
    let wanted = |path: &str| match &expected {
        Value::Object(_) | Value::Array(_) => value_at(&expected, path),
        _ => row.fields.get(path),
    };
    let right = fields
        .iter()
        .filter(|f| match (value_at(&value, f), wanted(f)) {
            (Some(a), Some(b)) => equal(a, b),
            _ => false,
        })
        .count();
    Score {
        value: if valid {
            right as f64 / fields.len() as f64
        } else {
            0.0
        },
        answer: Some(value.to_string()),
        unreadable: false,
    }
}

/// The value at a dotted path of object keys and list indices from 0. A key that contains dots itself is found too.
fn value_at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |v, key| match v {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// Whether two values are equal; numbers by value, so that 1 equals 1.0.
fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

/// The JSON in a text: all of it, the first fenced block, or from the first brace or bracket to the last.
pub(super) fn find_json(text: &str) -> Option<Value> {
    let inner = text
        .split("```")
        .nth(1)
        .map(|f| f.trim_start_matches("json"));
    let between = |open: char, close: char| {
        text.find(open)
            .zip(text.rfind(close))
            .filter(|(a, b)| a < b)
            .map(|(a, b)| &text[a..=b])
    };
    let (object, list) = (between('{', '}'), between('[', ']'));
    // The one that opens first contains the other.
    let (first, second) = match (text.find('{'), text.find('[')) {
        (Some(a), Some(b)) if b < a => (list, object),
        _ => (object, list),
    };
    [Some(text), inner, first, second]
        .into_iter()
        .flatten()
        .find_map(|t| serde_json::from_str(t.trim()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_through_lists_and_a_key_with_dots_is_found_whole() {
        let value = json!({"a": [{"b": 1}], "c.d": "x"});
        assert_eq!(value_at(&value, "a.0.b"), Some(&json!(1)));
        assert_eq!(
            (value_at(&value, "c.d"), value_at(&value, "a.1.b")),
            (Some(&json!("x")), None)
        );
    }
}
