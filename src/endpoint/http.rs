//! An endpoint that is a server: one attempt at a time over HTTP, streamed or not, and its other operations.

use super::{
    AttemptFailure, BaseUrl, Delta, EndpointError, WireRequest,
    incoming::{Incoming, looks_like_events, malformed, read_body},
    quirks::{RequestShape, ServerQuirks},
    reception::{Interruption, MOST_BYTES, Reception},
    reply::Reply,
    response::DeltaSink,
    secrets::Secrets,
    stop::end_at_stop,
    transport::{Transport, root_cause},
};
use crate::{
    model::{FailureKind, STREAM_CUTS},
    project::{Api, EndpointSpec},
};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, LOCATION};
use serde_json::Value;
use std::time::Duration;

/// Bytes a second of an upload: what is longer has more time.
const SLOWEST: u64 = 250_000;

/// Headers in which servers name a request, the likeliest first.
static REQUEST_IDS: [HeaderName; 7] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("openai-request-id"),
    HeaderName::from_static("apim-request-id"),
    HeaderName::from_static("x-ms-request-id"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-litellm-call-id"),
];

/// A server, and what was learned of it.
#[derive(Debug)]
pub(super) struct HttpLink {
    spec: EndpointSpec,
    transport: Transport,
    base: BaseUrl,
    operation: reqwest::Url,
    pub(super) learned: ServerQuirks,
}

/// What a server says of itself comes at once, or is done without.
const BESIDE_LIMIT: Duration = Duration::from_secs(5);

impl HttpLink {
    /// Resolves the key and headers from the environment (the error names the variable).
    pub(super) fn new(spec: &EndpointSpec) -> Result<HttpLink, EndpointError> {
        let transport = Transport::new(spec)?;
        let base = BaseUrl::new(&spec.base_url);
        let operation = base.operation(match spec.api {
            Api::Completions => "completions",
            Api::Responses => "responses",
            Api::Chat | Api::Lines => "chat/completions",
        });
        let operation = reqwest::Url::parse(&operation).map_err(|e| EndpointError::Setup {
            endpoint: spec.name.clone(),
            message: format!("`{}` is not an address: {e}", base.public()),
        })?;
        Ok(HttpLink {
            spec: spec.clone(),
            transport,
            base,
            operation,
            learned: ServerQuirks::default(),
        })
    }

    pub(super) fn secrets(&self) -> &Secrets {
        &self.transport.secrets
    }

