//! What promptfoo sends to Anthropic.

use super::{
    defaults::with_defaults,
    model_rules::{samples, thinks},
};
use serde_json::{Map, Value, json};

/// The parameters of a request: newer models take no sampling parameters, and think within `max_tokens`.
pub(super) fn anthropic(model: &str, config: &Map<String, Value>) -> Map<String, Value> {
    let model = model.to_lowercase();
    let (thinks, samples) = (thinks(&model), samples(&model));
    let mut usual = json!({"temperature": 0, "max_tokens": if thinks { 2048 } else { 1024 }});
    if !samples || config.get("top_p").is_some_and(|value| !value.is_null()) {
        usual["temperature"].take();
    }
    let names = config.keys().map(String::as_str);
    let names: Vec<&str> = names.filter(|name| *name != "omitDefaults").collect();
    let mut body = with_defaults(&usual, config, &names);
    if usual["temperature"].is_null() {
        body.shift_remove("temperature");
    }
    if !samples {
        body.retain(|name, _| name != "top_p" && name != "top_k");
    }
    body
}
