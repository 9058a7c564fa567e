//! Schemas of Dotprompt in their short form, as JSON Schema.

use serde_json::{Map, Value, json};

/// The JSON Schema of a schema in the short form; one that is JSON Schema already stays as it is.
pub(super) fn json_schema(schema: &Value) -> Value {
    match schema {
        Value::String(text) => scalar(text),
        Value::Object(map)
            if map.get("type").is_some_and(is_type) || map.contains_key("$schema") =>
        {
            schema.clone()
        }
        Value::Object(map) => object(map),
        _ => json!({}),
    }
}

fn is_type(value: &Value) -> bool {
    const TYPES: [&str; 6] = ["object", "array", "string", "number", "integer", "boolean"];
    value.as_str().is_some_and(|t| TYPES.contains(&t))
}

/// `type, what it is`.
fn scalar(text: &str) -> Value {
    let (kind, about) = match text.split_once(',') {
        Some((kind, about)) => (kind.trim(), Some(about.trim())),
        None => (text.trim(), None),
    };
    let mut map = Map::new();
    if kind != "any" {
        map.insert("type".into(), kind.into());
    }
    if let Some(about) = about {
        map.insert("description".into(), about.into());
    }
    map.into()
}

/// Keys are `name`, `name?` where it may be missing, `name(array)`, `name(object, what it is)`, `name(enum)`.
fn object(map: &Map<String, Value>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (key, value) in map {
        let (name, kind) = match key.split_once('(') {
            Some((name, kind)) => (name, kind.trim_end_matches(')')),
            None => (key.as_str(), ""),
        };
        let optional = name.ends_with('?');
        let name = name.trim_end_matches('?');
        let (kind, about) = kind.split_once(',').unwrap_or((kind, ""));
        let mut schema = match kind.trim() {
            "array" => json!({"type": "array", "items": json_schema(value)}),
            "enum" => json!({"enum": value}),
            _ => json_schema(value),
        };
        if let (Value::Object(schema), about) = (&mut schema, about.trim())
            && !about.is_empty()
        {
            schema.insert("description".into(), about.into());
        }
        if optional && let Some(kind) = schema.get("type").cloned() {
            schema["type"] = json!([kind, "null"]);
        }
        properties.insert(name.to_owned(), schema);
        if !optional {
            required.push(Value::from(name));
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_a_schema() {
        let short = json!({"name": "string, of a dish", "price?": "number", "tags(array, words)": "string", "kind(enum)": ["a", "b"]});
        let schema = json_schema(&short);
        let valid = jsonschema::validator_for(&schema).unwrap();
        assert!(valid.is_valid(&json!({"name": "x", "price": null, "tags": ["y"], "kind": "a"})));
        assert!(!valid.is_valid(&json!({"name": "x", "tags": ["y"], "kind": "c"})));
        assert!(!valid.is_valid(&json!({"tags": [], "kind": "a"})));
        let long = json!({"type": "object", "required": ["a"]});
        assert_eq!(json_schema(&long), long);
    }
}
