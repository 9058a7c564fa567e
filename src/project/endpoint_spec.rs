//! An endpoint as the project describes it: an address or a program, its limits, and what is known of its models.

use crate::{child_process::ProgramCommand, model::Price, source::SourcePlace};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// An OpenAI-compatible base URL with its key, limits and prices.
#[derive(Debug, Clone)]
pub struct EndpointSpec {
    pub name: String,
    /// As written; `endpoint::BaseUrl` makes sense of its shapes. Empty for the built-in `demo` until it is started.
    pub base_url: String,
    /// The program that answers in place of a server; `base_url` is empty then.
    pub program: Option<ProgramSpec>,
    /// Whether this is the built-in demo endpoint.
    pub demo: bool,
    /// Name of the environment variable that holds the key.
    pub api_key_env: Option<String>,
    /// Most requests on their way at once.
    pub max_in_flight: usize,
    /// In flight to each model at first; `None`: two where the server is nearby, else `max_in_flight`.
    pub start_in_flight: Option<usize>,
    /// Cap on requests a minute.
    pub requests_per_minute: Option<u64>,
    /// Cap on tokens a minute.
    pub tokens_per_minute: Option<u64>,
    /// For a whole request.
    pub timeout: Duration,
    /// Until the first byte of the answer.
    pub first_byte_timeout: Option<Duration>,
    /// Attempts after the first.
    pub retries: u32,
    /// Most texts in one request for embeddings; fewer are sent where the server refuses so many.
    pub embeddings_per_request: usize,
    /// A run ends when the endpoint has not answered for so long.
    pub give_up: Duration,
    /// Chat completions, plain ones or responses.
    pub api: Api,
    /// Whether to stream; `None`: in the session yes, in batch runs no.
    pub stream: Option<bool>,
    /// Headers to add; values may be `${ENV_NAME}`, resolved when the client is made.
    pub headers: Vec<(String, String)>,
    /// PEM file of certificate authorities to trust beside those of the system; absolute.
    pub ca_file: Option<PathBuf>,
    /// What is known of its models, by name.
    pub models: BTreeMap<String, ModelSpec>,
}

impl EndpointSpec {
    /// Whether a cap in dollars needs the price of its models: the demo endpoint is free, and a program reports what it costs.
    pub fn needs_price(&self) -> bool {
        !self.demo && self.program.is_none()
    }

    /// An endpoint at this address, everything else as by default.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>) -> EndpointSpec {
        let base_url = base_url.into();
        EndpointSpec {
            name: name.into(),
            program: None,
            demo: false,
            api_key_env: None,
            max_in_flight: 16,
            start_in_flight: None,
            requests_per_minute: None,
            tokens_per_minute: None,
            timeout: Duration::from_secs(60),
            first_byte_timeout: None,
            retries: 6,
            embeddings_per_request: 64,
            give_up: Duration::from_secs(600),
            api: Api::of_address(&base_url),
            base_url,
            stream: None,
            headers: Vec::new(),
            ca_file: None,
            models: BTreeMap::new(),
        }
    }

    /// The built-in endpoint; its address is known once it is started.
    pub fn demo() -> EndpointSpec {
        EndpointSpec {
            demo: true,
            max_in_flight: 32,
            ..EndpointSpec::new("demo", "")
        }
    }

    /// A program in place of a server, everything else as by default.
    pub fn of_program(name: impl Into<String>, program: ProgramSpec) -> EndpointSpec {
        EndpointSpec {
            max_in_flight: program.max_in_flight.unwrap_or(1),
            program: Some(program),
            api: Api::Lines,
            ..EndpointSpec::new(name, "")
        }
    }
}

/// A program that answers in place of a server: `command` of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgramSpec {
    pub command: ProgramCommand,
    /// What its answers are stored under, in place of the hash of the files that the command names.
    pub version: Option<String>,
    /// Most calls that it gets at once; `None`: what it says itself when it starts, else one.
    pub max_in_flight: Option<usize>,
}

/// Which request shape an endpoint takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Api {
    /// `/chat/completions`
    #[default]
    Chat,
    /// `/completions`: messages are joined into one text.
    Completions,
    /// `/responses`
    Responses,
    /// Lines of JSON to a program, with the row.
    Lines,
}

impl Api {
    /// That of a complete address, where it does not say otherwise.
    pub fn of_address(address: &str) -> Api {
        let path = address.split('?').next().unwrap_or_default();
        match path.trim().trim_end_matches('/').ends_with("/responses") {
            true => Api::Responses,
            false => Api::Chat,
        }
    }
}

/// The entry of the table of models that a project names.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseModel {
    /// `provider/model`.
    pub name: String,
    /// Where the project names it.
    pub place: SourcePlace,
}

/// What is known of a model, over the table of `catalog`.
#[derive(Debug, Clone, Default)]
pub struct ModelSpec {
    pub price: Option<Price>,
    /// The entry of the table that describes it, where its name and host do not lead there.
    pub base_model: Option<BaseModel>,
    /// Context window in tokens.
    pub context: Option<u64>,
    /// Name of a tokenizer, or the path of a `tokenizer.json`.
    pub tokenizer: Option<String>,
    /// Parameters, in billions.
    pub parameters_b: Option<f64>,
    /// Whether it is fine-tuned.
    pub tuned: bool,
    pub chat: ChatTemplate,
}

/// What is known of the chat template that its server applies; `None` where nothing is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatTemplate {
    /// Whether it takes a system message.
    pub system_role: Option<bool>,
    /// Whether it takes two messages of one role in a row.
    pub same_role_twice: Option<bool>,
    /// The system prompt that it adds to messages without one; empty where its text is unknown.
    pub added_system: Option<String>,
}
