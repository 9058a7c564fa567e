//! An endpoint that is a server: one attempt at a time over HTTP, streamed or not.

use super::{
    AttemptFailure, BaseUrl, Delta, EndpointError, WireRequest,
    incoming::{Incoming, looks_like_events, read_body},
    quirks::{RequestShape, ServerQuirks},
    reception::Reception,
    reply::Reply,
    response::DeltaSink,
    secrets::Secrets,
    stop::end_at_stop,
    transport::{Transport, root_cause},
};
use crate::{
    model::FailureKind,
    project::{Api, EndpointSpec},
};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, LOCATION};
use std::time::Duration;

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
    pub(super) spec: EndpointSpec,
    pub(super) transport: Transport,
    pub(super) base: BaseUrl,
    operation: reqwest::Url,
    pub(super) learned: ServerQuirks,
}

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

    fn request_id(&self, headers: &HeaderMap) -> Option<Box<str>> {
        let id = REQUEST_IDS.iter().find_map(|name| headers.get(name))?;
        let id: String = id.to_str().ok()?.chars().take(200).collect();
        Some(self.transport.secrets.message(&id).into())
    }
}

/// A body of at most so many bytes.
pub(super) async fn read_all(
    response: &mut reqwest::Response,
    most: usize,
) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| root_cause(&e))? {
        if all.len() + chunk.len() > most {
            return Err(format!("more than {most} bytes"));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}
