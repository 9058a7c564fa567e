//! The tests of `is`.

use super::super::value::Value;
use std::cmp::Ordering;

pub(super) const ALL: [&str; 26] = [
    "callable",
    "defined",
    "divisibleby",
    "escaped",
    "equalto",
    "eq",
    "sameas",
    "even",
    "falsy",
    "ge",
    "greaterthan",
    "gt",
    "le",
    "lessthan",
    "lt",
    "lower",
    "ne",
    "null",
    "number",
    "odd",
    "string",
    "truthy",
    "undefined",
    "upper",
    "iterable",
    "mapping",
];

pub(super) fn test(name: &str, values: &[Value]) -> Result<bool, String> {
    let none = Value::Undefined;
    let one = values.first().unwrap_or(&none);
    let two = values.get(1).unwrap_or(&none);
    let order = |wanted: &[Ordering]| one.compare(two).is_some_and(|o| wanted.contains(&o));
    let text = || match one {
        Value::Text(text) => Ok(text),
        _ => Err(format!("the test `{name}` needs a text")),
    };
    Ok(match name {
        "callable" => matches!(one, Value::Function(_)),
        "defined" => !matches!(one, Value::Undefined),
        "undefined" => matches!(one, Value::Undefined),
        "divisibleby" => one.number() % two.number() == 0.0,
        "even" => one.number() % 2.0 == 0.0,
        "odd" => one.number() % 2.0 == 1.0,
        "escaped" => matches!(one, Value::Safe(_)),
        "equalto" | "eq" | "sameas" => one.is(two),
        "ne" => !one.is(two),
        "falsy" => !one.is_true(),
        "truthy" => one.is_true(),
        "ge" => order(&[Ordering::Greater, Ordering::Equal]),
        "gt" | "greaterthan" => order(&[Ordering::Greater]),
        "le" => order(&[Ordering::Less, Ordering::Equal]),
        "lt" | "lessthan" => order(&[Ordering::Less]),
        "lower" | "upper" if matches!(one, Value::Safe(_)) => false,
        "lower" => **text()? == text()?.to_lowercase(),
        "upper" => **text()? == text()?.to_uppercase(),
        "null" => matches!(one, Value::Null),
        "number" => matches!(one, Value::Number(_)),
        "string" => matches!(one, Value::Text(_)),
        "iterable" => match one {
            Value::Undefined | Value::Null => {
                return Err("the test `iterable` needs a value".into());
            }
            other => matches!(other, Value::Text(_) | Value::Safe(_) | Value::List(_)),
        },
        "mapping" => matches!(one, Value::Map(_) | Value::Safe(_)),
        _ => return Err(format!("unknown test `{name}`")),
    })
}
