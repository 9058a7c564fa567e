//! JSON Schemas of assertions, as promptfoo's validator (Ajv 8 for draft 7, strict, with its formats) reads them.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Keywords that the validator knows; another one is an error there.
const KEYWORDS: [&str; 52] = [
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "deprecated",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];

/// Formats that it knows and that are checked here too, or never fail.
const FORMATS: [&str; 19] = [
    "binary",
    "date",
    "date-time",
    "double",
    "duration",
    "email",
    "float",
    "hostname",
    "ipv4",
    "ipv6",
    "json-pointer",
    "password",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

/// Formats that it checks and that are not checked here.
const UNCHECKED: [&str; 4] = [
    "iso-date-time",
    "iso-time",
    "json-pointer-uri-fragment",
    "url",
];

/// A schema in words of draft 7 alone; the message says why promptfoo refuses it, or why it cannot be taken over.
pub(super) fn plain_schema(schema: &Value) -> Result<Value, String> {
    let mut walk = Walk {
        root: schema,
        visited: BTreeSet::new(),
    };
    if let Some(Value::String(draft)) = schema.get("$schema")
        && draft.trim_end_matches('#') != "http://json-schema.org/draft-07/schema"
    {
        return Err(refused(&format!("`$schema` is {draft:?}, not draft 7")));
    }
    walk.schema(schema, 0)
}

fn refused(why: &str) -> String {
    format!("promptfoo's validator refuses the schema, and every row fails: {why}")
}

struct Walk<'s> {
    root: &'s Value,
    /// References that were followed.
    visited: BTreeSet<String>,
}

/// Deepest schema.
const MAX_DEPTH: usize = 100;

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, depth: usize) -> Result<Value, String> {
        let Value::Object(map) = schema else {
            return Ok(schema.clone());
        };
        if depth > MAX_DEPTH {
            return Err("the schema is nested too deep".into());
        }
        strict(map)?;
        let mut plain = Map::new();
        for (key, value) in map {
            let value = match key.as_str() {
                "nullable" => continue,
                "properties" | "patternProperties" | "dependencies" => self.each(value, depth)?,
                // Only what is referred to is read there.
                "definitions" | "$defs" => value.clone(),
                "additionalItems"
                | "additionalProperties"
                | "contains"
                | "else"
                | "if"
                | "not"
                | "propertyNames"
                | "then" => self.schema(value, depth + 1)?,
                "allOf" | "anyOf" | "oneOf" | "items" => match value {
                    Value::Array(items) => {
                        let items = items.iter().map(|item| self.schema(item, depth + 1));
                        Value::Array(items.collect::<Result<_, _>>()?)
                    }
                    other => self.schema(other, depth + 1)?,
                },
                "$ref" => {
                    self.follow(value, depth)?;
                    value.clone()
                }
                _ => value.clone(),
            };
            plain.insert(key.clone(), value);
        }
        if map.get("nullable") == Some(&Value::Bool(true)) {
            nullable(&mut plain);
        }
        add_format(map, &mut plain);
        Ok(plain.into())
    }

    fn each(&mut self, value: &Value, depth: usize) -> Result<Value, String> {
        let Value::Object(map) = value else {
            return Ok(value.clone());
        };
        let entries = map.iter().map(|(key, value)| {
            let schema = self.schema(value, depth + 1)?;
            Ok((key.clone(), schema))
        });
        Ok(Value::Object(entries.collect::<Result<_, String>>()?))
    }

    /// Look at what a reference within the schema leads to: what cannot stay as it is there is told.
    fn follow(&mut self, target: &Value, depth: usize) -> Result<(), String> {
        let Some(path) = target.as_str().and_then(|target| target.strip_prefix('#')) else {
            return Ok(());
        };
        if !self.visited.insert(path.to_owned()) {
            return Ok(());
        }
        let Some(found) = self.root.pointer(path).cloned() else {
            return Ok(());
        };
        if self.schema(&found, depth + 1)? != found && !path.is_empty() {
            return Err(format!(
                "`nullable` or a format of numbers stands behind the reference {target}: write it in the words of draft 7"
            ));
        }
        Ok(())
    }
}

