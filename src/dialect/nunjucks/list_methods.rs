//! The methods that JavaScript's lists have.

use super::{
    super::{
        Meter, Problem,
        value::{Value, compare_texts, join},
    },
    call_arguments::{argument, relative, whole},
};
use std::{cell::RefCell, rc::Rc};

pub(super) const LIST_METHODS: [&str; 15] = [
    "join",
    "slice",
    "concat",
    "includes",
    "indexOf",
    "lastIndexOf",
    "reverse",
    "push",
    "pop",
    "shift",
    "unshift",
    "toString",
    "at",
    "sort",
    "flat",
];

/// Call a method of a list.
pub(super) fn list_method(
    list: &Value,
    items: &Rc<RefCell<Vec<Value>>>,
    name: &str,
    values: Vec<Value>,
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
    let length = items.borrow().len();
    meter.text(length, at)?;
    let first = argument(&values, 0);
    let nothing = || Value::Undefined;
    Ok(match name {
        "join" => {
            let separator = match &first {
                Value::Undefined => ",".into(),
                other => other.text(),
            };
            let joined = join(&items.borrow(), &separator);
            meter.text(joined.len(), at)?;
            joined.into()
        }
        "toString" => join(&items.borrow(), ",").into(),
        "slice" => {
            let from = relative(&first, length, 0);
            let to = relative(&argument(&values, 1), length, length);
            items.borrow()[from.min(to)..to].to_vec().into()
        }
        "concat" => {
            let more = values.iter().map(|value| match value {
                Value::List(more) => more.borrow().len(),
                _ => 1,
            });
            meter.text(16 * (length + more.sum::<usize>()), at)?;
            let mut all = items.borrow().clone();
            for value in values {
                match value {
                    Value::List(more) => all.extend(more.borrow().iter().cloned()),
                    other => all.push(other),
                }
            }
            all.into()
        }
        "flat" => {
            let inner = |item: &Value| match item {
                Value::List(more) => more.borrow().len(),
                _ => 1,
            };
            meter.text(16 * items.borrow().iter().map(inner).sum::<usize>(), at)?;
            let mut all = Vec::new();
            for item in items.borrow().iter() {
                match item {
                    Value::List(more) => all.extend(more.borrow().iter().cloned()),
                    other => all.push(other.clone()),
                }
            }
            all.into()
        }
        "includes" => {
            let same = |item: &Value| {
                item.is(&first)
                    || matches!((item, &first), (Value::Number(a), Value::Number(b)) if a.is_nan() && b.is_nan())
            };
            items.borrow().iter().any(same).into()
        }
        "indexOf" | "lastIndexOf" => {
            let items = items.borrow();
            let found = match name {
                "indexOf" => items.iter().position(|item| item.is(&first)),
                _ => items.iter().rposition(|item| item.is(&first)),
            };
            found.map_or(Value::Number(-1.0), Value::from)
        }
        "at" => {
            let n = whole(first.number());
            let n = if n < 0.0 { length as f64 + n } else { n };
            let found = items.borrow().get(n as usize).cloned();
            found.filter(|_| n >= 0.0).unwrap_or_else(nothing)
        }
        "reverse" => {
            items.borrow_mut().reverse();
            list.clone()
        }
        "sort" => {
            let mut sorted = items.borrow().clone();
            let key = |value: &Value| match value {
                Value::Undefined => None,
                other => Some(other.text()),
            };
            sorted.sort_by(|a, b| match (key(a), key(b)) {
                (Some(a), Some(b)) => compare_texts(&a, &b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            *items.borrow_mut() = sorted;
            list.clone()
        }
        "push" | "unshift" => {
            if values
                .iter()
                .any(|value| matches!(value, Value::List(more) if Rc::ptr_eq(more, items)))
            {
                return Err(Problem::new("a list cannot be put into itself"));
            }
            let mut items = items.borrow_mut();
            let at = if name == "push" { items.len() } else { 0 };
            items.splice(at..at, values);
            items.len().into()
        }
        "pop" => items.borrow_mut().pop().unwrap_or_else(nothing),
        "shift" if length > 0 => items.borrow_mut().remove(0),
        _ => Value::Undefined,
    })
}
