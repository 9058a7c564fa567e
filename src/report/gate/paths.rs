//! Figures that gates name by their path in the JSON report.

use super::{
    error::{NameError, absent},
    functions::function_names,
};
use crate::expression::Named;
use crate::report::REPORT_SCHEMA;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(REPORT_SCHEMA).unwrap_or_default());

/// Whether a name that is neither a function nor one of the metrics is the path of a figure in the JSON report.
pub(super) fn check_path(named: &Named, metrics: &[String]) -> Result<(), NameError> {
    let functions: Vec<&str> = function_names().collect();
    let metrics: Vec<&str> = metrics.iter().map(String::as_str).collect();
    let metrics = (!metrics.is_empty()).then_some(("metric", &metrics[..]));
    if !named.arguments.is_empty() || !named.slices.is_empty() {
        let known = metrics.into_iter().chain([("function", &functions[..])]);
        return Err(absent(&named.name, known));
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
                let named_first = [metrics, Some(("function", &functions[..]))];
                let named_first = named_first.into_iter().flatten().filter(|_| depth == 0);
                let known = named_first.chain([("figure", &known[..])]);
                return Err(absent(key, known));
            }
        }
    }
    match properties(at) {
        Some(inside) if !inside.contains_key("value") => Err(NameError::Use(format!(
            "{} is not a number; it has {}",
            named.text,
            inside.keys().cloned().collect::<Vec<_>>().join(", ")
        ))),
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
