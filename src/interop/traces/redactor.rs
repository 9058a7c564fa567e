//! What is replaced in everything that is written.

use super::{call::Call, model_service::Server};
use regex::Regex;
use serde_json::{Map, Value};

/// What stands in place of what was found.
const REDACTED: &str = "[redacted]";

/// Replaces what matches one of several expressions, in texts, names and numbers.
#[derive(Debug)]
pub(super) struct Redactor(Vec<Regex>);

impl Redactor {
    pub(super) fn new(patterns: &[Regex]) -> Redactor {
        Redactor(patterns.to_vec())
    }

    pub(super) fn text(&self, text: &mut String) {
        for pattern in &self.0 {
            if pattern.is_match(text) {
                *text = pattern.replace_all(text, REDACTED).into_owned();
            }
        }
    }

    /// The same of a copy.
    pub(super) fn redacted(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.text(&mut text);
        text
    }

    pub(super) fn value(&self, value: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        match value {
            Value::String(text) => self.text(text),
            Value::Number(number) => {
                let shown = number.to_string();
                let redacted = self.redacted(&shown);
                if redacted != shown {
                    *value = redacted.into();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(object) => self.object(object),
            Value::Null | Value::Bool(_) => {}
        }
    }

    pub(super) fn object(&self, object: &mut Map<String, Value>) {
        if self.0.is_empty() {
            return;
        }
        let fields = std::mem::take(object).into_iter();
        *object = fields
            .map(|(mut name, mut value)| {
                self.text(&mut name);
                self.value(&mut value);
                (name, value)
            })
            .collect();
    }

    pub(super) fn call(&self, call: &mut Call) {
        if self.0.is_empty() {
            return;
        }
        self.text(&mut call.name);
        for message in &mut call.messages {
            self.text(&mut message.role);
            self.text(&mut message.text);
        }
        call.outputs.iter_mut().for_each(|text| self.text(text));
        for text in [&mut call.provider, &mut call.model] {
            text.iter_mut().for_each(|text| self.text(text));
        }
        call.expected.iter_mut().for_each(|value| self.value(value));
        self.object(&mut call.params);
        for (name, value) in &mut call.scores {
            self.text(name);
            self.value(value);
        }
        if let Some(Server::Url(text) | Server::Host(text)) = &mut call.server {
            self.text(text);
        }
        call.annotations
            .iter_mut()
            .for_each(|value| self.value(value));
        if let Some((template, variables)) = &mut call.template {
            self.text(template);
            self.object(variables);
        }
        call.lost.map(|lost| self.text(lost));
    }
}
