//! Figures that gates name by their path in the JSON report.

use super::{
    error::{GateError, absent},
    functions::function_names,
};
use crate::expression::Named;
use crate::report::REPORT_SCHEMA;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(REPORT_SCHEMA).unwrap_or_default());

/// Whether a name that is no function is the path of a figure in the JSON report.
pub(super) fn check_path(gate: &str, named: &Named) -> Result<(), GateError> {
    if !named.arguments.is_empty() || !named.slices.is_empty() {
        let names: Vec<&str> = function_names().collect();
        return Err(absent(gate, "function", &named.name, &names));
    }
    let mut at = &*SCHEMA;
    for (depth, key) in std::iter::once(&named.name)
        .chain(&named.fields)
        .enumerate()
    {
        let known: Vec<&str> = properties(at).map_or(Vec::new(), |all| {
            all.iter()
                .filter(|(_, inner)| is_figure(inner))
                .map(|(key, _)| key.as_str())
                .collect()
        });
        match properties(at).and_then(|all| all.get(key)) {
            Some(inner) if is_figure(inner) => at = inner,
            _ => {
                let functions = function_names().filter(|_| depth == 0);
                let known: Vec<&str> = functions.chain(known).collect();
                return Err(absent(gate, "figure", key, &known));
            }
        }
    }
    match properties(at) {
        Some(inside) if !inside.contains_key("value") => Err(GateError::Use {
            gate: gate.to_owned(),
            message: format!(
                "{} is not a number; it has {}",
                named.text,
                inside.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
        }),
        _ => Ok(()),
    }
}

fn resolved(schema: &Value) -> &Value {
    schema["$ref"]
        .as_str()
        .and_then(|path| SCHEMA.pointer(path.trim_start_matches('#')))
        .unwrap_or(schema)
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    resolved(schema)["properties"].as_object()
}

/// A number, or an object that may hold some.
fn is_figure(schema: &Value) -> bool {
    let schema = resolved(schema);
    matches!(schema["type"].as_str(), Some("number" | "integer"))
        || schema["properties"]
            .as_object()
            .is_some_and(|all| all.values().any(is_figure))
}
