//! Settings over the defaults of a provider.

use serde_json::{Map, Value};

/// The defaults, with those of the settings that are sent over them, and `passthrough` over all.
pub(super) fn with_defaults(
    usual: &Value,
    config: &Map<String, Value>,
    sent: &[&str],
) -> Map<String, Value> {
    let mut body = usual.as_object().cloned().unwrap_or_default();
    let set = config
        .iter()
        .filter(|(name, value)| sent.contains(&name.as_str()) && !value.is_null());
    body.extend(set.map(|(name, value)| (name.clone(), value.clone())));
    if let Some(Value::Object(more)) = config.get("passthrough") {
        body.extend(more.clone());
    }
    body
}
