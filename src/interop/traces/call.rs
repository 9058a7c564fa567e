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

    /// Keep the parameters of a request that the project sends too.
    pub(super) fn params_of(&mut self, request: &Value) {
        const KNOWN: [&str; 9] = [
            "temperature",
            "top_p",
            "max_tokens",
            "max_completion_tokens",
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "stop",
            "reasoning_effort",
        ];
        let request = request.as_object().into_iter().flatten();
        for (name, value) in request.filter(|(_, value)| !value.is_null()) {
            let name = match name.as_str() {
                "stop_sequences" | "stop_seqs" => "stop",
                name => name,
            };
            if KNOWN.contains(&name) {
                self.params.insert(name.to_owned(), value.clone());
            }
        }
    }
}
