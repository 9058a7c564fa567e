//! A client of one endpoint: one attempt at a time, streamed or not.

use super::{
    AttemptFailure, BaseUrl, Delta, SseParser, WireRequest,
    response::{Answer, Assembly},
};
use crate::{
    model::{Completion, FailureKind, Params, Prompt},
    project::{Api, EndpointSpec},
};
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Largest body that is read, in bytes.
const MOST_BYTES: usize = 64 << 20;

/// Why a client cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EndpointError {
    /// A variable that should hold a secret is not set.
    #[error(
        "the environment variable {variable} is not set; endpoint `{endpoint}` needs it ({what}). Set it, for example: export {variable}=…"
    )]
    Unset {
        /// Which variable.
        variable: String,
        /// Whose.
        endpoint: String,
        /// `api_key_env`, or which header.
        what: String,
    },
    /// A header that HTTP does not allow.
    #[error(
        "header `{name}` of endpoint `{endpoint}` cannot be sent: names are letters, digits and dashes, values have no line ends"
    )]
    Header {
        /// Which.
        name: String,
        /// Whose.
        endpoint: String,
    },
    /// The address makes no sense, or TLS cannot be set up.
    #[error("endpoint `{endpoint}` cannot be used: {message}")]
    Setup {
        /// Which.
        endpoint: String,
        /// Why.
        message: String,
    },
}

/// A client of one endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    spec: EndpointSpec,
    http: reqwest::Client,
    base: BaseUrl,
    operation: reqwest::Url,
    headers: HeaderMap,
    key: Option<SecretString>,
    identity: String,
    no_stream_options: AtomicBool,
    max_completion_tokens: AtomicBool,
}

