//! The address of an endpoint, in all the shapes in which people write it.

use super::secrets::holds_secret;
use std::net::IpAddr;

/// A base URL made sense of: with or without `/v1`, a trailing slash, or a whole `…/chat/completions` or `…/responses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    base: String,
    query: Option<String>,
}

impl BaseUrl {
    /// Make sense of what was written. A bare host gets `/v1`; any other path is kept.
    pub fn new(written: &str) -> BaseUrl {
        let (path, query) = match written.trim().split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (written.trim(), None),
        };
        let mut base = path.trim_end_matches('/').to_owned();
        for end in [
            "/chat/completions",
            "/completions",
            "/responses",
            "/embeddings",
            "/models",
        ] {
            if let Some(rest) = base.strip_suffix(end) {
                base = rest.to_owned();
                break;
            }
        }
        let after_scheme = base.find("://").map_or(0, |i| i + 3);
        if !base[after_scheme..].contains('/') {
            base.push_str("/v1");
        }
        BaseUrl { base, query }
    }

    /// The address without an operation and without parameters.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The address of an operation, such as `chat/completions`.
    pub fn operation(&self, name: &str) -> String {
        match &self.query {
            Some(query) => format!("{}/{name}?{query}", self.base),
            None => format!("{}/{name}", self.base),
        }
    }

    /// The address of something that servers have beside `/v1`, such as `props`.
    pub(super) fn beside(&self, path: &str) -> String {
        let root = self.base.strip_suffix("/v1").unwrap_or(&self.base);
        format!("{root}/{path}")
    }

    /// Host, and port where one is written.
    pub fn host(&self) -> Option<String> {
        let url = reqwest::Url::parse(&self.base).ok()?;
        let host = url.host_str()?;
        Some(match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }

    /// Whether this is an address of Azure's, which takes the key in a header of its own: its hosts, and the shape of
    /// its deployments behind a gateway.
    pub(crate) fn is_azure(&self) -> bool {
        let after_scheme = self.base.find("://").map_or(0, |i| i + 3);
        let (host, path) = self.base[after_scheme..]
            .split_once('/')
            .unwrap_or((&self.base[after_scheme..], ""));
        let host = host.rsplit('@').next().unwrap_or("");
        let host = host.split(':').next().unwrap_or("");
        host.ends_with(".azure.com") || format!("/{path}/").contains("/openai/deployments/")
    }

    /// Whether the connection is without TLS.
    pub(super) fn is_plain(&self) -> bool {
        reqwest::Url::parse(&self.base).is_ok_and(|url| url.scheme() == "http")
    }

    /// Whether the server is this machine or in a private network.
    pub(crate) fn is_nearby(&self) -> bool {
        let Ok(url) = reqwest::Url::parse(&self.base) else {
            return false;
        };
        let host = url.host_str().unwrap_or("");
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
            Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
            Err(_) => {
                host == "localhost" || host.ends_with(".localhost") || host.ends_with(".local")
            }
        }
    }

    /// What in it no message may show: the password, and parts of the query that hold a key.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let after_scheme = self.base.find("://").map_or(0, |i| i + 3);
        let host = self.base[after_scheme..].split('/').next().unwrap_or("");
        let password = host
            .rsplit_once('@')
            .and_then(|(user, _)| Some(user.split_once(':')?.1.to_owned()));
        let query = self.query.as_deref().unwrap_or("").split('&');
        let keys = query
            .filter_map(|part| part.split_once('='))
            .filter(|(name, _)| holds_secret(name))
            .map(|(_, value)| value.to_owned());
        password.into_iter().chain(keys).collect()
    }

    /// The address without the query and without user and password: fit for the store and for messages.
    pub fn public(&self) -> String {
        let Some((scheme, rest)) = self.base.split_once("://") else {
            return self.base.clone();
        };
        let host_end = rest.find('/').unwrap_or(rest.len());
        let host = rest[..host_end].rsplit('@').next().unwrap_or("");
        format!("{scheme}://{host}{}", &rest[host_end..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_leads_to_the_same_operation() {
        for written in [
            "http://h:8000",
            "http://h:8000/",
            "http://h:8000/v1",
            "http://h:8000/v1/",
            "http://h:8000/v1/chat/completions",
            " http://h:8000/v1/completions ",
            "http://h:8000/v1/responses",
        ] {
            assert_eq!(
                BaseUrl::new(written).operation("chat/completions"),
                "http://h:8000/v1/chat/completions"
            );
        }
        assert_eq!(
            BaseUrl::new("https://g/v1beta/openai").operation("models"),
            "https://g/v1beta/openai/models"
        );
        let azure = BaseUrl::new("https://n/openai/deployments/d?api-version=1&key=secret");
        assert_eq!(
            azure.operation("models"),
            "https://n/openai/deployments/d/models?api-version=1&key=secret"
        );
        assert_eq!(azure.public(), "https://n/openai/deployments/d");
        assert_eq!(azure.secrets(), ["secret"]);
        let with_password = BaseUrl::new("http://me:pw@h/v1");
        assert_eq!(with_password.public(), "http://h/v1");
        assert_eq!(with_password.secrets(), ["pw"]);
    }

    #[test]
    fn azure_is_known_by_host_or_shape() {
        for (written, azure) in [
            ("https://n.openai.azure.com/openai/v1", true),
            ("https://me@n.services.ai.azure.com:443/openai/v1", true),
            (
                "https://gateway.example/x/openai/deployments/d?api-version=1",
                true,
            ),
            ("https://api.openai.com/v1", false),
            ("https://azure.com.example/v1", false),
            ("https://api.groq.com/openai/v1", false),
        ] {
            assert_eq!(BaseUrl::new(written).is_azure(), azure, "{written}");
        }
    }
}
