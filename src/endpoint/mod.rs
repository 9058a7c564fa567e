//! The OpenAI-compatible wire: request and response types, client, server-sent events, failure kinds, limits.
//!
//! One [`Client`] an endpoint. [`Client::send`] makes exactly one attempt; the engine decides on retries, with
//! [`Limits`] saying when the next request may go. Knows no experiment and no score.

mod base_url;
mod client;
mod embed;
mod failure;
mod limits;
mod request;
mod response;
mod sse;

pub use base_url::BaseUrl;
pub use client::{Client, EndpointError};
pub use failure::{AttemptFailure, backoff};
pub use limits::{Limits, Permit};
pub use request::WireRequest;
pub use response::Delta;
pub use sse::{SseEvent, SseParser};