impl Client {
    /// Make a client: resolves the key and headers from the environment (the error names the variable).
    pub fn new(spec: &EndpointSpec) -> Result<Client, EndpointError> {
        let setup = |message: String| EndpointError::Setup {
            endpoint: spec.name.clone(),
            message,
        };
        let unset = |variable: &str, what: String| EndpointError::Unset {
            variable: variable.to_owned(),
            endpoint: spec.name.clone(),
            what,
        };
        let key = match &spec.api_key_env {
            Some(name) => match std::env::var(name) {
                Ok(key) if !key.trim().is_empty() => {
                    Some(SecretString::from(key.trim().to_owned()))
                }
                _ => return Err(unset(name, "api_key_env".into())),
            },
            None => None,
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let bad = |name: &str| EndpointError::Header {
            name: name.to_owned(),
            endpoint: spec.name.clone(),
        };
        if let Some(key) = &key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
                .map_err(|_| bad("authorization"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
            if spec.base_url.contains(".openai.azure.com") {
                let mut value =
                    HeaderValue::from_str(key.expose_secret()).map_err(|_| bad("api-key"))?;
                value.set_sensitive(true);
                headers.insert(HeaderName::from_static("api-key"), value);
            }
        }
        for (name, value) in &spec.headers {
            let value =
                resolve(value).map_err(|variable| unset(&variable, format!("header `{name}`")))?;
            let header: HeaderName = name.parse().map_err(|_| bad(name))?;
            let mut value = HeaderValue::from_str(&value).map_err(|_| bad(name))?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        // Installed once for the process; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("wording/", env!("CARGO_PKG_VERSION")))
            .tcp_nodelay(true)
            .pool_max_idle_per_host(usize::MAX)
            // What is asked elsewhere is asked of somebody else: the user should know.
            .redirect(reqwest::redirect::Policy::none())
            // Trials are tried again by the engine, which counts them.
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(10).min(spec.timeout));
        if spec.demo {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|e| setup(chain(&e)))?;
        let base = BaseUrl::new(&spec.base_url);
        let operation = base.operation(match spec.api {
            Api::Chat => "chat/completions",
            Api::Completions => "completions",
        });
        let operation = reqwest::Url::parse(&operation)
            .map_err(|e| setup(format!("`{}` is not an address: {e}", base.public())))?;
        let identity = if spec.demo {
            "demo/1".to_owned()
        } else {
            base.public()
        };
        Ok(Client {
            inner: Arc::new(Inner {
                spec: spec.clone(),
                http,
                base,
                operation,
                headers,
                key,
                identity,
                no_stream_options: AtomicBool::new(false),
                max_completion_tokens: AtomicBool::new(false),
            }),
        })
    }

    /// What it was made from.
    pub fn spec(&self) -> &EndpointSpec {
        &self.inner.spec
    }

    /// What the endpoint is to the store: its base URL without secrets, or `demo/1` for the built-in one.
    pub fn identity(&self) -> &str {
        &self.inner.identity
    }

    /// The request for a prompt: model, messages (or prompt), params; nothing the user did not set.
    pub fn request(
        &self,
        model: &str,
        prompt: &Prompt,
        params: &[&Params],
        stream: bool,
    ) -> WireRequest {
        WireRequest::new(self.inner.spec.api, model, prompt, params, stream)
    }

    /// One attempt. `on_delta` is called for each piece of a stream. `model` is the name that was asked for.
    pub async fn send(
        &self,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Completion, AttemptFailure> {
        let limit = self.inner.spec.timeout;
        match tokio::time::timeout(limit, self.attempt(model, request, on_delta)).await {
            Ok(result) => result.map_err(|f| self.adapt(f, request)),
            Err(_) => Err(AttemptFailure::network(
                FailureKind::Timeout,
                format!(
                    "no complete answer within {limit:?} (`timeout` of endpoint `{}`)",
                    self.inner.spec.name
                ),
            )),
        }
    }

    async fn attempt(
        &self,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Completion, AttemptFailure> {
        let started = Instant::now();
        let ms = |since: Instant| since.elapsed().as_secs_f64() * 1e3;
        let mut body = request.bytes(!self.inner.no_stream_options.load(Ordering::Relaxed));
        if self.inner.max_completion_tokens.load(Ordering::Relaxed) {
            body = rename_max_tokens(body);
        }
        let mut post = reqwest::Request::new(reqwest::Method::POST, self.inner.operation.clone());
        *post.headers_mut() = self.inner.headers.clone();
        *post.body_mut() = Some(body.into());
        let post = self.inner.http.execute(post);
        let response = match self.inner.spec.first_byte_timeout {
            Some(limit) => tokio::time::timeout(limit, post).await.map_err(|_| {
                AttemptFailure::network(
                    FailureKind::Timeout,
                    format!("no first byte within {limit:?} (`first_byte_timeout`)"),
                )
            })?,
            None => post.await,
        };
        let mut response = response.map_err(|e| self.network(&e))?;
        let status = response.status();
        if status.is_redirection()
            && let Some(to) = response.headers().get(LOCATION)
        {
            let to = self.redact(&String::from_utf8_lossy(to.as_bytes()));
            let message = format!(
                "{} moved to {to}; put that address into base_url of endpoint `{}`",
                self.inner.base.public(),
                self.inner.spec.name
            );
            return Err(AttemptFailure::moved(status.as_u16(), &message));
        }
        if !status.is_success() {
            let headers = response.headers().clone();
            let body = read_all(&mut response, 1 << 20).await.unwrap_or_default();
            return Err(self.hint(AttemptFailure::status(
                status.as_u16(),
                &headers,
                &self.redact(&String::from_utf8_lossy(&body)),
            )));
        }
        let is_stream = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| v.starts_with("text/event-stream"));
        if !is_stream {
            let bytes = read_all(&mut response, MOST_BYTES)
                .await
                .map_err(|e| self.cut(&e))?;
            let answer: Answer =
                serde_json::from_slice(&bytes).map_err(|e| malformed(&bytes, &e))?;
            if let Some(error) = answer.error.as_ref().filter(|e| !e.is_null()) {
                return Err(self.hint(AttemptFailure::inside_stream(error)));
            }
            let mut assembly = Assembly::default();
            assembly.take(answer, on_delta);
            if !assembly.has_choice() {
                return Err(AttemptFailure::network(
                    FailureKind::Malformed,
                    "the answer has no `choices`",
                ));
            }
            return Ok(assembly.completion(Some(model), ms(started), None));
        }
        let mut parser = SseParser::default();
        let mut assembly = Assembly::default();
        let (mut first_token, mut done, mut wrong): (Option<f64>, bool, Option<AttemptFailure>) =
            (None, false, None);
        let mut read = 0;
        loop {
            let chunk = response
                .chunk()
                .await
                .map_err(|e| self.cut(&e.to_string()))?;
            let mut take = |event: super::SseEvent| {
                let data = event.data.trim();
                if data == "[DONE]" {
                    done = true;
                } else if !data.is_empty() && wrong.is_none() && !done {
                    match serde_json::from_str::<Answer>(data) {
                        Ok(answer) => match answer.error.as_ref().filter(|e| !e.is_null()) {
                            Some(error) => wrong = Some(AttemptFailure::inside_stream(error)),
                            None => assembly.take(answer, &mut |delta| {
                                first_token.get_or_insert_with(|| ms(started));
                                on_delta(delta);
                            }),
                        },
                        Err(error) => wrong = Some(malformed(data.as_bytes(), &error)),
                    }
                }
            };
            match chunk {
                Some(bytes) => {
                    read += bytes.len();
                    parser.push(&bytes, &mut take);
                }
                None => {
                    parser.finish(&mut take);
                    break;
                }
            }
            if done || wrong.is_some() || read > MOST_BYTES {
                break;
            }
        }
        if let Some(failure) = wrong {
            return Err(self.hint(failure));
        }
        if !(done || assembly.is_finished()) {
            return Err(self.cut("the stream ended without a finish reason"));
        }
        Ok(assembly.completion(Some(model), ms(started), first_token))
    }

    /// Learn from a refusal what this endpoint does not take, and try again without it.
    fn adapt(&self, mut failure: AttemptFailure, request: &WireRequest) -> AttemptFailure {
        let refused = matches!(failure.failure.status, Some(400 | 422));
        let message = &failure.failure.message;
        let learned = if refused && request.stream && message.contains("stream_options") {
            !self.inner.no_stream_options.swap(true, Ordering::Relaxed)
        } else if refused
            && message.contains("max_completion_tokens")
            && message.contains("max_tokens")
        {
            !self
                .inner
                .max_completion_tokens
                .swap(true, Ordering::Relaxed)
        } else {
            false
        };
        if learned {
            failure.retry = true;
            failure.retry_after = Some(Duration::ZERO);
        }
        failure
    }

    fn network(&self, error: &reqwest::Error) -> AttemptFailure {
        let at = self.inner.base.public();
        let cause = self.redact(&root_cause(error));
        if error.is_connect() {
            return AttemptFailure::network(
                FailureKind::Connect,
                format!(
                    "{at} does not answer ({cause}); is the server running, and is base_url of endpoint `{}` right?",
                    self.inner.spec.name
                ),
            );
        }
        if error.is_timeout() {
            return AttemptFailure::network(FailureKind::Timeout, format!("{at}: {cause}"));
        }
        self.cut(&cause)
    }

    fn cut(&self, cause: &str) -> AttemptFailure {
        AttemptFailure::network(
            FailureKind::Cut,
            format!(
                "{} closed the connection inside the answer ({})",
                self.inner.base.public(),
                self.redact(cause)
            ),
        )
    }

    /// Say what to do where the user can do something.
    fn hint(&self, mut failure: AttemptFailure) -> AttemptFailure {
        let hint = match failure.failure.kind {
            FailureKind::Auth => match &self.inner.spec.api_key_env {
                Some(name) => format!("is the key in {name} right?"),
                None => format!("does endpoint `{}` need api_key_env?", self.inner.spec.name),
            },
            FailureKind::NotFound => format!(
                "does {} offer this model? See `wording models {}`",
                self.inner.base.public(),
                self.inner.spec.name
            ),
            FailureKind::Quota => "the account has no quota left".into(),
            _ => return failure,
        };
        failure.failure.message =
            format!("{}; {hint}", failure.failure.message.trim_end_matches('.'));
        failure
    }

    /// A text without the key: some servers repeat it.
    fn redact(&self, text: &str) -> String {
        match &self.inner.key {
            Some(key) => text.replace(key.expose_secret(), "<key>"),
            None => text.to_owned(),
        }
    }

    /// The models that the endpoint lists.
    pub async fn models(&self) -> Result<Vec<String>, AttemptFailure> {
        let url = self.inner.base.operation("models");
        let value = self.exchange(self.inner.http.get(url)).await?;
        let list = value
            .get("data")
            .unwrap_or(&value)
            .as_array()
            .cloned()
            .unwrap_or_default();
        Ok(list
            .iter()
            .filter_map(|m| m.get("id").and_then(Value::as_str).map(str::to_owned))
            .collect())
    }

    /// One attempt at another operation of the endpoint, such as `embeddings`: what it answers.
    pub(super) async fn call(
        &self,
        operation: &str,
        body: &Value,
    ) -> Result<Value, AttemptFailure> {
        let url = self.inner.base.operation(operation);
        let body = body.to_string();
        self.exchange(self.inner.http.post(url).body(body)).await
    }

    async fn exchange(&self, asked: reqwest::RequestBuilder) -> Result<Value, AttemptFailure> {
        let asked = asked
            .headers(self.inner.headers.clone())
            .timeout(self.inner.spec.timeout);
        let mut response = asked.send().await.map_err(|e| self.network(&e))?;
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = read_all(&mut response, MOST_BYTES)
            .await
            .map_err(|e| self.cut(&e))?;
        if !status.is_success() {
            let body = self.redact(&String::from_utf8_lossy(&bytes));
            return Err(self.hint(AttemptFailure::status(status.as_u16(), &headers, &body)));
        }
        serde_json::from_slice(&bytes).map_err(|e| malformed(&bytes, &e))
    }
}

/// `${NAME}` replaced from the environment; the error is the name that is not set.
fn resolve(value: &str) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), value);
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}').map(|e| e + start) else {
            break;
        };
        let name = &rest[start + 2..end];
        out.push_str(&rest[..start]);
        out.push_str(&std::env::var(name).map_err(|_| name.to_owned())?);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn rename_max_tokens(body: Bytes) -> Bytes {
    let Ok(Value::Object(mut map)) = serde_json::from_slice(&body) else {
        return body;
    };
    match map.remove("max_tokens") {
        Some(n) => {
            map.insert("max_completion_tokens".into(), n);
            Value::Object(map).to_string().into()
        }
        None => body,
    }
}

async fn read_all(response: &mut reqwest::Response, most: usize) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| root_cause(&e))? {
        if all.len() + chunk.len() > most {
            return Err(format!("more than {most} bytes"));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

fn malformed(bytes: &[u8], error: &serde_json::Error) -> AttemptFailure {
    let start: String = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
    AttemptFailure::network(
        FailureKind::Malformed,
        format!("the answer is not what an OpenAI-compatible server sends ({error}): {start}"),
    )
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}
