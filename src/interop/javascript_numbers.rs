//! Numbers as tools that are written in JavaScript send them.

use serde_json::{Map, Value};

/// A value with its numbers as JavaScript writes them in JSON: 1.0 is 1, and whole numbers are exact up to 2^53.
pub(super) fn javascript_numbers(value: Value) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() <= EXACT => (float as i64).into(),
            // The nearest number that has 53 bits.
            Some(float) if number.is_i64() || number.is_u64() => match number.is_i64() {
                true => (float as i64).into(),
                false => (float as u64).into(),
            },
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(javascript_numbers).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, item)| (key, javascript_numbers(item)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_have_no_point_and_large_ones_53_bits() {
        let value = json!({"a": 1.0, "b": [1e3, -0.0, 0.1], "c": 9007199254740993_i64, "d": 1e300, "e": "1.0"});
        let made = javascript_numbers(value);
        assert_eq!(
            made.to_string(),
            r#"{"a":1,"b":[1000,0,0.1],"c":9007199254740992,"d":1e+300,"e":"1.0"}"#
        );
    }
}
