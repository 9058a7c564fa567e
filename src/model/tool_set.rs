//! The functions that a model may call, as they are sent with a prompt.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::hash::{Hash, Hasher};

/// The functions that are sent with a prompt: `{"type": "function", "function": {…}}` each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ToolSet {
    pub functions: Vec<Value>,
}

impl Eq for ToolSet {}

impl Hash for ToolSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.json().hash(state);
    }
}

impl ToolSet {
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// The names of the functions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.functions.iter().map(|f| &f["function"]["name"]);
        names.filter_map(Value::as_str)
    }

    /// As it is sent.
    pub fn json(&self) -> String {
        serde_json::to_string(&self.functions).unwrap_or_default()
    }

    /// The functions for a reader: each with its arguments, then what is said of it and of them.
    pub fn outline(&self) -> String {
        let functions = self.functions.iter().map(|f| outline(&f["function"]));
        functions.collect::<Vec<_>>().join("\n")
    }
}

fn outline(function: &Value) -> String {
    let parameters = &function["parameters"];
    let required = parameters["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let properties = parameters["properties"].as_object();
    let properties: Vec<_> = properties.into_iter().flatten().collect();
    let arguments = properties.iter().map(|(name, schema)| {
        let mark = if is_required(name) { "" } else { "?" };
        format!("{name}{mark}: {}", kind(schema))
    });
    let name = function["name"].as_str().unwrap_or_default();
    let mut text = format!("{name}({})", arguments.collect::<Vec<_>>().join(", "));
    let mut add = |head: &str, description: &Value| {
        if let Some(description) = description.as_str() {
            text += &format!("\n  {head}{}", description.replace('\n', "\n  "));
        }
    };
    add("", &function["description"]);
    for (name, schema) in properties {
        add(&format!("{name}: "), &schema["description"]);
    }
    text
}

/// The type of an argument, or the values that it may have.
fn kind(schema: &Value) -> String {
    let list = |values: &[Value], between: &str| {
        let plain = values.iter().map(|value| match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        });
        plain.collect::<Vec<_>>().join(between)
    };
    match (&schema["enum"], &schema["type"]) {
        (Value::Array(values), _) => list(values, "|"),
        (_, Value::String(kind)) if kind == "array" => format!("[{}]", kind_of_items(schema)),
        (_, Value::String(kind)) => kind.clone(),
        (_, Value::Array(kinds)) => list(kinds, "|"),
        _ => "any".to_owned(),
    }
}

fn kind_of_items(schema: &Value) -> String {
    kind(&schema["items"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_outline_has_arguments_and_descriptions() {
        let function = json!({"type": "function", "function": {
            "name": "search", "description": "Find products.\nBy words.",
            "parameters": {"type": "object", "required": ["query"], "properties": {
                "query": {"type": "string", "description": "The words."},
                "sort": {"enum": ["new", "cheap"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            }},
        }});
        let plain = json!({"type": "function", "function": {"name": "stop"}});
        let set = ToolSet {
            functions: vec![function, plain],
        };
        assert_eq!(
            set.outline(),
            "search(query: string, sort?: new|cheap, tags?: [string])\n  Find products.\n  By words.\n  query: The words.\nstop()"
        );
        assert_eq!(set.names().collect::<Vec<_>>(), ["search", "stop"]);
    }
}
