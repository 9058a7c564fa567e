//! Values as JavaScript has them, and its rules for truth, equality, order and conversion (ECMA-262, abstract operations).
//!
//! Lists are shared and may be changed by a template (`list.push(x)`); maps keep the order of JavaScript's objects: keys that are
//! whole numbers first, then as written.

use super::number;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::{
    any::Any,
    cell::{Cell, RefCell},
    cmp::Ordering,
    fmt,
    rc::Rc,
};

pub(super) type Map = IndexMap<Rc<str>, Value>;

#[derive(Clone)]
pub(crate) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    /// A text that a filter or macro marked as safe: an object that prints as the text.
    Safe(Rc<str>),
    List(Rc<RefCell<Vec<Value>>>),
    Map(Rc<Map>),
    /// Something that can be called; what it is, the evaluator knows.
    Function(Rc<dyn Any>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::Number(number as f64)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(Rc::new(RefCell::new(items)))
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(items) => items.iter().map(Value::from).collect::<Vec<_>>().into(),
            Json::Object(map) => Value::map(map.iter().map(|(k, v)| (k.as_str().into(), v.into()))),
        }
    }
}

impl Value {
    /// A map with its keys in JavaScript's order.
    pub(super) fn map(entries: impl Iterator<Item = (Rc<str>, Value)>) -> Value {
        let mut map: Map = entries.collect();
        if map.keys().any(|key| index(key).is_some()) {
            // Stable: other keys stay in their order, behind the numbers.
            map.sort_by(|a, _, b, _| match (index(a), index(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            });
        }
        Value::Map(Rc::new(map))
    }

    pub(super) fn is_nullish(&self) -> bool {
        matches!(self, Value::Undefined | Value::Null)
    }

    /// A text that is no object.
    pub(super) fn as_text(&self) -> Option<&Rc<str>> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As a template prints it.
    pub(crate) fn to_text(&self) -> String {
        self.printed().to_string()
    }

    /// Whether a condition holds: empty lists and maps are true.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Value::Undefined | Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Text(text) => !text.is_empty(),
            _ => true,
        }
    }

    /// As `String(value)` makes it.
    pub(crate) fn text(&self) -> Rc<str> {
        match self {
            Value::Undefined => "undefined".into(),
            Value::Null => "null".into(),
            Value::Bool(true) => "true".into(),
            Value::Bool(false) => "false".into(),
            Value::Number(number) => number::text(*number).into(),
            Value::Text(text) | Value::Safe(text) => Rc::clone(text),
            Value::List(items) => join(&items.borrow(), ",").into(),
            Value::Map(_) => "[object Object]".into(),
            Value::Function(_) => "function".into(),
        }
    }

    /// As a template prints it: nothing for what is not there.
    pub(super) fn printed(&self) -> Rc<str> {
        if self.is_nullish() {
            "".into()
        } else {
            self.text()
        }
    }

    /// As `Number(value)` makes it.
    pub(super) fn number(&self) -> f64 {
        match self {
            Value::Undefined => f64::NAN,
            Value::Null => 0.0,
            Value::Bool(flag) => f64::from(u8::from(*flag)),
            Value::Number(number) => *number,
            other => number::parse(&other.text()),
        }
    }

    fn is_object(&self) -> bool {
        matches!(
            self,
            Value::Safe(_) | Value::List(_) | Value::Map(_) | Value::Function(_)
        )
    }

    /// What an operator sees of an object: its text.
    fn primitive(&self) -> Value {
        if self.is_object() {
            Value::Text(self.text())
        } else {
            self.clone()
        }
    }

    /// `a + b`.
    pub(super) fn plus(&self, other: &Value) -> Value {
        let (a, b) = (self.primitive(), other.primitive());
        match (&a, &b) {
            (Value::Text(_), _) | (_, Value::Text(_)) => {
                let mut text = a.text().to_string();
                text.push_str(&b.text());
                text.into()
            }
            _ => (a.number() + b.number()).into(),
        }
    }

    /// `a === b`.
    pub(super) fn is(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Safe(a), Value::Safe(b)) => Rc::ptr_eq(a, b),
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
            (Value::Map(a), Value::Map(b)) => Rc::ptr_eq(a, b),
            (Value::Function(a), Value::Function(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// `a == b`.
    pub(super) fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (a, b) if a.is_nullish() || b.is_nullish() => a.is_nullish() && b.is_nullish(),
            (a, b) if a.is_object() && b.is_object() => a.is(b),
            (a, b) if a.is_object() || b.is_object() => a.primitive().equals(&b.primitive()),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (a, b) => a.number() == b.number(),
        }
    }

    /// How two values compare by `<` and `>`; `None` where neither holds because one is no number.
    pub(super) fn compare(&self, other: &Value) -> Option<Ordering> {
        let (a, b) = (self.primitive(), other.primitive());
        match (&a, &b) {
            (Value::Text(a), Value::Text(b)) => Some(compare_texts(a, b)),
            _ => a.number().partial_cmp(&b.number()),
        }
    }
}

