//! The address of a provider, its key, headers and prices.

use super::{context::Providers, route::Interface};
use crate::interop::{
    Endpoint, Node, NotePlace, Notes, secret_names::without_password, services::service, slug,
};

/// The address that stands where one is not known.
const NO_ADDRESS: &str = "http://localhost:1/set-base_url";

/// The header of an organization of OpenAI.
const ORGANIZATION: &str = "OpenAI-Organization";

impl Providers<'_> {
    /// The endpoint of an interface of a service.
    pub(super) fn endpoint(
        &self,
        name: &str,
        interface: Interface,
        model: &str,
        config: Option<&Node>,
        at: &NotePlace,
        notes: &mut Notes,
    ) -> Endpoint {
        let api = match interface {
            Interface::Completion => Some("completions"),
            Interface::Responses => Some("responses"),
            Interface::Chat | Interface::Embedding => None,
        };
        let (_, usual, key) = service(name).unwrap_or((name, "", "AZURE_API_KEY"));
        let written = setting(config, "apiBaseUrl").filter(|_| !keeps_its_address(name));
        let mut base_url = match name {
            "azure" => self.azure(model, config, at, notes),
            _ => self.address(name, usual, config, at, notes),
        };
        if let Some(without) = without_password(&base_url) {
            let why = "the user and the password in it are secrets and are not taken over: write the address as you need it into wording.toml";
            notes.dropped(at, format!("the address `{without}`"), why);
            base_url = without;
        }
        if base_url.contains("{{") || base_url.contains("${") || !base_url.starts_with("http") {
            notes.dropped(
                at,
                format!("the address `{base_url}`"),
                "a variable of the environment decides it: write it into wording.toml as `base_url`",
            );
            base_url = NO_ADDRESS.into();
        }
        let is_own = written.is_some() && name == "openai";
        let key = Some(key).filter(|key| !key.is_empty());
        Endpoint {
            name: match is_own {
                true => host_name(&base_url),
                false => name.to_owned(),
            },
            base_url,
            key: key_variable(config, key, notes),
            api,
            headers: self.headers(name, config, notes),
        }
    }

    /// The address of a service: by the settings, the environment of the configuration, or the usual one.
    fn address(
        &self,
        name: &str,
        usual: &str,
        config: Option<&Node>,
        at: &NotePlace,
        notes: &mut Notes,
    ) -> String {
        for other in ["base_url", "baseURL", "baseUrl"] {
            if config.is_some_and(|config| config.get(other).is_some()) {
                let why = "promptfoo reads `apiBaseUrl` only, so it is not used";
                notes.changed(at, format!("`{other}` of a provider"), why);
            }
        }
        let set = |key: &str| setting(config, key).map(|text| self.with_env(text));
        if keeps_its_address(name) {
            if setting(config, "apiBaseUrl").is_some() {
                let why = "promptfoo does not read it for this provider, so it is not used";
                notes.changed(at, "`apiBaseUrl` of a provider", why);
            }
            let region = set("region").filter(|_| name == "xai");
            let regional = region.map(|region| format!("https://{region}.api.x.ai/v1"));
            let host = set("apiHost").map(|host| format!("https://{host}/v1"));
            return host.or(regional).unwrap_or_else(|| usual.to_owned());
        }
        let env = |key: &str| self.env.get(key).filter(|text| !text.is_empty()).cloned();
        let https = |host: String| format!("https://{host}/v1");
        let from_env = match name {
            "openai" => env("OPENAI_API_HOST")
                .map(https)
                .or_else(|| env("OPENAI_API_BASE_URL"))
                .or_else(|| env("OPENAI_BASE_URL")),
            "mistral" => env("MISTRAL_API_HOST")
                .map(https)
                .or_else(|| env("MISTRAL_API_BASE_URL")),
            // Its address there is without the version.
            "ollama" => {
                env("OLLAMA_BASE_URL").map(|url| format!("{}/v1", url.trim_end_matches('/')))
            }
            "localai" => env("LOCALAI_BASE_URL"),
            _ => None,
        };
        let host = set("apiHost").filter(|_| name != "localai").map(https);
        let mut url = host
            .or_else(|| set("apiBaseUrl"))
            .or(from_env)
            .unwrap_or_else(|| usual.to_owned());
        if name == "anthropic" && !url.ends_with("/v1") {
            // Its addresses are without the version.
            url = format!("{}/v1", url.trim_end_matches('/'));
        }
        url
    }

    /// The address of a deployment of Azure.
    fn azure(
        &self,
        deployment: &str,
        config: Option<&Node>,
        at: &NotePlace,
        notes: &mut Notes,
    ) -> String {
        let set = |key: &str| setting(config, key).map(|text| self.with_env(text));
        let env = |names: &[&str]| {
            let mut found = names.iter().filter_map(|name| self.env.get(*name));
            found.find(|text| !text.is_empty()).cloned()
        };
        let url = set("apiBaseUrl").or_else(|| {
            env(&[
                "AZURE_API_BASE_URL",
                "AZURE_OPENAI_API_BASE_URL",
                "AZURE_OPENAI_BASE_URL",
            ])
        });
        let host = || {
            let host =
                set("apiHost").or_else(|| env(&["AZURE_API_HOST", "AZURE_OPENAI_API_HOST"]))?;
            let host = host
                .trim_start_matches("https://")
                .trim_start_matches("http://");
            Some(format!("https://{host}"))
        };
        let base = url.or_else(host).unwrap_or_else(|| {
            notes.dropped(
                at,
                "the host of Azure",
                "the environment decides it: write it into wording.toml as `base_url`",
            );
            "https://set-the-host.openai.azure.com".into()
        });
        let base = base.strip_suffix('/').unwrap_or(&base);
        let version = setting(config, "apiVersion").unwrap_or("2024-12-01-preview");
        format!("{base}/openai/deployments/{deployment}?api-version={version}")
    }

    fn headers(
        &self,
        service: &str,
        config: Option<&Node>,
        notes: &mut Notes,
    ) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let headers = config.and_then(|config| config.get("headers"));
        let headers = headers.map_or(&[][..], Node::entries);
        let organization = setting(config, "organization").map(|text| self.with_env(text));
        let usual = || self.env.get("OPENAI_ORGANIZATION").cloned();
        // One of the environment goes to each service whose provider is made of that of OpenAI, with these exceptions.
        let takes_usual = ![
            "fireworks",
            "mistral",
            "anthropic",
            "google",
            "ollama",
            "azure",
        ]
        .contains(&service);
        let organization = organization.or_else(|| takes_usual.then(usual).flatten());
        let is_overridden = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(ORGANIZATION));
        if let Some(organization) = organization.filter(|text| !text.is_empty() && !is_overridden) {
            all.push((ORGANIZATION.into(), organization));
        }
        for (name, value) in headers {
            let written = match value.text() {
                Some(text) => text.to_owned(),
                None => value.json().to_string(),
            };
            let secret = ["authorization", "api-key", "x-api-key", "cookie"];
            match variable(&written) {
                Some(variable) => all.push((name.clone(), format!("${{{variable}}}"))),
                None if secret.contains(&name.to_lowercase().as_str()) => notes.dropped(
                    &value.at,
                    format!("the header `{name}`"),
                    "a secret is not taken over: write \"${VARIABLE}\" as its value in wording.toml",
                ),
                None => all.push((name.clone(), self.with_env(&written))),
            }
        }
        all
    }
}

