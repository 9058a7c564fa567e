//! Operations of a server besides completions: lists of models, embeddings, files, batches, and what it says of itself.

use super::{
    AttemptFailure,
    http::{HttpLink, read_all},
    incoming::malformed,
    reception::MOST_BYTES,
};
use crate::model::FailureKind;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use std::time::Duration;

/// Bytes a second of an upload: what is longer has more time.
const SLOWEST: u64 = 250_000;

/// What a server says of itself comes at once, or is done without.
const BESIDE_LIMIT: Duration = Duration::from_secs(5);

impl HttpLink {
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
}
