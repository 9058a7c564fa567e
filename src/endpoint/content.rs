//! The content of a message in all its forms: a text, a list of parts, an object, or a value that was parsed on its way.

use super::lenient::plain_text;
use serde::{
    Deserialize, Deserializer,
    de::{
        Error, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::Value;
use std::fmt;

/// The content of a message: text, thoughts and a refusal, whatever form they came in.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) refusal: String,
}

/// The texts of a list of thoughts; encrypted ones have none.
pub(super) fn plain_thoughts(details: &Value) -> String {
    match details {
        Value::Array(items) => items.iter().map(plain_thoughts).collect(),
        Value::Object(map) => ["text", "summary", "thinking", "content"]
            .iter()
            .find_map(|key| map.get(*key))
            .map_or_else(String::new, plain_thoughts),
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}

impl Content {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.reasoning.is_empty() && self.refusal.is_empty()
    }

    pub(super) fn text(text: impl Into<String>) -> Content {
        Content {
            text: text.into(),
            ..Content::default()
        }
    }

    /// Add a part of a list, or what stands in place of a text.
    fn add(&mut self, part: &Value) {
        let Value::Object(map) = part else {
            match part {
                Value::Array(parts) => parts.iter().for_each(|part| self.add(part)),
                part => self.text.push_str(&plain_text(part)),
            }
            return;
        };
        let kind = map.get("type").and_then(Value::as_str).unwrap_or("");
        if let Some(refusal) = map.get("refusal") {
            self.refusal.push_str(&plain_text(refusal));
        } else if let Some(thinking) = map.get("thinking") {
            self.reasoning.push_str(&plain_thoughts(thinking));
        } else if kind.contains("thinking") || kind.contains("reasoning") {
            self.reasoning.push_str(&plain_thoughts(part));
        } else if map.get("thought") == Some(&Value::Bool(true)) {
            self.reasoning.push_str(&plain_text(part));
        } else if let Some(parts) = map.get("parts") {
            self.add(parts);
        } else if let Some(text) = map.get("text").or_else(|| map.get("content")) {
            self.text.push_str(&plain_text(text));
        } else if kind.is_empty() {
            // An answer in JSON that was parsed on its way.
            self.text.push_str(&part.to_string());
        }
    }

    fn from_value(value: &Value) -> Content {
        let mut content = Content::default();
        content.add(value);
        content
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content of a message")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::text(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Content, E> {
        Ok(Content::text(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Content, E> {
        Ok(Content::text(value.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Content, E> {
        Ok(Content::text(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Content, E> {
        Ok(Content::text(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Content, E> {
        Ok(Content::text(number.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Content, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(seq)).map(|v| Content::from_value(&v))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Content, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(map)).map(|v| Content::from_value(&v))
    }
}
