//! The service of a model that was recorded, by the names that makers of traces give it.

use crate::{
    endpoint::BaseUrl,
    interop::{Endpoint, Endpoints, ImportedModel, secret_names::without_password, service},
};

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

/// Where a call was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Server {
    /// The address of its interface.
    Url(String),
    /// A name or number of a machine, perhaps with a port.
    Host(String),
}

impl Server {
    /// The server with an address; `None` where it is none.
    pub(super) fn of_url(url: &str) -> Option<Server> {
        let url = url.trim().trim_end_matches('/');
        let is_address = url.starts_with("http://") || url.starts_with("https://");
        let url = without_password(url).unwrap_or_else(|| url.to_owned());
        is_address.then_some(Server::Url(url))
    }

    /// The machine, without a port.
    fn host(&self) -> Option<String> {
        match self {
            Server::Url(url) => BaseUrl::new(url).host(),
            Server::Host(host) => Some(host.split(':').next().unwrap_or(host).to_lowercase()),
        }
    }
}

/// A model that was called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CalledModel {
    pub(super) provider: Option<String>,
    pub(super) name: String,
    pub(super) server: Option<Server>,
}

impl CalledModel {
    /// What the project calls it; `None` where no address is known for it. At an address of its own it gets no key.
    pub(super) fn reference(&self, endpoints: &mut Endpoints) -> Option<String> {
        if self.name.is_empty() {
            return None;
        }
        let service = self.service();
        let endpoint = match (&self.server, service) {
            (Some(Server::Url(url)), _) if !self.is_at_service() => Endpoint {
                name: service.map_or("recorded", |(name, ..)| name).to_owned(),
                base_url: url.clone(),
                ..Endpoint::default()
            },
            (_, Some((name, base_url, key))) => Endpoint {
                name: name.to_owned(),
                base_url: base_url.to_owned(),
                key: Some(key.to_owned()).filter(|key| !key.is_empty()),
                ..Endpoint::default()
            },
            _ => return None,
        };
        Some(endpoints.reference(&ImportedModel {
            endpoint: Some(endpoint),
            name: self.name.clone(),
            ..ImportedModel::default()
        }))
    }

    /// The machine that it was called at, where that is not the one of the project.
    pub(super) fn elsewhere(&self) -> Option<&str> {
        match &self.server {
            Some(Server::Host(host)) if !self.is_at_service() => Some(host),
            _ => None,
        }
    }

    fn is_at_service(&self) -> bool {
        let host = |url: &str| BaseUrl::new(url).host();
        let known = self.service().and_then(|(_, url, _)| host(url));
        self.server.as_ref().and_then(Server::host) == known
    }

    fn service(&self) -> Option<(&'static str, &'static str, &'static str)> {
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
        let provider = self.provider.as_deref().map(str::to_lowercase);
        service(match provider.as_deref() {
            Some("mistral_ai" | "mistralai") => "mistral",
            Some("gcp.gemini" | "gemini" | "gcp.gen_ai") => "google",
            Some("x_ai") => "xai",
            Some("together") => "togetherai",
            Some(name) => maker(name),
            None => {
                BY_NAME
                    .iter()
                    .find(|(start, _)| self.name.starts_with(start))?
                    .1
            }
        })
    }
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
            let model = CalledModel {
                provider: Some(provider.into()),
                name: "m".into(),
                server: None,
            };
            let made = model.reference(&mut Endpoints::default());
            assert_eq!(made.as_deref(), reference_to, "{provider}");
        }
    }

    #[test]
    fn a_model_at_an_address_of_its_own_is_called_there_without_a_key() {
        for (server, written, elsewhere) in [
            (
                Server::of_url("https://api.openai.com/v1/"),
                "api.openai.com",
                None,
            ),
            (
                Server::of_url("http://me:pw@localhost:8000/v1"),
                "\"http://localhost:8000/v1\"",
                None,
            ),
            (Server::of_url("localhost"), "api.openai.com", None),
            (
                Some(Server::Host("api.openai.com:443".into())),
                "api.openai.com",
                None,
            ),
            (
                Some(Server::Host("box".into())),
                "api.openai.com",
                Some("box"),
            ),
        ] {
            let model = CalledModel {
                provider: Some("openai".into()),
                name: "m".into(),
                server,
            };
            let mut endpoints = Endpoints::default();
            assert_eq!(model.reference(&mut endpoints).as_deref(), Some("openai/m"));
            let toml = endpoints.toml("");
            assert!(toml.contains(written), "{toml}");
            assert_eq!(toml.contains("OPENAI_API_KEY"), written == "api.openai.com");
            assert_eq!(model.elsewhere(), elsewhere);
        }
    }
}
