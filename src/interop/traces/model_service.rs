//! The service of a model that was recorded, by the names that makers of traces give it.

use crate::{
    endpoint::BaseUrl,
    interop::{Endpoint, Endpoints, ImportedModel, service},
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
    /// The server with an address, without a user, a query and a fragment, which may hold secrets; `None` where it is no address.
    pub(super) fn of_url(url: &str) -> Option<Server> {
        let url = url.trim();
        let is_address = url.starts_with("http://") || url.starts_with("https://");
        if !is_address || url.contains(char::is_whitespace) {
            return None;
        }
        let url = url.split(['?', '#']).next().unwrap_or(url);
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let url = format!("{scheme}://{authority}/{}", path.trim_end_matches('/'));
        let url = url.trim_end_matches('/').to_owned();
        BaseUrl::new(&url).host()?;
        Some(Server::Url(url))
    }

    /// The machine, with a port that is not the usual one; this one is `localhost` by whatever name.
    fn host(&self) -> Option<String> {
        match self {
            Server::Url(url) => host_of(url),
            Server::Host(host) => host_of(&format!("https://{host}")),
        }
    }
}

fn host_of(url: &str) -> Option<String> {
    let host = BaseUrl::new(url).host()?;
    let this = ["127.0.0.1", "[::1]", "0.0.0.0"];
    let own = this.iter().find_map(|name| host.strip_prefix(name));
    Some(own.map_or(host.clone(), |port| format!("localhost{port}")))
}

/// A model that was called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CalledModel {
    pub(super) provider: Option<String>,
    pub(super) name: String,
    /// Its address, if that is not the usual one of the provider.
    pub(super) url: Option<String>,
}

impl CalledModel {
    /// The model, and the machine where it was called if only that is known and it is not the usual one.
    pub(super) fn new(
        provider: Option<String>,
        name: String,
        server: Option<Server>,
    ) -> (CalledModel, Option<String>) {
        let mut model = CalledModel {
            provider,
            name,
            url: None,
        };
        let usual = model.service().and_then(|(_, url, _)| host_of(url));
        match server.filter(|server| server.host() != usual) {
            Some(Server::Url(url)) => model.url = Some(url),
            Some(Server::Host(host)) => return (model, Some(host)),
            None => {}
        }
        (model, None)
    }

    /// What the project calls it; `None` where no address is known for it. At an address of its own it gets no key.
    pub(super) fn reference(&self, endpoints: &mut Endpoints) -> Option<String> {
        if self.name.is_empty() {
            return None;
        }
        let service = self.service();
        let endpoint = match (&self.url, service) {
            (Some(url), _) => Endpoint {
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
            let (model, _) = CalledModel::new(Some(provider.into()), "m".into(), None);
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
                Server::of_url("http://me:pw@localhost:8000/v1/?key=x#y"),
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
            let (model, machine) = CalledModel::new(Some("openai".into()), "m".into(), server);
            let mut endpoints = Endpoints::default();
            assert_eq!(model.reference(&mut endpoints).as_deref(), Some("openai/m"));
            let toml = endpoints.toml("");
            assert!(toml.contains(written), "{toml}");
            assert_eq!(toml.contains("OPENAI_API_KEY"), written == "api.openai.com");
            assert_eq!(machine.as_deref(), elsewhere);
        }
    }

    #[test]
    fn this_machine_has_several_names_and_ports_count() {
        let ollama = |server: &str| {
            let server = Some(Server::Host(server.into()));
            CalledModel::new(Some("ollama".into()), "m".into(), server).1
        };
        assert_eq!(ollama("127.0.0.1:11434"), None);
        assert_eq!(
            ollama("localhost:11435").as_deref(),
            Some("localhost:11435")
        );
        assert_eq!(Server::of_url("http://a b/v1"), None);
    }
}
