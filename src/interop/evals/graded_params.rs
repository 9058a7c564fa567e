//! The parameters of requests that `ModelBasedClassify` sends, for answers and for judges.

use crate::interop::Node;
use serde_json::{Map, Value, json};

/// The parameters of a request, as the package sends them.
pub(super) fn request_params(kwargs: Option<&Node>) -> Result<Map<String, Value>, String> {
    let mut params = json!({
        "max_tokens": 1024, "temperature": 0, "top_p": 1, "frequency_penalty": 0, "presence_penalty": 0, "n": 1,
    });
    let Some(map) = params.as_object_mut() else {
        return Ok(Map::new());
    };
    for (name, node) in kwargs.map_or(&[][..], Node::entries) {
        match name.as_str() {
            "max_tokens" | "temperature" => {
                map.insert(name.clone(), node.json());
            }
            "completion_kwargs" => {
                for (name, node) in node.entries() {
                    if map.insert(name.clone(), node.json()).is_some() {
                        return Err(format!(
                            "`{name}` in `completion_kwargs` is given twice, so the package fails"
                        ));
                    }
                }
            }
            _ => {
                return Err(format!(
                    "the parameter `{name}` of its requests has no counterpart"
                ));
            }
        }
    }
    Ok(params.as_object().cloned().unwrap_or_default())
}