    /// One attempt, and a second one where the first was refused for a format that may be left out.
    pub(super) async fn send_within(
        &self,
        limit: Duration,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Reply, AttemptFailure> {
        let shape = self.learned.shape(model, request);
        let mut reply = self.exchange(limit, model, request, on_delta).await;
        // A format that we added ourselves costs no attempt.
        let is_other = || shape != self.learned.shape(model, request);
        if reply.is_err() && request.is_format_optional && is_other() {
            reply = self.exchange(limit, model, request, on_delta).await;
        }
        reply
    }

    /// One attempt, and how many choices came.
    pub(super) async fn exchange(
        &self,
        limit: Duration,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Reply, AttemptFailure> {
        let mut reception = Reception::new(limit);
        let shape = self.learned.shape(model, request);
        let mut request_id = None;
        let mut sink = DeltaSink {
            secrets: &self.transport.secrets,
            on_delta,
        };
        let attempt = self.attempt(
            model,
            request,
            shape,
            &mut sink,
            &mut reception,
            &mut request_id,
        );
        match attempt.await {
            Ok(mut reply) => {
                reply.completion.latency_ms = reception.took().as_secs_f64() * 1e3;
                reply.completion.request_id = request_id;
                end_at_stop(&mut reply.completion, request);
                reply.permit = reception.into_permit();
                Ok(reply)
            }
            Err(mut failed) => {
                failed.failure.trace.request_id = request_id;
                failed.failure.trace.took = reception.took();
                let learned = &self.learned;
                if learned.refused(&failed.failure, model, request, shape) {
                    failed.retry = true;
                    failed.retry_after = Some(Duration::ZERO);
                }
                Err(failed)
            }
        }
    }

    async fn attempt(
        &self,
        model: &str,
        request: &WireRequest,
        shape: RequestShape,
        sink: &mut DeltaSink<'_>,
        reception: &mut Reception,
        request_id: &mut Option<Box<str>>,
    ) -> Result<Reply, AttemptFailure> {
        let mut post = reqwest::Request::new(reqwest::Method::POST, self.operation.clone());
        *post.headers_mut() = self.transport.headers.clone();
        *post.body_mut() = Some(shape.bytes(request).into());
        let post = reception.within(self.transport.http.execute(post));
        let response = match self.spec.first_byte_timeout {
            Some(limit) => tokio::time::timeout(limit, post).await.map_err(|_| {
                AttemptFailure::network(
                    FailureKind::Timeout,
                    format!("no first byte within {limit:?} (`first_byte_timeout`)"),
                )
            })?,
            None => post.await,
        };
        let mut response = response
            .map_err(|interruption| self.interrupted(interruption))?
            .map_err(|e| self.network(&e))?;
        *request_id = self.request_id(response.headers());
        let status = response.status();
        if status.is_redirection()
            && let Some(to) = response.headers().get(LOCATION)
        {
            let to = BaseUrl::new(&String::from_utf8_lossy(to.as_bytes())).public();
            let message = format!(
                "{} moved to {}; put that address into base_url of endpoint `{}`",
                self.base.public(),
                self.transport.secrets.message(&to),
                self.spec.name
            );
            return Err(AttemptFailure::moved(status.as_u16(), &message));
        }
        if !status.is_success() {
            let headers = response.headers().clone();
            let body = reception
                .within(read_all(&mut response, 1 << 20))
                .await
                .unwrap_or_else(|_| Ok(Vec::new()))
                .unwrap_or_default();
            return Err(self.refusal(status.as_u16(), &headers, &body));
        }
        let mut incoming = Incoming::new(reception.started());
        let is_stream = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| v.to_ascii_lowercase().starts_with("text/event-stream"));
        if is_stream {
            while !incoming.is_over() {
                match reception.chunk(&mut response).await {
                    Ok(Some(bytes)) => incoming.push(&bytes, sink),
                    Ok(None) => {
                        incoming.end(sink);
                        break;
                    }
                    // The answer had come to its end, if the connection had not.
                    Err(_) if incoming.is_complete() => break,
                    Err(interruption) => return Err(self.interrupted(interruption)),
                }
            }
        } else {
            let bytes = reception
                .rest(&mut response)
                .await
                .map_err(|interruption| self.interrupted(interruption))?;
            if !looks_like_events(&bytes) {
                let assembly = read_body(&bytes, sink).map_err(|failed| self.hint(failed))?;
                return Ok(Reply::new(assembly, model, sink, None));
            }
            incoming.push(&bytes, sink);
            incoming.end(sink);
        }
        let first = incoming.first_token_ms;
        let open_call = incoming.assembly.open_call().map(str::to_owned);
        match incoming.finish(sink.secrets) {
            Ok(assembly) => {
                self.learned.stream_ended(true);
                Ok(Reply::new(assembly, model, sink, first))
            }
            Err(Some(failed)) => Err(self.hint(failed)),
            Err(None) => Err(self.unfinished(open_call.as_deref())),
        }
    }

    /// A stream that ended without a finish reason, though the connection was not lost.
    fn unfinished(&self, open_call: Option<&str>) -> AttemptFailure {
        let mut message = match open_call {
            Some(tool) => {
                let tool = self.transport.secrets.message(tool);
                format!("the stream ended inside a call of the tool `{tool}`")
            }
            None => "the stream ended without a finish reason".to_owned(),
        };
        if let Some(streams) = self.learned.stream_ended(false) {
            let name = &self.spec.name;
            message =
                format!("{message}, {streams} times so far: {STREAM_CUTS} (endpoint `{name}`)");
        }
        AttemptFailure::network(FailureKind::Cut, message)
    }

    /// The entries of the list of models.
    pub(super) async fn model_list(&self) -> Result<Vec<Value>, AttemptFailure> {
        let url = self.base.operation("models");
        let mut value = self.fetch(self.transport.http.get(url)).await?;
        let list = value.get_mut("data").map(Value::take).unwrap_or(value);
        Ok(match list {
            Value::Array(list) => list,
            _ => Vec::new(),
        })
    }

    /// One attempt at another operation of the endpoint, such as `embeddings`: what it answers.
    pub(super) async fn call(
        &self,
        operation: &str,
        body: &Value,
    ) -> Result<Value, AttemptFailure> {
        let url = self.base.operation(operation);
        let post = self.transport.http.post(url);
        self.fetch(post.body(body.to_string())).await
    }

    /// What a server says beside the operations of its interface; with a body, posted. `None` where it has no such thing.
    pub(super) async fn beside(&self, path: &str, body: Option<&Value>) -> Option<Value> {
        let transport = &self.transport;
        let url = self.base.beside(path);
        let request = match body {
            Some(body) => transport.http.post(url).body(body.to_string()),
            None => transport.http.get(url),
        };
        let headers = transport.headers.clone();
        let said = self.fetch_with(request, headers, BESIDE_LIMIT).await;
        said.ok()
    }

    async fn fetch(&self, request: reqwest::RequestBuilder) -> Result<Value, AttemptFailure> {
        let headers = self.transport.headers.clone();
        self.fetch_with(request, headers, self.spec.timeout).await
    }

    async fn fetch_with(
        &self,
        request: reqwest::RequestBuilder,
        headers: HeaderMap,
        limit: Duration,
    ) -> Result<Value, AttemptFailure> {
        let transport = &self.transport;
        let request = request.headers(headers).timeout(limit);
        let mut response = request.send().await.map_err(|e| self.network(&e))?;
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = read_all(&mut response, MOST_BYTES)
            .await
            .map_err(|e| self.cut(&e))?;
        if !status.is_success() {
            return Err(self.refusal(status.as_u16(), &headers, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|e| malformed(&bytes, &e, &transport.secrets))
    }

    /// An operation with a body of some kind, or without one.
    pub(super) async fn operate(
        &self,
        method: reqwest::Method,
        operation: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Value, AttemptFailure> {
        let transport = &self.transport;
        let url = self.base.operation(operation);
        let mut headers = transport.headers.clone();
        let mut request = transport.http.request(method, url);
        let mut limit = self.spec.timeout;
        if let Some((kind, bytes)) = body {
            if let Ok(kind) = kind.parse() {
                headers.insert(CONTENT_TYPE, kind);
            }
            limit += Duration::from_secs(bytes.len() as u64 / SLOWEST);
            request = request.body(bytes);
        }
        self.fetch_with(request, headers, limit).await
    }

    /// Download an operation of any length, piece by piece to `take`, which says whether to continue. The timeout holds for
    /// each piece.
    pub(super) async fn download(
        &self,
        operation: &str,
        take: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> Result<(), AttemptFailure> {
        let transport = &self.transport;
        let limit = self.spec.timeout;
        let late = || {
            AttemptFailure::network(
                FailureKind::Timeout,
                format!(
                    "nothing came within {limit:?} (`timeout` of endpoint `{}`)",
                    self.spec.name
                ),
            )
        };
        let request = transport.http.get(self.base.operation(operation));
        let sent = request.headers(transport.headers.clone()).send();
        let mut response = match tokio::time::timeout(limit, sent).await {
            Ok(response) => response.map_err(|e| self.network(&e))?,
            Err(_) => return Err(late()),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            let bytes = read_all(&mut response, MOST_BYTES)
                .await
                .map_err(|e| self.cut(&e))?;
            return Err(self.refusal(status.as_u16(), &headers, &bytes));
        }
        loop {
            match tokio::time::timeout(limit, response.chunk()).await {
                Ok(Ok(Some(bytes))) if take(&bytes) => {}
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) => return Err(self.network(&error)),
                Err(_) => return Err(late()),
            }
        }
    }

    fn request_id(&self, headers: &HeaderMap) -> Option<Box<str>> {
        let id = REQUEST_IDS.iter().find_map(|name| headers.get(name))?;
        let id: String = id.to_str().ok()?.chars().take(200).collect();
        Some(self.transport.secrets.message(&id).into())
    }

    fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> AttemptFailure {
        let body = String::from_utf8_lossy(body);
        let secrets = &self.transport.secrets;
        self.hint(AttemptFailure::status(status, headers, &body, secrets))
    }

    fn network(&self, error: &reqwest::Error) -> AttemptFailure {
        let at = self.base.public();
        let cause = self.transport.secrets.message(&root_cause(error));
        let name = &self.spec.name;
        if error.is_connect() && cause.contains("certificate") {
            return AttemptFailure::untrusted(&format!(
                "the certificate of {at} is not trusted ({cause}); where an authority of your own signed it, name its PEM file in ca_file of endpoint `{name}`"
            ));
        }
        if error.is_connect() && cause.contains("Too many open files") {
            return AttemptFailure::network(
                FailureKind::Connect,
                format!(
                    "no connection to {at}: this process may not open more files; lower max_in_flight of endpoint `{name}`, or raise `ulimit -n`"
                ),
            );
        }
        if error.is_connect() {
            return AttemptFailure::network(
                FailureKind::Connect,
                format!(
                    "{at} does not answer ({cause}); is the server running, and is base_url of endpoint `{name}` right?"
                ),
            );
        }
        if error.is_timeout() {
            return AttemptFailure::network(FailureKind::Timeout, format!("{at}: {cause}"));
        }
        self.cut(&cause)
    }

    fn interrupted(&self, interruption: Interruption) -> AttemptFailure {
        match interruption {
            Interruption::Cut(cause) => self.cut(&cause),
            Interruption::Late(limit) => AttemptFailure::network(
                FailureKind::Timeout,
                format!(
                    "no complete answer within {limit:?} (`timeout` of endpoint `{}`)",
                    self.spec.name
                ),
            ),
        }
    }

    fn cut(&self, cause: &str) -> AttemptFailure {
        AttemptFailure::network(
            FailureKind::Cut,
            format!(
                "{} closed the connection inside the answer ({})",
                self.base.public(),
                self.transport.secrets.message(cause)
            ),
        )
    }

    /// Say what to do where the user can do something.
    fn hint(&self, mut failed: AttemptFailure) -> AttemptFailure {
        let hint = match failed.failure.kind {
            FailureKind::Auth => match &self.spec.api_key_env {
                Some(name) => format!("is the key in {name} right?"),
                None => format!("does endpoint `{}` need api_key_env?", self.spec.name),
            },
            FailureKind::NotFound => format!(
                "does {} offer this model? See `wording models {}`",
                self.base.public(),
                self.spec.name
            ),
            FailureKind::Quota => "the account has no quota left".into(),
            _ => return failed,
        };
        failed.failure.message =
            format!("{}; {hint}", failed.failure.message.trim_end_matches('.'));
        failed
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
