//! Schemas of Dotprompt in their short form, as JSON Schema.

use serde_json::{Map, Value, json};

/// Types of single values.
const SCALARS: [&str; 6] = ["any", "boolean", "integer", "null", "number", "string"];

/// The JSON Schema of a schema in the short form; one that is JSON Schema already stays as it is. The message says what is no
/// schema.
pub(super) fn json_schema(schema: &Value) -> Result<Value, String> {
    match schema {
        Value::Object(map) => {
            let kind = map.get("type").and_then(Value::as_str).unwrap_or("");
            if SCALARS.contains(&kind) || kind == "object" || kind == "array" {
                return Ok(schema.clone());
            }
            if map.get("properties").is_some_and(Value::is_object) {
                let mut map = map.clone();
                map.insert("type".into(), "object".into());
                return Ok(map.into());
            }
            object(map)
        }
        other => short(other),
    }
}

fn short(schema: &Value) -> Result<Value, String> {
    match schema {
        Value::String(text) => scalar(text),
        Value::Object(map) => object(map),
        other => Err(format!(
            "a schema is made of maps and types, not of `{other}`"
        )),
    }
}

/// `type, what it is`.
fn described(text: &str) -> (&str, Option<&str>) {
    match text.split_once(',') {
        Some((kind, about)) => (kind, Some(about.trim_start_matches(' '))),
        None => (text, None),
    }
}

fn scalar(text: &str) -> Result<Value, String> {
    let (kind, about) = described(text);
    if !SCALARS.contains(&kind) {
        return Err(format!(
            "`{kind}` is no type: schemas with names are not resolved"
        ));
    }
    let mut map = Map::new();
    if kind != "any" {
        map.insert("type".into(), kind.into());
    }
    if let Some(about) = about {
        map.insert("description".into(), about.into());
    }
    Ok(map.into())
}

/// Keys are `name`, `name?` where it may be missing, `name(array)`, `name(object, what it is)`, `name(enum)`, and `(*)` for any.
fn object(map: &Map<String, Value>) -> Result<Value, String> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let mut others = Value::Bool(false);
    for (key, value) in map {
        if key == "(*)" {
            others = short(value)?;
            continue;
        }
        let mut parts = key.split('(');
        let name = parts.next().unwrap_or_default();
        let optional = name.ends_with('?');
        let name = name.strip_suffix('?').unwrap_or(name);
        let (kind, about) = match parts.next() {
            Some(kind) if !kind.is_empty() => {
                let end = kind.char_indices().last().map_or(0, |(at, _)| at);
                let (kind, about) = described(&kind[..end]);
                (Some(kind), about)
            }
            _ => (None, None),
        };
        let mut schema = match kind {
            None | Some("object") => short(value)?,
            Some("array") => json!({"type": "array", "items": short(value)?}),
            Some("enum") => {
                let mut values = value.as_array().cloned().unwrap_or_default();
                if optional && !values.contains(&Value::Null) {
                    values.push(Value::Null);
                }
                json!({"enum": values})
            }
            Some(other) => return Err(format!("`({other})` is no type: array, object or enum")),
        };
        if let (Value::Object(schema), Some(about)) = (&mut schema, about.filter(|a| !a.is_empty()))
        {
            schema.insert("description".into(), about.into());
        }
        if optional && let Some(kind) = schema.get("type").filter(|kind| kind.is_string()).cloned()
        {
            schema["type"] = json!([kind, "null"]);
        }
        properties.insert(name.to_owned(), schema);
        if !optional {
            required.push(Value::from(name));
        }
    }
    let mut schema =
        json!({"type": "object", "properties": properties, "additionalProperties": others});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_a_schema() {
        let short = json!({"name": "string, of a dish", "price?": "number", "tags(array, words)": "string", "kind?(enum)": ["a", "b"]});
        let schema = json_schema(&short).unwrap();
        let valid = jsonschema::validator_for(&schema).unwrap();
        assert!(valid.is_valid(&json!({"name": "x", "price": null, "tags": ["y"], "kind": "a"})));
        assert!(valid.is_valid(&json!({"name": "x", "tags": ["y"], "kind": null})));
        assert!(!valid.is_valid(&json!({"name": "x", "tags": ["y"], "kind": "c"})));
        assert!(!valid.is_valid(&json!({"tags": [], "kind": "a"})));
        assert_eq!(schema["properties"]["name"]["description"], "of a dish");
        let long = json!({"type": "object", "required": ["a"]});
        assert_eq!(json_schema(&long).unwrap(), long);
        let open = json_schema(&json!({"a?": "string", "(*)": "integer"})).unwrap();
        assert_eq!(open["additionalProperties"], json!({"type": "integer"}));
        assert!(open.get("required").is_none());
        assert!(json_schema(&json!({"a": "Person"})).is_err());
    }
}
