//! The OpenAI-compatible wire: request and response types, client, sse, failure kinds, limits.
//!
//! One [`Client`] an endpoint. `send` makes exactly one attempt; the engine decides on retries.
use crate::model::{Completion, Failure, ModelRef, Params, Prompt};
use crate::project::EndpointSpec;
use bytes::Bytes;
use std::time::Duration;

/// Stub error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EndpointError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

/// A request ready to be sent.
#[derive(Debug, Clone)]
pub struct WireRequest {
    /// The JSON body, without `stream`.
    pub body: Bytes,
    /// Whether to stream.
    pub stream: bool,
}

/// A piece of an answer as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta<'a> {
    /// Text of the answer.
    Text(&'a str),
    /// Reasoning, kept apart.
    Reasoning(&'a str),
}

/// What one attempt came to when it failed.
#[derive(Debug, Clone)]
pub struct AttemptFailure {
    /// The failure as it would stand if this was the last attempt.
    pub failure: Failure,
    /// Whether another attempt makes sense.
    pub retry: bool,
    /// How long the endpoint asked to wait, capped.
    pub retry_after: Option<Duration>,
    /// Whether the whole endpoint should slow down (429, 503, timeouts).
    pub slow_down: bool,
}

/// A client of one endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    _spec: std::sync::Arc<EndpointSpec>,
}

impl Client {
    /// Make a client: resolves the key and headers from the environment (the error names the variable).
    pub fn new(_spec: &EndpointSpec) -> Result<Client, EndpointError> {
        unimplemented!()
    }
    /// What the endpoint is to the store: its base URL without secrets, or `demo/1` for the built-in one.
    pub fn identity(&self) -> &str {
        unimplemented!()
    }
    /// The request for a prompt: model, messages (or prompt), params; nothing the user did not set.
    pub fn request(
        &self,
        _model: &str,
        _prompt: &Prompt,
        _params: &Params,
        _stream: bool,
    ) -> WireRequest {
        unimplemented!()
    }
    /// One attempt. `on_delta` is called for each piece of a stream.
    pub async fn send(
        &self,
        _request: &WireRequest,
        _on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Completion, AttemptFailure> {
        unimplemented!()
    }
    /// The models that the endpoint lists.
    pub async fn models(&self) -> Result<Vec<String>, AttemptFailure> {
        unimplemented!()
    }
    /// Which model a name asks for is the model part.
    pub fn model_name(model: &ModelRef) -> &str {
        &model.model
    }
}
