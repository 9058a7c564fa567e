//! What in a request may change its price, besides the number of tokens.

use super::{Params, ServiceTier};

/// Parameters that ask for a cache which keeps prompts for an hour or longer.
const LONG_CACHE: [&str; 2] = ["prompt_cache_retention", "cache_control"];

/// Parameters that ask for audio or images as the answer.
const MEDIA_OUTPUT: [&str; 2] = ["modalities", "audio"];

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
        let get = |name: &str| {
            let found = params.iter().rev().find_map(|p| p.get(name));
            found.filter(|value| !value.is_null())
        };
        let service = get("service_tier").map(|tier| {
            let named = tier.as_str().and_then(ServiceTier::named);
            named.map_or(ServiceChoice::Any, ServiceChoice::Of)
        });
        let answers = get("n").and_then(serde_json::Value::as_u64);
        RequestTerms {
            service: service.unwrap_or_default(),
            long_cache: LONG_CACHE.iter().any(|name| get(name).is_some()),
            media: false,
            media_output: MEDIA_OUTPUT.iter().any(|name| get(name).is_some()),
            more_answers: answers.unwrap_or(1).saturating_sub(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn terms_are_read_from_parameters() {
        let terms = |params: serde_json::Value| {
            RequestTerms::of_params(&[params.as_object().unwrap(), &Params::new()])
        };
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
    }
}
