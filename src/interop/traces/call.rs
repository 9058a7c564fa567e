//! A call of a model, as whatever recorded it has it.

use super::{
    lost_parts::LostParts,
    model_service::Server,
    sent_param::{SentParam, is_sent, sent_param},
};
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
    /// What the model answered: a text per choice.
    pub(super) outputs: Vec<String>,
    pub(super) provider: Option<String>,
    pub(super) model: Option<String>,
    /// Where it was sent, if that is recorded.
    pub(super) server: Option<Server>,
    /// Parameters of the request.
    pub(super) params: Map<String, Value>,
    pub(super) expected: Option<Value>,
    /// The prompt's template, and what was put into it.
    pub(super) template: Option<(String, Map<String, Value>)>,
    /// Names and values of scores; several people may give one of the same name.
    pub(super) scores: Vec<(String, Value)>,
    /// What people and programs said of it.
    pub(super) annotations: Vec<Value>,
    /// What the record has and a call here cannot: kinds of parts of messages.
    pub(super) lost: LostParts,
}

impl Call {
    /// Add a score, and what was said beside its value.
    pub(super) fn score(&mut self, name: &str, value: &Value, comment: &Value) {
        if !value.is_null() {
            self.scores.push((name.to_owned(), value.clone()));
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
        for (name, value) in request.as_object().into_iter().flatten() {
            match sent_param(name, value) {
                SentParam::Sent(name, value) => drop(self.params.insert(name.to_owned(), value)),
                SentParam::Unset => {}
                SentParam::Lost if matches!(name.as_str(), "tools" | "functions") => {
                    self.lose("tools")
                }
                SentParam::Lost => self.lose(&format!("the parameter `{name}`")),
            }
        }
    }

    /// Something of it is not in the project.
    pub(super) fn lose(&mut self, what: &str) {
        self.lost.add(what);
    }

    /// Keep the parameters of a record that has other fields than those of its request.
    pub(super) fn params_of(&mut self, record: &Value) {
        let fields = record.as_object().into_iter().flatten();
        let known = fields.filter(|(name, _)| is_sent(name));
        let known = known.map(|(name, value)| (name.clone(), value.clone()));
        self.request(&known.collect());
    }
}
