//! The difference report as JSON.

use super::DiffReport;
use serde_json::Value;

/// The object; inputs and outputs are left out where not wanted.
pub fn json(report: &DiffReport, outputs: bool) -> Value {
    let mut value = serde_json::to_value(report).unwrap_or_default();
    if !outputs && let Some(map) = value.as_object_mut() {
        map.remove("prompt_diff");
        for effect in map
            .get_mut("effects")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            for row in effect
                .get_mut("rows")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                if let Some(row) = row.as_object_mut() {
                    for key in ["input", "expected", "before", "after"] {
                        row.remove(key);
                    }
                }
            }
        }
    }
    value
}
