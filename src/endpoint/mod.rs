//! The wire: request and response types of OpenAI-compatible servers and of programs, client, server-sent events, failure
//! kinds, limits.
//!
//! One [`Client`] an endpoint. [`Client::send`] makes exactly one attempt; the engine decides on retries, with
//! `Limits` saying when the next request may go. Knows no experiment and no score.

mod answer;
mod base_url;
mod batches;
mod client;
mod content;
mod control;
mod descriptors;
mod embed;
mod error;
mod error_body;
mod failure;
mod http;
mod http_failures;
mod http_operations;
mod incoming;
mod lenient;
mod limits;
mod listing;
mod local_server;
mod own_limit;
mod page;
mod parts;
mod probe;
mod program;
mod quirks;
mod reception;
mod relaxed;
mod reply;
mod request;
mod response;
mod responses_api;
mod secrets;
mod sse;
mod stop;
mod tool_calls;
mod transport;
mod tuning;
mod usage;
mod validation;
mod wait;

pub use crate::retry::{AttemptFailure, EndpointChange};
pub use base_url::BaseUrl;
pub use batches::Batch;
pub use client::{Client, identity, read_completion};
pub(crate) use control::Attempts;
pub use descriptors::{max_connections, raise_descriptor_limit};
pub use error::EndpointError;
pub(crate) use limits::{Limits, ModelLimits, Permit};
pub use listing::ModelListing;
pub use local_server::{LocalServer, ServerProgram};
pub(crate) use parts::wire_messages;
pub use probe::{Feature, Probe, Support, VariedParam};
pub use program::{ToolProgram, ToolSlot, tool_command_identity};
pub use reception::{LargeAnswerPermit, Received};
pub use request::{RESPONSE_FORMAT, RequestContents, RowFields, WireRequest};
pub use response::Delta;
pub(crate) use responses_api::flat_function;
pub use sse::{SseEvent, SseParser};
pub use transport::{environment_variables, replace_variables};
pub use tuning::{TuningEvent, TuningJob, TuningRequest};
