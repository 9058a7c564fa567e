//! Attributes of spans as one tree, however they were written: flat (`llm.input_messages.0.message.role`), nested, in the form of OTLP
//! (`[{"key": …, "value": {"stringValue": …}}]`), as columns of a table.

use crate::interop::value_limit::{OF_OBJECT, ValueLimit};
use serde_json::{Map, Value};

/// The key of a value that has parts too: `gen_ai.prompt` beside `gen_ai.prompt.0.content`.
const OWN: &str = "";

/// Deepest that names are split: what is hostile would nest without end.
const MAX_DEPTH: usize = 32;

/// An error where attributes would be a tree of more values than a record may have: each part of a name is one more object.
pub(super) fn check_size(attributes: &Value) -> Result<(), String> {
    count_names(attributes, &ValueLimit::new())
}

fn count_names(value: &Value, limit: &ValueLimit) -> Result<(), String> {
    let count = |name: &str| {
        let dots = name.bytes().filter(|byte| *byte == b'.');
        limit.take(OF_OBJECT * dots.take(MAX_DEPTH).count())
    };
    match value {
        Value::Object(map) => map.iter().try_for_each(|(name, value)| {
            limit.take(1)?;
            count(name)?;
            count_names(value, limit)
        }),
        Value::Array(items) => items.iter().try_for_each(|item| {
            limit.take(1)?;
            count(item["key"].as_str().unwrap_or_default())?;
            count_names(item, limit)
        }),
        _ => Ok(()),
    }
}

/// Attributes as a tree.
pub(super) fn tree(attributes: &Value) -> Value {
    let mut root = Value::Object(Map::new());
    match attributes {
        Value::Object(map) => {
            for (name, value) in map {
                insert(&mut root, name, nested(value, 0));
            }
        }
        Value::Array(pairs) => {
            for pair in pairs {
                if let Some(name) = pair["key"].as_str() {
                    insert(&mut root, name, otlp_value(&pair["value"], 0));
                }
            }
        }
        _ => {}
    }
    root
}

/// A value whose maps are trees too.
fn nested(value: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return value.clone();
    }
    match value {
        Value::Object(map) => {
            let mut root = Value::Object(Map::new());
            for (name, value) in map {
                insert(&mut root, name, nested(value, depth + 1));
            }
            root
        }
        Value::Array(items) => items.iter().map(|item| nested(item, depth + 1)).collect(),
        other => other.clone(),
    }
}

fn insert(mut node: &mut Value, name: &str, value: Value) {
    for part in name.splitn(MAX_DEPTH, '.') {
        if !node.is_object() {
            let own = std::mem::take(node);
            let own = (!own.is_null()).then(|| (OWN.to_owned(), own));
            *node = Value::Object(own.into_iter().collect());
        }
        node = &mut node[part];
    }
    match (node.is_object(), value) {
        (true, Value::Object(more)) => {
            for (name, value) in more {
                node[name] = value;
            }
        }
        (true, value) => node[OWN] = value,
        (false, value) => *node = value,
    }
}

/// A value of OTLP.
fn otlp_value(value: &Value, depth: usize) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|map| map.iter().next()) else {
        return value.clone();
    };
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    match (kind.as_str(), inner) {
        ("intValue", Value::String(digits)) => digits
            .parse::<i64>()
            .map_or_else(|_| inner.clone(), Value::from),
        ("arrayValue", list) => {
            let items = list["values"].as_array().into_iter().flatten();
            items.map(|item| otlp_value(item, depth + 1)).collect()
        }
        ("kvlistValue", list) => {
            let pairs = list["values"].as_array().into_iter().flatten();
            let pairs = pairs.filter_map(|pair| {
                let name = pair["key"].as_str()?.to_owned();
                Some((name, otlp_value(&pair["value"], depth + 1)))
            });
            Value::Object(pairs.collect())
        }
        _ => inner.clone(),
    }
}

/// The node at a path; null where there is none.
pub(super) fn at<'a>(node: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(node, |node, part| &node[*part])
}

/// The value at a path, where it has parts too.
pub(super) fn own<'a>(node: &'a Value, path: &[&str]) -> &'a Value {
    let node = at(node, path);
    node.get(OWN).unwrap_or(node)
}

/// The items of a list, which may be written as parts with numbers.
pub(super) fn items(node: &Value) -> Vec<&Value> {
    match node {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => {
            let numbered = map
                .iter()
                .filter_map(|(k, v)| Some((k.parse::<u32>().ok()?, v)));
            let mut numbered: Vec<(u32, &Value)> = numbered.collect();
            numbered.sort_by_key(|(number, _)| *number);
            numbered.into_iter().map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_of_many_parts_count_as_what_they_become() {
        let count = |value: Value| count_names(&value, &ValueLimit::of(100));
        let deep = ".a".repeat(MAX_DEPTH);
        assert_eq!(count(json!({"b": {"a.b.c": null}})), Ok(()));
        let error = count(json!({deep.as_str(): null})).unwrap_err();
        assert!(error.starts_with("more than 100 values"), "{error}");
        assert!(count(json!({"attributes": [{"key": deep}]})).is_err());
        // No deeper than names are split.
        let deeper = ValueLimit::of(1 + OF_OBJECT * MAX_DEPTH);
        assert_eq!(
            count_names(&json!({"..".repeat(MAX_DEPTH): null}), &deeper),
            Ok(())
        );
    }

    #[test]
    fn attributes_are_one_tree_however_they_are_written() {
        let expected =
            json!({"llm": {"n": 3, "m": {"0": {"message": {"role": "user"}}}}, "s": ["a"]});
        assert_eq!(
            tree(&json!({"llm.n": 3, "llm.m.0.message.role": "user", "s": ["a"]})),
            expected
        );
        assert_eq!(
            tree(&json!([
                {"key": "llm.n", "value": {"intValue": "3"}},
                {"key": "llm.m.0.message.role", "value": {"stringValue": "user"}},
                {"key": "s", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
            ])),
            expected
        );
        let nested = tree(&json!({"llm": {"n": 3, "m": [{"message.role": "user"}]}, "s": ["a"]}));
        assert_eq!(
            items(at(&nested, &["llm", "m"])),
            items(at(&expected, &["llm", "m"]))
        );
        let both = tree(&json!({"a": "own", "a.b": 1}));
        assert_eq!(
            (own(&both, &["a"]), at(&both, &["a", "b"])),
            (&json!("own"), &json!(1))
        );
        assert_eq!(own(&tree(&json!({"a.b": 1, "a": "own"})), &["a"]), "own");
    }
}
