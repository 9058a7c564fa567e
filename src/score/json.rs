//! JSON inside an answer: found, held against a schema, compared field by field.

use super::kind::{UNREADABLE, read};
use crate::model::{Row, Score};
use jsonschema::Validator;
use serde_json::Value;

/// Compare the fields of the JSON in a text with the expected ones; `schema` decides whether it is valid.
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
        return read(valid, value.to_string());
    }
    let expected = match &row.expected {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    // Where the expected answer is no JSON, the columns of the row are what the fields are compared with.
    let wanted = |path: &str| match &expected {
        Value::Object(_) | Value::Array(_) => at(&expected, path),
        _ => row.fields.get(path),
    };
    let right = fields
        .iter()
        .filter(|f| match (at(&value, f), wanted(f)) {
            (Some(a), Some(b)) => same(a, b),
            _ => false,
        })
        .count();
    Score {
        value: if valid {
            right as f32 / fields.len() as f32
        } else {
            0.0
        },
        answer: Some(value.to_string()),
        unreadable: false,
    }
}

/// What stands at a dotted path: keys of objects, and numbers from 0 for the places of lists. A key that holds dots itself is
/// found whole.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |v, key| match v {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// Whether two values are the same: numbers by value, so that 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

/// The JSON in a text: all of it, or what stands in the first fence or between the first brace
/// or bracket and the last.
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
    // What opens first holds the other.
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
        assert_eq!(at(&value, "a.0.b"), Some(&json!(1)));
        assert_eq!(
            (at(&value, "c.d"), at(&value, "a.1.b")),
            (Some(&json!("x")), None)
        );
    }
}
