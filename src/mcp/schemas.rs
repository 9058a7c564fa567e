//! The schemas of what tools return: those of the documents that `--format json` prints, as objects, which the protocol wants.

use crate::{cli::SchemaOf, commands::schema::schema_text};
use rmcp::model::JsonObject;
use serde_json::{Value, json};
use std::sync::Arc;

/// The document of a tool: an object, or the object with the list.
#[derive(Debug, Clone, Copy)]
pub(super) enum DocumentSchema {
    Object(SchemaOf),
    /// A list under this name; the schema is that of the list.
    List(&'static str, SchemaOf),
    /// A list under this name; the schema is that of an item.
    Items(&'static str, SchemaOf),
}

/// Of `list`.
pub(super) const LIST: DocumentSchema = DocumentSchema::Object(SchemaOf::List);
/// Of `check`: `{"experiments": […]}`.
pub(super) const CHECK: DocumentSchema = DocumentSchema::List("experiments", SchemaOf::Check);
/// Of `render`: `{"prompts": […]}`.
pub(super) const RENDER: DocumentSchema = DocumentSchema::Items("prompts", SchemaOf::Render);
/// Of `run` and `score`.
pub(super) const RUN: DocumentSchema = DocumentSchema::Object(SchemaOf::Run);
pub(super) const REPORT: DocumentSchema = DocumentSchema::Object(SchemaOf::Report);
pub(super) const DIFF: DocumentSchema = DocumentSchema::Object(SchemaOf::Diff);
pub(super) const ADVISE: DocumentSchema = DocumentSchema::Object(SchemaOf::Advise);

impl DocumentSchema {
    /// As a client reads it.
    pub(super) fn object(self) -> anyhow::Result<Arc<JsonObject>> {
        let read = |of| -> anyhow::Result<Value> { Ok(serde_json::from_str(&schema_text(of)?)?) };
        let schema = match self {
            DocumentSchema::Object(of) => read(of)?,
            DocumentSchema::List(name, of) => listed(name, read(of)?),
            DocumentSchema::Items(name, of) => {
                let mut item = read(of)?;
                let definitions = take(&mut item, "$defs");
                let mut list = json!({"type": "array", "items": item});
                if !definitions.is_null() {
                    list["$defs"] = definitions;
                }
                listed(name, list)
            }
        };
        match schema {
            Value::Object(mut schema) => {
                schema.remove("$schema");
                Ok(Arc::new(schema))
            }
            other => anyhow::bail!("the schema of {self:?} is no object: {other}"),
        }
    }
}

/// The schema of an object with a list under a name. References stay what they are, as the definitions move to its root.
fn listed(name: &str, mut list: Value) -> Value {
    let definitions = take(&mut list, "$defs");
    take(&mut list, "$schema");
    let mut object = json!({
        "type": "object",
        "additionalProperties": false,
        "required": [name],
        "properties": { name: list },
    });
    if !definitions.is_null() {
        object["$defs"] = definitions;
    }
    object
}

fn take(value: &mut Value, key: &str) -> Value {
    let taken = value.as_object_mut().and_then(|map| map.remove(key));
    taken.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_valid_and_of_an_object() {
        for schema in [LIST, CHECK, RENDER, RUN, REPORT, DIFF, ADVISE] {
            let object = Value::Object(schema.object().unwrap().as_ref().clone());
            assert_eq!(object["type"], "object", "{schema:?}");
            jsonschema::meta::validate(&object).unwrap();
            // References point into the document.
            jsonschema::validator_for(&object).unwrap();
        }
    }
}
