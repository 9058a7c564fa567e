//! How an endpoint is reached: TLS, proxies, headers with the key. Knows nothing of requests and answers.
//!
//! HTTP/2 is offered where there is TLS; proxies are those of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`).

use super::{
    BaseUrl, EndpointError,
    secrets::{Secrets, holds_secret},
};
use crate::project::EndpointSpec;
use reqwest::{
    Certificate,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use std::{path::Path, time::Duration};

/// A connection pool of one endpoint, the headers of every request, and the secrets in them.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) headers: HeaderMap,
    pub(crate) secrets: Secrets,
}

impl Transport {
    /// Resolve key and headers from the environment and set up TLS; nothing is sent.
    pub(crate) fn new(spec: &EndpointSpec) -> Result<Transport, EndpointError> {
        let mut secrets = Secrets::default();
        for secret in BaseUrl::new(&spec.base_url).secrets() {
            secrets.add(&secret);
        }
        let headers = headers(spec, &mut secrets)?;
        let not_usable = |path: &Path, message: String| EndpointError::CaFile {
            path: path.to_path_buf(),
            endpoint: spec.name.clone(),
            message,
        };
        // Installed once for the process; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("wording/", env!("CARGO_PKG_VERSION")))
            .tcp_nodelay(true)
            .pool_max_idle_per_host(usize::MAX)
            // Another address may be another party: the user should know.
            .redirect(reqwest::redirect::Policy::none())
            // Trials are tried again by the engine, which counts them.
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(10).min(spec.timeout));
        if let Some(path) = &spec.ca_file {
            let certificates = authorities(path).map_err(|message| not_usable(path, message))?;
            http = http.tls_certs_merge(certificates);
        } else if !speaks_tls(spec) {
            // Those of the system are read from hundreds of files, and a small container has none.
            http = http.tls_certs_only([]);
        }
        if spec.demo {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|e| match &spec.ca_file {
            // An invalid certificate shows only here.
            Some(path) => not_usable(path, chain(&e)),
            None => EndpointError::Setup {
                endpoint: spec.name.clone(),
                message: chain(&e),
            },
        })?;
        Ok(Transport {
            http,
            headers,
            secrets,
        })
    }
}

/// Whether certificates have to be verified: those of the endpoint, or of a proxy before it.
fn speaks_tls(spec: &EndpointSpec) -> bool {
    let is_of_tls = |variable: &str| {
        let proxy = std::env::var(variable).unwrap_or_default();
        proxy.trim_start().to_ascii_lowercase().starts_with("https")
    };
    let proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    !BaseUrl::new(&spec.base_url).is_plain() || (!spec.demo && proxies.into_iter().any(is_of_tls))
}

fn headers(spec: &EndpointSpec, secrets: &mut Secrets) -> Result<HeaderMap, EndpointError> {
    let unset = |variable: &str, what: String| EndpointError::Unset {
        variable: variable.to_owned(),
        endpoint: spec.name.clone(),
        what,
    };
    let secret = |name: &str, value: &str| {
        let mut value = HeaderValue::from_str(value).map_err(|_| EndpointError::Header {
            name: name.to_owned(),
            endpoint: spec.name.clone(),
        })?;
        value.set_sensitive(true);
        Ok(value)
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(variable) = &spec.api_key_env {
        let key = std::env::var(variable).unwrap_or_default();
        let key = key.trim();
        if key.is_empty() {
            return Err(unset(variable, "api_key_env".into()));
        }
        secrets.add(key);
        if BaseUrl::new(&spec.base_url).is_azure() {
            headers.insert(HeaderName::from_static("api-key"), secret("api-key", key)?);
        } else {
            headers.insert(
                AUTHORIZATION,
                secret("authorization", &format!("Bearer {key}"))?,
            );
        }
    }
    for (name, written) in &spec.headers {
        let resolved =
            resolve(written).map_err(|variable| unset(&variable, format!("header `{name}`")))?;
        resolved.secrets.iter().for_each(|s| secrets.add(s));
        if holds_secret(name) {
            // `Bearer …`, `Basic …`, or the bare key.
            secrets.add(resolved.value.split_whitespace().last().unwrap_or(""));
        }
        let header: HeaderName = name.parse().map_err(|_| EndpointError::Header {
            name: name.clone(),
            endpoint: spec.name.clone(),
        })?;
        headers.insert(header, secret(name, &resolved.value)?);
    }
    Ok(headers)
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, String> {
    let pem = std::fs::read(path).map_err(|e| e.to_string())?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if certificates.is_empty() => Err("it holds no certificate".into()),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(chain(&error)),
    }
}

/// The variables of the environment that are sent to an endpoint, and what each is for.
pub fn environment_variables(spec: &EndpointSpec) -> Vec<(String, String)> {
    let key = spec.api_key_env.iter();
    let mut all: Vec<(String, String)> = key
        .map(|name| (name.clone(), format!("API key of `{}`", spec.name)))
        .collect();
    for (header, written) in &spec.headers {
        replace_variables(written, |name| {
            let used_for = format!("header `{header}` of `{}`", spec.name);
            all.push((name.to_owned(), used_for));
            String::new()
        });
    }
    all
}

/// A header's value, and what of it came from the environment.
struct Resolved {
    value: String,
    secrets: Vec<String>,
}

/// `${NAME}` replaced from the environment; the error is the name that is not set.
fn resolve(written: &str) -> Result<Resolved, String> {
    let (mut secrets, mut unset) = (Vec::new(), None);
    let value = replace_variables(written, |name| {
        let found = std::env::var(name).unwrap_or_else(|_| {
            unset.get_or_insert_with(|| name.to_owned());
            String::new()
        });
        secrets.push(found.clone());
        found
    });
    match unset {
        Some(name) => Err(name),
        None => Ok(Resolved { value, secrets }),
    }
}

/// The value of a header with something in the place of each `${NAME}`.
pub fn replace_variables(written: &str, mut replacement: impl FnMut(&str) -> String) -> String {
    let (mut value, mut rest) = (String::new(), written);
    while let Some((before, after)) = rest.split_once("${")
        && let Some((name, after)) = after.split_once('}')
    {
        value += before;
        value += &replacement(name);
        rest = after;
    }
    value + rest
}

/// An error with all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// The first cause of an error.
pub(crate) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}
