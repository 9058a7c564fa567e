//! The `outputs` of Prompty 2 as the response format that it sends: a strict JSON Schema.

use super::example_row::named;
use crate::interop::Node;
use serde_json::{Map, Value, json};

/// The response format; the message says what cannot be one.
pub(super) fn response_format(outputs: &Node) -> Result<Value, String> {
    let mut all = Map::new();
    for (name, output) in named(Some(outputs)) {
        all.insert(name, schema(output, !is(output, "required"))?);
    }
    if all.is_empty() {
        return Err("it names no property".into());
    }
    let required: Vec<&String> = all.keys().collect();
    Ok(json!({
        "type": "json_schema",
        "json_schema": {
            "name": "structured_output",
            "strict": true,
            "schema": {"type": "object", "properties": all, "additionalProperties": false, "required": required},
        },
    }))
}

fn is(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|value| value.json() == true)
}

fn schema(property: &Node, is_optional: bool) -> Result<Value, String> {
    if !property.is_map() {
        return Err("a property is a map with `kind`".into());
    }
    let kind = property
        .get("kind")
        .and_then(Node::text)
        .unwrap_or_default();
    let mut made = Map::new();
    let named_type = match kind {
        "float" | "number" => Some("number"),
        "string" | "integer" | "boolean" | "array" | "object" => Some(kind),
        "union" => return Err("unions are not supported".into()),
        _ => None,
    };
    made.extend(named_type.map(|name| ("type".to_owned(), name.into())));
    if let Some(text) = property.get("description").and_then(Node::text) {
        made.insert("description".into(), text.into());
    }
    let choices = property.get("enumValues").or(property.get("enum"));
    if let Some(choices) = choices.map(Node::json) {
        made.insert("enum".into(), choices);
    }
    if kind == "array" {
        let items = match property.get("items") {
            Some(items) => schema(items, false)?,
            None => json!({"type": "string"}),
        };
        made.insert("items".into(), items);
    }
    if kind == "object" {
        let mut inner = Map::new();
        for (name, property) in named(property.get("properties")) {
            inner.insert(name, schema(property, !is(property, "required"))?);
        }
        let required: Vec<Value> = inner.keys().map(|name| name.clone().into()).collect();
        made.insert("properties".into(), inner.into());
        if !required.is_empty() {
            made.insert("required".into(), required.into());
        }
        made.insert("additionalProperties".into(), false.into());
    }
    if is(property, "nullable") || is_optional {
        if made.contains_key("enum") {
            return Err(
                "choices of an optional property have `null` among them, which TOML cannot write"
                    .into(),
            );
        }
        if let Some(name) = made.get("type").cloned() {
            made.insert("type".into(), json!([name, "null"]));
        } else if !made.is_empty() {
            made = Map::from_iter([("anyOf".to_owned(), json!([made, {"type": "null"}]))]);
        }
    }
    Ok(made.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Recorded with Prompty 2.1.0.
    #[test]
    fn outputs_are_a_strict_schema() {
        let yaml = "- { name: answer, kind: string, description: the answer, required: true }\n- { name: score, kind: float }\n- { name: tags, kind: array, required: true }\n";
        let node = Node::parse(Path::new("a.yaml"), yaml).unwrap();
        let made = response_format(&node).unwrap();
        assert_eq!(
            made["json_schema"]["schema"],
            json!({
                "type": "object",
                "properties": {
                    "answer": {"type": "string", "description": "the answer"},
                    "score": {"type": ["number", "null"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "additionalProperties": false,
                "required": ["answer", "score", "tags"],
            })
        );
        let union = Node::parse(Path::new("a.yaml"), "[{name: a, kind: union}]").unwrap();
        assert!(response_format(&union).is_err());
    }
}
