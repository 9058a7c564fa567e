//! Fields of JSON values, and whether they are equal.

use serde_json::{Number, Value};
use std::borrow::Cow;

/// The value at a dotted path of object keys and list indices from 0. A key that contains dots itself is found too.
pub fn value_at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// A field of an answer beside the expected value.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldComparison {
    /// Dotted path; see [`value_at`].
    pub path: String,
    /// `None` where the answer does not have the field.
    pub found: Option<Value>,
    /// `None` where no value is expected; then it counts as not equal.
    pub expected: Option<Value>,
    pub is_equal: bool,
}

/// Each field, with whether its value is the expected one.
pub fn compare_fields<'a>(
    value: &Value,
    fields: &[String],
    expected: impl Fn(&str) -> Option<Cow<'a, Value>>,
) -> Vec<FieldComparison> {
    let compare = |path: &String| {
        let (found, expected) = (value_at(value, path), expected(path));
        let pair = found.zip(expected.as_deref());
        FieldComparison {
            path: path.clone(),
            is_equal: pair.is_some_and(|(found, wanted)| equal_json(found, wanted)),
            found: found.cloned(),
            expected: expected.map(Cow::into_owned),
        }
    };
    fields.iter().map(compare).collect()
}

/// Whether two values are equal; numbers by value, so that 2 equals 2.0 and 1e2 equals 100.
pub fn equal_json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => equal_numbers(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_json(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same = |(key, value): (&String, &Value)| {
                b.get(key).is_some_and(|other| equal_json(value, other))
            };
            a.len() == b.len() && a.iter().all(same)
        }
        _ => a == b,
    }
}

fn equal_numbers(a: &Number, b: &Number) -> bool {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.as_f64() == b.as_f64(),
        _ => false,
    }
}

/// The value of a number that is whole, exactly.
fn integer(number: &Number) -> Option<i128> {
    if let Some(integer) = number.as_i128() {
        return Some(integer);
    }
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() < 1e38).then_some(float as i128)
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

    #[test]
    fn numbers_are_equal_by_value_at_any_depth() {
        for (a, b, same) in [
            ("2", "2.0", true),
            ("1e2", "100", true),
            ("9007199254740993", "9007199254740992", false),
            ("9007199254740993", "9007199254740992.0", false),
            ("18446744073709551615", "18446744073709551614", false),
            ("0.1", "0.10", true),
            ("1e300", "1e300", true),
            ("[1, {\"a\": 2}]", "[1.0, {\"a\": 2e0}]", true),
            ("{\"a\": 1, \"b\": 2}", "{\"b\": 2, \"a\": 1}", true),
            ("{\"a\": 1}", "{\"a\": 1, \"b\": null}", false),
            ("2", "\"2\"", false),
            ("1", "true", false),
        ] {
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(equal_json(&read(a), &read(b)), same, "{a} {b}");
        }
    }
}
