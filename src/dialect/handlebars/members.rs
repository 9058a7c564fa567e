//! Members of values: entries, items, units of texts, lengths.

use super::super::{
    text,
    value::{Value, index},
};

/// A property that a value itself has.
pub(super) fn member(value: &Value, name: &str) -> Value {
    let place = index(name).map(|n| n as usize);
    match value {
        Value::Map(map) => map.get(name).cloned().unwrap_or(Value::Undefined),
        Value::List(items) => match (name, place) {
            ("length", _) => items.borrow().len().into(),
            (_, Some(n)) => items.borrow().get(n).cloned().unwrap_or(Value::Undefined),
            _ => Value::Undefined,
        },
        Value::Text(text) | Value::Safe(text) => match (name, place) {
            ("length", _) => text::length(text).into(),
            (_, Some(n)) if n < text::length(text) => text::slice(text, n, n + 1).into(),
            _ => Value::Undefined,
        },
        _ => Value::Undefined,
    }
}