/// What the strict mode of the validator refuses in one schema.
fn strict(map: &Map<String, Value>) -> Result<(), String> {
    if let Some(key) = map.keys().find(|key| !KEYWORDS.contains(&key.as_str())) {
        return Err(refused(&format!("it does not know the keyword `{key}`")));
    }
    if map.contains_key("nullable") && !map.contains_key("type") {
        return Err(refused("`nullable` stands without `type`"));
    }
    if map.contains_key("if") && !map.contains_key("then") && !map.contains_key("else") {
        return Err(refused("`if` stands without `then` and `else`"));
    }
    if !map.contains_key("if") && (map.contains_key("then") || map.contains_key("else")) {
        return Err(refused("`then` or `else` stands without `if`"));
    }
    if map.contains_key("additionalItems") && !map.get("items").is_some_and(Value::is_array) {
        return Err(refused("`additionalItems` stands without a list `items`"));
    }
    match map.get("format").and_then(Value::as_str) {
        Some(format) if UNCHECKED.contains(&format) => {
            Err(format!("the format `{format}` is not checked here"))
        }
        Some(format) if !FORMATS.contains(&format) && number_format(format).is_none() => {
            Err(refused(&format!("it does not know the format `{format}`")))
        }
        _ => Ok(()),
    }
}

/// Let a type be null too.
fn nullable(schema: &mut Map<String, Value>) {
    let mut types = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(one) => vec![one.clone()],
        None => return,
    };
    if !types.contains(&json!("null")) {
        types.push("null".into());
    }
    schema.insert("type".into(), types.into());
}

/// A format in words of draft 7, where that has no name for it.
fn number_format(format: &str) -> Option<Value> {
    let whole = |limits: Value| Some(json!({"if": {"type": "number"}, "then": limits}));
    match format {
        "int32" => whole(json!({"type": "integer", "minimum": i32::MIN, "maximum": i32::MAX})),
        "int64" => whole(json!({"type": "integer"})),
        "byte" => Some(json!({
            "pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        })),
        _ => None,
    }
}

fn add_format(from: &Map<String, Value>, schema: &mut Map<String, Value>) {
    let format = from.get("format").and_then(Value::as_str);
    let Some(rule) = format.and_then(number_format) else {
        return;
    };
    schema.shift_remove("format");
    let mut all = match schema.get("allOf") {
        Some(Value::Array(all)) => all.clone(),
        _ => Vec::new(),
    };
    all.push(rule);
    schema.insert("allOf".into(), all.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What promptfoo 0.123.1 refuses: the row is an error there.
    #[test]
    fn what_the_strict_validator_refuses_is_told() {
        for (schema, part) in [
            (
                json!({"properties": {"u": {"type": "string", "example": "a"}}}),
                "`example`",
            ),
            (
                json!({"properties": {"l": {"prefixItems": []}}}),
                "`prefixItems`",
            ),
            (
                json!({"dependentRequired": {"a": ["z"]}}),
                "`dependentRequired`",
            ),
            (
                json!({"properties": {"u": {"format": "madeup"}}}),
                "`madeup`",
            ),
            (
                json!({"$schema": "https://json-schema.org/draft/2020-12/schema"}),
                "draft 7",
            ),
            (json!({"nullable": true}), "without `type`"),
            (json!({"if": {}}), "`if`"),
            (
                json!({"items": {}, "additionalItems": false}),
                "`additionalItems`",
            ),
            (
                json!({"$ref": "#/definitions/a", "definitions": {"a": {"x-y": 1}}}),
                "`x-y`",
            ),
            (json!({"anyOf": [{"not": {"id": "x"}}]}), "`id`"),
        ] {
            let error = plain_schema(&schema).unwrap_err();
            assert!(error.contains(part), "{schema}: {error}");
        }
        for schema in [
            json!({"title": "T", "$id": "x", "properties": {"u": {"deprecated": true}}}),
            json!({"definitions": {"a": {"unused": 1}}, "required": ["example"]}),
            json!({"properties": {"example": {"type": "string", "format": "uuid"}}}),
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "enum": [{"x": 1}]}),
            json!({"properties": {"a": {"$ref": "#"}}}),
            json!(true),
        ] {
            assert_eq!(plain_schema(&schema).unwrap(), schema);
        }
    }

    #[test]
    fn nullable_and_formats_of_numbers_are_said_in_words_of_draft_7() {
        let schema = json!({"properties": {
            "n": {"type": "string", "nullable": true}, "i": {"type": "integer", "format": "int64"},
        }});
        let plain = json!({"properties": {
            "n": {"type": ["string", "null"]},
            "i": {"type": "integer", "allOf": [{"if": {"type": "number"}, "then": {"type": "integer"}}]},
        }});
        assert_eq!(plain_schema(&schema).unwrap(), plain);
        let behind = json!({"$ref": "#/definitions/a", "definitions": {"a": {"type": "string", "nullable": true}}});
        assert!(
            plain_schema(&behind)
                .unwrap_err()
                .contains("behind the reference")
        );
    }
}
