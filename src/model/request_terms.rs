//! What in a request may change its price, besides the number of tokens.

use super::{Params, ServiceTier, params::param};
use serde_json::Value;

/// Parameters that ask for a cache which keeps prompts for an hour or longer.
const LONG_CACHE: [&str; 2] = ["prompt_cache_retention", "cache_control"];

/// Parameters that ask for audio or images as the answer.
const MEDIA_OUTPUT: [&str; 2] = ["modalities", "audio"];

/// The parameter that asks Anthropic's servers for a place, and what another than `global` adds in percent
/// (Claude's documentation, "Data residency", November 2026).
const PLACE: (&str, u64) = ("inference_geo", 10);

/// Parameters by which a server reads, searches or calls what the request does not have in it, so that nothing bounds its tokens:
/// earlier answers, stored prompts and files, searches, other models.
const UNBOUNDED: [&str; 15] = [
    "previous_response_id",
    "conversation",
    "prompt",
    "web_search_options",
    "search_parameters",
    "search_settings",
    "enable_search",
    "plugins",
    "data_sources",
    "mcp_servers",
    "container",
    "models",
    "file_ids",
    "vector_store_ids",
    "tool_resources",
];

/// The end of a model's name by which OpenRouter searches the web and adds to the prompt what it finds (OpenRouter's documentation, "Web
/// search").
const ONLINE: &str = ":online";

/// The kinds of tools that are answered here and not by the server.
const OWN_TOOLS: [&str; 2] = ["function", "custom"];

/// What may change the price of a request, known before it is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestTerms {
    pub service: ServiceChoice,
    /// Whether it asks for a cache that keeps prompts for an hour or longer.
    pub long_cache: bool,
    /// Whether the prompt has audio or images.
    pub media: bool,
    /// Whether the answer may have audio or images.
    pub media_output: bool,
    /// Answers beyond the first.
    pub more_answers: u64,
    /// Tokens of a predicted answer: those that are not in the answer are charged like it (OpenAI's guide to predicted outputs).
    pub predicted: u64,
    /// What the place where it is processed may add to the price, in percent.
    pub surcharge_percent: u64,
    /// The parameter, or the end of the model's name, by which the server takes more than is in the request, so that no cost is a bound.
    pub unbounded: Option<&'static str>,
}

/// Which service tiers may process a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceChoice {
    /// This one. The standard one where nothing is asked for.
    Of(ServiceTier),
    /// The server chooses.
    Any,
}

impl Default for ServiceChoice {
    fn default() -> ServiceChoice {
        ServiceChoice::Of(ServiceTier::Standard)
    }
}

impl RequestTerms {
    /// The terms of request parameters; later parameters override earlier ones. `media` is left to whoever has the prompt.
    pub fn of_params(params: &[&Params]) -> RequestTerms {
        let get = |name: &str| param(params, name);
        let service = get("service_tier").map(|tier| {
            let named = tier.as_str().and_then(ServiceTier::named);
            named.map_or(ServiceChoice::Any, ServiceChoice::Of)
        });
        // Completions charge for all of which the best are chosen.
        let answers = ["n", "best_of"].map(|name| get(name).and_then(Value::as_u64));
        let answers = answers.into_iter().flatten().max();
        let predicted = get("prediction").map_or(0, |prediction| prediction.to_string().len());
        let place = get(PLACE.0).is_some_and(|place| *place != "global");
        RequestTerms {
            service: service.unwrap_or_default(),
            long_cache: LONG_CACHE.iter().any(|name| get(name).is_some()),
            media: false,
            media_output: MEDIA_OUTPUT.iter().any(|name| get(name).is_some()),
            more_answers: answers.unwrap_or(1).saturating_sub(1),
            predicted: predicted as u64,
            surcharge_percent: if place { PLACE.1 } else { 0 },
            unbounded: unbounded(&get),
        }
    }

    /// The same, with what the name of the model asks for.
    pub fn of_request(model: &str, params: &[&Params]) -> RequestTerms {
        let mut terms = RequestTerms::of_params(params);
        terms.unbounded = terms.unbounded.or(unbounded_model(model));
        terms
    }

    /// Dollars of the price, with what the place of processing may add to them.
    pub fn with_surcharge(&self, usd: f64) -> f64 {
        usd * (1.0 + self.surcharge_percent as f64 / 100.0)
    }
}

/// The end of a model's name by which the server adds to prompts what nothing bounds.
pub fn unbounded_model(model: &str) -> Option<&'static str> {
    model.ends_with(ONLINE).then_some(ONLINE)
}

/// The first parameter that nothing bounds. One that is `false` asks for nothing.
fn unbounded<'a>(get: &dyn Fn(&str) -> Option<&'a Value>) -> Option<&'static str> {
    let is_of_server = |tool: &Value| {
        let kind = tool["type"].as_str();
        kind.is_some_and(|kind| !OWN_TOOLS.contains(&kind))
    };
    let tools = get("tools").and_then(Value::as_array);
    match tools.is_some_and(|tools| tools.iter().any(is_of_server)) {
        true => Some("tools"),
        false => UNBOUNDED
            .into_iter()
            .find(|name| get(name).is_some_and(|value| *value != false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn terms_are_read_from_parameters() {
        let terms =
            |params: Value| RequestTerms::of_params(&[params.as_object().unwrap(), &Params::new()]);
        assert_eq!(terms(json!({"temperature": 1})), RequestTerms::default());
        let flex = terms(json!({"service_tier": "flex", "n": 3}));
        assert_eq!(flex.service, ServiceChoice::Of(ServiceTier::Flex));
        assert_eq!(flex.more_answers, 2);
        assert_eq!(
            terms(json!({"service_tier": "auto"})).service,
            ServiceChoice::Any
        );
        assert!(terms(json!({"prompt_cache_retention": "24h"})).long_cache);
        assert!(terms(json!({"modalities": ["text", "audio"]})).media_output);
        assert_eq!(terms(json!({"n": 2, "best_of": 5})).more_answers, 4);
        let predicted = json!({"type": "content", "content": "abc"});
        let length = predicted.to_string().len() as u64;
        assert_eq!(terms(json!({"prediction": predicted})).predicted, length);
        for (place, percent) in [("us", 10), ("global", 0)] {
            let terms = terms(json!({"inference_geo": place}));
            assert_eq!(terms.surcharge_percent, percent, "{place}");
        }
    }

    #[test]
    fn what_a_server_takes_from_elsewhere_is_not_bounded() {
        let by = |params: Value| RequestTerms::of_params(&[params.as_object().unwrap()]).unbounded;
        let id = json!({"previous_response_id": "r_1", "temperature": 0});
        assert_eq!(by(id), Some("previous_response_id"));
        let search = json!({"tools": [{"type": "function"}, {"type": "web_search"}]});
        assert_eq!(by(search), Some("tools"));
        assert_eq!(by(json!({"tools": [{"type": "function"}]})), None);
        assert_eq!(by(json!({"plugins": null, "max_tokens": 5})), None);
        assert_eq!(by(json!({"enable_search": true})), Some("enable_search"));
        assert_eq!(by(json!({"enable_search": false})), None);
        let settings = json!({"search_settings": {"include_domains": ["a.example"]}});
        assert_eq!(by(settings), Some("search_settings"));
        let of = |model| RequestTerms::of_request(model, &[]).unbounded;
        assert_eq!(of("openai/gpt-4o:online"), Some(":online"));
        assert_eq!(of("openai/gpt-4o:free"), None);
    }
}