/// The order of two texts, by code units as JavaScript has it.
pub(super) fn compare_texts(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// How deep lists may be in the text of one.
const MAX_DEPTH: usize = 200;
/// Bytes that texts of lists may have before the meter is asked again: lists may hold each other many times.
const MAX_UNMETERED: u64 = 64 << 20;
/// What the place of a value in a list counts beside its text.
const PART_BYTES: u64 = 16;

thread_local! {
    static UNMETERED: Cell<u64> = const { Cell::new(0) };
}

/// Bytes of the texts of lists since this was asked last; more than any meter has where a text was cut.
pub(super) fn unmetered() -> u64 {
    UNMETERED.replace(0)
}

/// `list.join(separator)`.
pub(super) fn join(items: &[Value], separator: &str) -> String {
    let mut out = String::new();
    if !join_into(items, separator, &mut out, 0) {
        UNMETERED.set(u64::MAX);
    }
    out
}

fn join_into(items: &[Value], separator: &str, out: &mut String, depth: usize) -> bool {
    for (n, item) in items.iter().enumerate() {
        let before = out.len();
        if n > 0 {
            out.push_str(separator);
        }
        if depth > MAX_DEPTH {
            return false;
        }
        match item {
            Value::List(inner) => {
                if !join_into(&inner.borrow(), ",", out, depth + 1) {
                    return false;
                }
            }
            other => out.push_str(&other.printed()),
        }
        let own = match item {
            Value::List(_) => 0,
            _ => (out.len() - before) as u64,
        };
        let made = UNMETERED.get().saturating_add(own + PART_BYTES);
        UNMETERED.set(made);
        if made > MAX_UNMETERED {
            return false;
        }
    }
    true
}

/// The place in a list that a key names.
pub(super) fn index(key: &str) -> Option<u32> {
    let digits = key.bytes().all(|b| b.is_ascii_digit());
    let plain = key == "0" || !key.starts_with('0');
    (digits && plain && !key.is_empty())
        .then(|| key.parse().ok())
        .flatten()
        .filter(|n| *n < u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value(json: Json) -> Value {
        Value::from(&json)
    }

    #[test]
    fn equality_is_loose_and_objects_are_their_text() {
        for (a, b, equal) in [
            (json!(1), json!("1"), true),
            (json!(""), json!(0), true),
            (json!(null), json!(0), false),
            (json!([1, 2]), json!("1,2"), true),
            (json!([]), json!([]), false),
            (json!(true), json!("1"), true),
            (json!("a"), json!("A"), false),
        ] {
            assert_eq!(value(a.clone()).equals(&value(b.clone())), equal, "{a} {b}");
        }
        assert!(value(json!([])).is_true() && value(json!({})).is_true());
        assert_eq!(
            &*value(json!([1, [2, null], {}])).text(),
            "1,2,,[object Object]"
        );
        assert_eq!(&*value(json!([1])).plus(&value(json!(1))).text(), "11");
        assert_eq!(
            value(json!("10")).compare(&value(json!(9))),
            Some(Ordering::Greater)
        );
        assert_eq!(
            value(json!("10")).compare(&value(json!("9"))),
            Some(Ordering::Less)
        );
    }

    #[test]
    fn keys_that_are_numbers_come_first() {
        let Value::Map(map) = value(json!({"b": 1, "10": 2, "a": 3, "9": 4, "01": 5})) else {
            panic!("no map")
        };
        let keys: Vec<&str> = map.keys().map(|k| &**k).collect();
        assert_eq!(keys, ["9", "10", "b", "a", "01"]);
    }
}
