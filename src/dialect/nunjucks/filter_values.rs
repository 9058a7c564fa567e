//! What filters take of a value.

use super::{
    super::{Problem, text, value::Value},
    functions::member,
};
use std::rc::Rc;

/// What handling a value takes.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Safe(text) => text.len(),
        Value::List(items) => 16 * items.borrow().len(),
        Value::Map(map) => 16 * map.len(),
        _ => 1,
    }
}

pub(super) fn needs<T>(name: &str, what: &str) -> Result<T, Problem> {
    Err(Problem::new(format!("the filter `{name}` needs {what}")))
}

/// A text, or an empty one for what is not there.
pub(super) fn words(value: &Value, name: &str) -> Result<Rc<str>, Problem> {
    match value {
        Value::Bool(false) => Ok("".into()),
        other => words_or_empty(other, name),
    }
}

pub(super) fn words_or_empty(value: &Value, name: &str) -> Result<Rc<str>, Problem> {
    match value {
        Value::Text(text) | Value::Safe(text) => Ok(Rc::clone(text)),
        Value::Undefined | Value::Null => Ok("".into()),
        _ => needs(name, "a text"),
    }
}

/// A result that is as safe as what it was made of.
pub(super) fn keep(input: &Value, result: String) -> Value {
    match input {
        Value::Safe(_) => Value::Safe(result.into()),
        _ => result.into(),
    }
}

pub(super) fn or_default(number: f64, default: Value) -> Value {
    if number.is_nan() {
        default
    } else {
        number.into()
    }
}

pub(super) fn length_of(value: &Value, name: &str) -> Result<usize, Problem> {
    match value {
        Value::List(items) => Ok(items.borrow().len()),
        Value::Text(text) | Value::Safe(text) => Ok(text::length(text)),
        Value::Undefined | Value::Null => needs(name, "a list"),
        _ => Ok(0),
    }
}

/// The items of a list or the units of a text.
pub(super) fn items_of(value: &Value, name: &str) -> Result<Vec<Value>, Problem> {
    match value {
        Value::Undefined | Value::Null => needs(name, "a list"),
        other => Ok(mapped(other)),
    }
}

/// The same, nothing where there is nothing.
pub(super) fn mapped(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.borrow().clone(),
        Value::Text(text) | Value::Safe(text) => {
            text::units(text).into_iter().map(Value::from).collect()
        }
        _ => Vec::new(),
    }
}

/// The items of a list; a member of each item of anything where one is named.
pub(super) fn members_of(value: &Value, key: &Value, name: &str) -> Result<Vec<Value>, Problem> {
    match value {
        _ if key.is_true() => attributes(&mapped(value), key, name),
        Value::List(items) => Ok(items.borrow().clone()),
        _ => needs(name, "a list"),
    }
}

/// A member of each item.
pub(super) fn attributes(items: &[Value], key: &Value, name: &str) -> Result<Vec<Value>, Problem> {
    if items.iter().any(Value::is_nullish) {
        return needs(name, "items that are there");
    }
    Ok(items.iter().map(|item| member(item, key)).collect())
}

/// What a path with dots leads to in an item.
pub(super) fn attribute(item: &Value, path: &Value) -> Value {
    let Some(path) = path.as_text() else {
        return match path {
            Value::Undefined => item.clone(),
            key => member(item, key),
        };
    };
    path.split('.')
        .fold(item.clone(), |value, key| match &value {
            Value::Map(map) => map.get(key).cloned().unwrap_or(Value::Undefined),
            Value::List(_) | Value::Text(_) => member(&value, &key.into()),
            _ => Value::Undefined,
        })
}
