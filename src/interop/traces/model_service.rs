//! The service of a model that was recorded, by the names that makers of traces give it.

use crate::interop::{Endpoint, Endpoints, ImportedModel, service};

/// The AI SDK names the interface too: `openai.responses`. Other parts are other services: `google.vertex.chat` is not `google`.
fn maker(name: &str) -> &str {
    const INTERFACES: [&str; 5] = [
        ".chat",
        ".responses",
        ".messages",
        ".completion",
        ".generative-ai",
    ];
    let ending = INTERFACES.iter().find_map(|end| name.strip_suffix(end));
    ending.unwrap_or(name)
}

/// What the project calls a model; `None` where its provider has no known address.
pub(super) fn reference(
    provider: Option<&str>,
    model: &str,
    endpoints: &mut Endpoints,
) -> Option<String> {
    const BY_NAME: [(&str, &str); 8] = [
        ("gpt-", "openai"),
        ("o1", "openai"),
        ("o3", "openai"),
        ("o4", "openai"),
        ("claude", "anthropic"),
        ("gemini", "google"),
        ("mistral", "mistral"),
        ("deepseek", "deepseek"),
    ];
    if model.is_empty() {
        return None;
    }
    let provider = provider.map(str::to_lowercase);
    let provider = match provider.as_deref() {
        Some("mistral_ai" | "mistralai") => "mistral",
        Some("gcp.gemini" | "gemini" | "gcp.gen_ai") => "google",
        Some("x_ai") => "xai",
        Some("together") => "togetherai",
        Some(name) => maker(name),
        None => {
            BY_NAME
                .iter()
                .find(|(start, _)| model.starts_with(start))?
                .1
        }
    };
    let (name, base_url, key) = service(provider)?;
    Some(endpoints.reference(&ImportedModel {
        endpoint: Some(Endpoint {
            name: name.to_owned(),
            base_url: base_url.to_owned(),
            key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            ..Endpoint::default()
        }),
        name: model.to_owned(),
        ..ImportedModel::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_the_names_of_the_ai_sdk_and_others_are_not_taken_for_them() {
        for (provider, reference_to) in [
            ("google.generative-ai", Some("google/m")),
            ("openai.responses", Some("openai/m")),
            ("anthropic.messages", Some("anthropic/m")),
            ("mistral.chat", Some("mistral/m")),
            ("google.vertex.chat", None),
            ("azure.chat", None),
        ] {
            let made = reference(Some(provider), "m", &mut Endpoints::default());
            assert_eq!(made.as_deref(), reference_to, "{provider}");
        }
    }
}
