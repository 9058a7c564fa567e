//! What promptfoo sends to a chat deployment of Azure, by its settings and the name of its model.

use super::model_rules::{astra, is_gpt6_astra, is_true, samples, tools};
use serde_json::{Map, Value};

/// Settings that only say what kind of model a deployment is.
pub(in crate::interop) const ABOUT_THE_MODEL: [&str; 3] = ["isReasoningModel", "o1", "modelName"];

/// The parameters of a request: defaults that others do not get, and others for models that reason.
pub(super) fn azure(deployment: &str, config: &Map<String, Value>) -> Map<String, Value> {
    let passed = config.get("passthrough").and_then(|p| p.get("model"));
    let named = passed.or(config.get("modelName")).and_then(Value::as_str);
    let model = named.unwrap_or(deployment).to_lowercase();
    let set = |name: &str| config.get(name).filter(|value| !value.is_null()).cloned();
    let truthy = |name: &str| set(name).filter(is_true);
    let defaults = truthy("omitDefaults").is_none();
    let or = |name: &str, usual: Value| set(name).or(defaults.then_some(usual));
    let reasons = ["isReasoningModel", "o1"]
        .iter()
        .any(|name| truthy(name).is_some())
        || is_reasoning(&model);
    let is_grok = is_new_grok(&deployment.to_lowercase());
    let takes_samples = samples(&model);
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    if reasons {
        put("reasoning_effort", or("reasoning_effort", "medium".into()));
        let tokens = set("max_completion_tokens").or(or("max_tokens", 1024.into()));
        put("max_completion_tokens", tokens);
    } else {
        put("max_tokens", or("max_tokens", 1024.into()));
        let temperature = or("temperature", 0.into());
        put("temperature", temperature.filter(|_| takes_samples));
        put(
            "reasoning_effort",
            set("reasoning_effort").filter(|_| is_grok),
        );
    }
    put("top_p", or("top_p", 1.into()).filter(|_| takes_samples));
    for name in ["presence_penalty", "frequency_penalty"] {
        put(name, or(name, 0.into()).filter(|_| !is_grok));
    }
    put("seed", set("seed"));
    for name in ["functions", "function_call", "tool_choice"] {
        put(name, truthy(name));
    }
    put("tools", tools(config));
    put("response_format", truthy("response_format"));
    put("stop", truthy("stop").filter(|_| !is_grok));
    if let Some(Value::Object(more)) = config.get("passthrough") {
        body.extend(more.clone());
    }
    if is_gpt6_astra(&model) {
        astra(&mut body);
    }
    body
}

/// Whether promptfoo takes a deployment for a model that reasons, by its name in small letters.
fn is_reasoning(model: &str) -> bool {
    let is = |name: &str| model.starts_with(name) || model.contains(&format!("-{name}"));
    let others = [
        "deepseek-r1",
        "deepseek_r1",
        "phi-4-reasoning",
        "phi-4-mini-reasoning",
        "mai-thinking",
        "mai-ds-r1",
        "mai-reasoning",
    ];
    ["o1", "o3", "o4", "gpt-5"].iter().any(|name| is(name))
        || is_gpt6_astra(model)
        || others.iter().any(|name| model.contains(name))
        || model.contains("grok") && model.contains("reasoning")
}

/// Whether a deployment is of Grok 4 or newer, which takes no penalties and no `stop`.
fn is_new_grok(deployment: &str) -> bool {
    deployment.match_indices("grok-").any(|(at, mark)| {
        let rest = &deployment[at + mark.len()..];
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        digits > 1 || rest.starts_with(|c| ('4'..='9').contains(&c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Recorded with promptfoo 0.123.1.
    #[test]
    fn deployments_get_what_promptfoo_sends() {
        let penalties = |body: &mut Value| {
            body["presence_penalty"] = 0.into();
            body["frequency_penalty"] = 0.into();
        };
        for (deployment, config, mut sent) in [
            (
                "o3-mini",
                json!({"max_tokens": 10, "temperature": 0.3}),
                json!({"reasoning_effort": "medium", "max_completion_tokens": 10, "top_p": 1}),
            ),
            (
                "gpt-5",
                json!({}),
                json!({"reasoning_effort": "medium", "max_completion_tokens": 1024, "top_p": 1}),
            ),
            (
                "mine",
                json!({"isReasoningModel": true, "max_completion_tokens": 9}),
                json!({"reasoning_effort": "medium", "max_completion_tokens": 9, "top_p": 1}),
            ),
            (
                "mine",
                json!({"top_p": 0.5}),
                json!({"max_tokens": 1024, "temperature": 0, "top_p": 0.5}),
            ),
        ] {
            penalties(&mut sent);
            let config = config.as_object().unwrap();
            assert_eq!(Value::Object(azure(deployment, config)), sent);
        }
        let bare = json!({"omitDefaults": true});
        assert!(azure("o3-mini", bare.as_object().unwrap()).is_empty());
        let grok = azure("grok-4.6", json!({"stop": ["a"]}).as_object().unwrap());
        assert_eq!(
            Value::Object(grok),
            json!({"max_tokens": 1024, "temperature": 0, "top_p": 1})
        );
    }
}
