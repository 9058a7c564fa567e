//! Finds a label in an answer.

use super::spec::{LabelSetError, LabelSpec};
use crate::read::{Reading, Unreadable, fold::is_unspaced, normalize};
use std::collections::HashMap;

/// Labels to find.
#[derive(Debug, Clone)]
pub struct LabelReader {
    names: Vec<String>,
    keys: HashMap<String, usize>,
}

impl LabelReader {
    pub fn new(labels: &[LabelSpec]) -> Result<LabelReader, LabelSetError> {
        let mut reader = LabelReader {
            names: labels.iter().map(|label| label.name.clone()).collect(),
            keys: HashMap::new(),
        };
        for (at, label) in labels.iter().enumerate() {
            for form in [&label.name].into_iter().chain(&label.also) {
                let key = key(form);
                if key.is_empty() {
                    return Err(LabelSetError::Empty { label: at });
                }
                if let Some(other) = reader.keys.insert(key, at) {
                    return Err(LabelSetError::Alike {
                        first: labels[other].name.clone(),
                        second: form.clone(),
                        label: at,
                    });
                }
            }
        }
        Ok(reader)
    }

    /// The name of a label by its position.
    pub fn name(&self, label: usize) -> &str {
        self.names.get(label).map_or("", String::as_str)
    }

    /// The label that a text names, the whole of it.
    pub fn index_of(&self, text: &str) -> Option<usize> {
        self.keys.get(&key(text)).copied()
    }

    /// The label that an answer gives, with its place.
    pub fn read(&self, text: &str) -> Result<Reading<usize>, Unreadable> {
        let start = text.len() - text.trim_start().len();
        let span = start..start + text.trim().len();
        if span.is_empty() {
            return Err(Unreadable::Empty);
        }
        if let Some(found) = self.index_of(text) {
            return Ok(Reading::new(found, span));
        }
        let plain = key(text);
        let mut found = self.keys.iter().filter(|(form, _)| {
            plain.match_indices(form.as_str()).any(|(at, _)| {
                let joins =
                    |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
                !joins(plain[..at].chars().next_back())
                    && !joins(plain[at + form.len()..].chars().next())
            })
        });
        match (found.next(), found.next()) {
            (Some((_, one)), None) => Ok(Reading::new(*one, span)),
            (None, _) => Err(Unreadable::Absent),
            _ => Err(Unreadable::Ambiguous),
        }
    }
}

fn key(text: &str) -> String {
    normalize(text).replace(['_', '-'], " ")
}