/// Whether promptfoo calls a service at its own address, whatever the settings say.
fn keeps_its_address(name: &str) -> bool {
    ["deepseek", "perplexity", "xai"].contains(&name)
}

/// A setting that is a text and not empty.
pub(super) fn setting<'a>(config: Option<&'a Node>, key: &str) -> Option<&'a str> {
    let text = config?.get(key)?.text()?;
    (!text.is_empty()).then_some(text)
}

/// The variable with the key; a key itself is never taken over.
fn key_variable(config: Option<&Node>, known: Option<&str>, notes: &mut Notes) -> Option<String> {
    if let Some(name) = setting(config, "apiKeyEnvar") {
        return Some(name.to_owned());
    }
    let Some(node) = config.and_then(|config| config.get("apiKey")) else {
        return known.map(str::to_owned);
    };
    if let Some(name) = variable(node.text().unwrap_or_default()) {
        return Some(name);
    }
    let name = known.unwrap_or("API_KEY").to_owned();
    notes.changed(
        &node.at,
        "`apiKey`",
        format!("the key itself is not taken over: set the variable {name}"),
    );
    Some(name)
}

/// The variable that a value names: `${NAME}`, `$NAME`, `{{ env.NAME }}`.
fn variable(text: &str) -> Option<String> {
    let text = text.trim();
    let name = text
        .strip_prefix("${")
        .and_then(|t| t.strip_suffix('}'))
        .or_else(|| {
            let inside = text.strip_prefix("{{")?.strip_suffix("}}")?.trim();
            inside.strip_prefix("env.")
        })
        .or_else(|| text.strip_prefix('$'))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

/// A name for an endpoint of one's own.
fn host_name(url: &str) -> String {
    let host = url.split("://").nth(1).unwrap_or(url);
    let host = host.split(['/', ':', '?']).next().unwrap_or("local");
    match host {
        "localhost" | "127.0.0.1" | "0.0.0.0" => "local".into(),
        other => slug(other),
    }
}

/// USD per million tokens, where the settings say what a token costs.
pub(super) fn price(config: Option<&Node>) -> Option<(f64, f64)> {
    let get = |key: &str| config?.get(key)?.number();
    let each = get("cost");
    let input = get("inputCost").or(each)?;
    let output = get("outputCost").or(each)?;
    let million = |cost: f64| (cost * 1e12).round() / 1e6;
    Some((million(input), million(output)))
}
