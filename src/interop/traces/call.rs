//! A call of a model, as whatever recorded it has it.

use serde_json::{Map, Value};

/// A message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TracedMessage {
    pub(super) role: String,
    pub(super) text: String,
}

/// A call of a model.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    /// Of the prompt, the task or the span.
    pub(super) name: String,
    pub(super) messages: Vec<TracedMessage>,
    pub(super) output: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) model: Option<String>,
    /// Parameters of the request.
    pub(super) params: Map<String, Value>,
    pub(super) expected: Option<Value>,
    /// The prompt's template, and what was put into it.
    pub(super) template: Option<(String, Map<String, Value>)>,
    /// Values of scores by their names.
    pub(super) scores: Map<String, Value>,
    /// What people and programs said of it.
    pub(super) annotations: Vec<Value>,
    /// What the record has and a call here cannot: kinds of parts of messages.
    pub(super) lost: Vec<String>,
}

impl Call {
    /// Add a score, and what was said beside its value.
    pub(super) fn score(&mut self, name: &str, value: &Value, comment: &Value) {
        if !value.is_null() {
            self.scores.insert(name.to_owned(), value.clone());
        }
        if comment.as_str().is_some_and(|text| !text.is_empty()) {
            self.annotate(name, comment.clone());
        }
    }

    pub(super) fn annotate(&mut self, name: &str, value: Value) {
        let annotation = [("name", name.into()), ("value", value)];
        let annotation = annotation.map(|(key, value): (_, Value)| (key.to_owned(), value));
        self.annotations
            .push(Value::Object(annotation.into_iter().collect()));
    }

    /// Keep the parameters of a request; those that are not sent again are lost.
    pub(super) fn request(&mut self, request: &Value) {
        // What says which model was called and how answers came, not what it was told.
        const WITHOUT_EFFECT: [&str; 19] = [
            "model",
            "model_name",
            "_type",
            "is_streaming",
            "name",
            "id",
            "user",
            "type",
            "stream",
            "streaming",
            "is_stream",
            "encoding_formats",
            "timeout",
            "max_retries",
            "max_connections",
            "attempt_timeout",
            "cache",
            "batch",
            "messages",
        ];
        self.params_of(request);
        for (name, value) in request.as_object().into_iter().flatten() {
            let is_empty = match value {
                Value::Null | Value::Bool(false) => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(map) => map.is_empty(),
                _ => false,
            };
            let is_known = sent_name(name).is_some() || WITHOUT_EFFECT.contains(&name.as_str());
            if !is_empty && !is_known {
                self.lose(&format!("the parameter `{name}`"));
            }
        }
    }

    /// Something of it is not in the project.
    pub(super) fn lose(&mut self, what: &str) {
        if !self.lost.iter().any(|lost| lost == what) {
            self.lost.push(what.to_owned());
        }
    }

    /// Keep the parameters of a request that the project sends too.
    pub(super) fn params_of(&mut self, request: &Value) {
        let request = request.as_object().into_iter().flatten();
        for (name, value) in request.filter(|(_, value)| !value.is_null()) {
            if let Some(name) = sent_name(name) {
                self.params.insert(name.to_owned(), value.clone());
            }
        }
    }
}

/// What a parameter of a record is called when it is sent again; `None` where it is not.
fn sent_name(name: &str) -> Option<&str> {
    const KNOWN: [&str; 11] = [
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "stop",
        "reasoning_effort",
        "top_k",
        "response_format",
    ];
    let name = match name {
        "stop_sequences" | "stop_seqs" => "stop",
        name => name,
    };
    KNOWN.contains(&name).then_some(name)
}
