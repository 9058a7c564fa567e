//! What servers send in place of an answer or as a part of it: the fields that are read, in all the forms met so far.
//!
//! A field of an unexpected form is missing, never an error: a good answer is not lost for what stands beside it.

use super::{
    content::{Content, plain_thoughts},
    lenient::{object, objects, text},
    tool_calls::CallPiece,
    usage::WireUsage,
};
use serde::{
    Deserialize, Deserializer,
    de::{
        Error, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Value, json, value::RawValue};
use std::fmt;

/// A field that is rarely there or rarely read.
type Raw = Option<Box<RawValue>>;

fn parsed(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// A body or a chunk of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    #[serde(deserialize_with = "text")]
    pub(super) model: Option<String>,
    #[serde(deserialize_with = "objects")]
    pub(super) choices: Vec<Choice>,
    #[serde(deserialize_with = "text")]
    pub(super) system_fingerprint: Option<String>,
    #[serde(deserialize_with = "object")]
    usage: Option<WireUsage>,
    #[serde(rename = "usageMetadata", deserialize_with = "object")]
    usage_metadata: Option<WireUsage>,
    #[serde(deserialize_with = "text")]
    service_tier: Option<String>,
    /// Groq puts usage and errors here in streams.
    #[serde(deserialize_with = "object")]
    x_groq: Option<XGroq>,
    error: Raw,
    /// `error`, where the answer itself is the error object.
    #[serde(deserialize_with = "text")]
    object: Option<String>,
    message: Raw,
    code: Raw,
    /// MiniMax.
    base_resp: Raw,
    /// Azure: what its filter says of the prompt.
    prompt_filter_results: Raw,
    prompt_annotations: Raw,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct XGroq {
    #[serde(deserialize_with = "object")]
    usage: Option<WireUsage>,
    error: Raw,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    #[serde(deserialize_with = "index")]
    pub(super) index: Option<u32>,
    #[serde(deserialize_with = "message")]
    pub(super) message: Option<WireMessage>,
    #[serde(deserialize_with = "message")]
    pub(super) delta: Option<WireMessage>,
    #[serde(deserialize_with = "text")]
    pub(super) text: Option<String>,
    #[serde(deserialize_with = "text")]
    finish_reason: Option<String>,
    #[serde(rename = "finishReason", deserialize_with = "text")]
    finish_reason_camel: Option<String>,
    pub(super) logprobs: Raw,
    #[serde(deserialize_with = "object")]
    usage: Option<Box<WireUsage>>,
    content_filter_results: Raw,
    content_filter_result: Raw,
    error: Raw,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireMessage {
    content: Content,
    #[serde(deserialize_with = "text")]
    reasoning_content: Option<String>,
    #[serde(deserialize_with = "text")]
    reasoning: Option<String>,
    #[serde(deserialize_with = "text")]
    thinking: Option<String>,
    reasoning_details: Raw,
    #[serde(deserialize_with = "text")]
    refusal: Option<String>,
    #[serde(deserialize_with = "object")]
    usage: Option<Box<WireUsage>>,
    tool_calls: Raw,
    function_call: Raw,
}

impl Answer {
    /// The error object, if this is an error that came in place of an answer.
    pub(super) fn error(&self) -> Option<Value> {
        if self.object.as_deref() == Some("error") {
            return Some(self.own_error());
        }
        if let Some(base) = self.base_resp.as_deref().map(parsed)
            && base
                .get("status_code")
                .is_some_and(|code| !is_ok_code(code))
        {
            return Some(json!({ "base_resp": base }));
        }
        let groq = self.x_groq.as_ref().and_then(|x| x.error.as_ref());
        let choices = self.choices.iter().filter_map(|c| c.error.as_ref());
        let found = self.error.iter().chain(groq).chain(choices);
        let error = found.map(|raw| parsed(raw)).find(is_error)?;
        Some(match error {
            // `"error": true` beside a message.
            Value::Bool(_) | Value::Number(_) => self.own_error(),
            error => error,
        })
    }

    fn own_error(&self) -> Value {
        let value = |raw: &Raw| raw.as_deref().map(parsed);
        json!({"message": value(&self.message), "code": value(&self.code)})
    }

    /// Whether it is a whole object of the Responses API.
    pub(super) fn is_of_responses(&self) -> bool {
        self.object.as_deref() == Some("response")
    }

    /// Whether nothing in it belongs to an answer.
    pub(super) fn is_bare(&self) -> bool {
        self.choices.is_empty()
            && self.usage.is_none()
            && self.x_groq.is_none()
            && self.usage_metadata.is_none()
    }

    /// Whether the provider's filter refused the prompt.
    pub(super) fn refuses_prompt(&self) -> bool {
        let results = [&self.prompt_filter_results, &self.prompt_annotations];
        results
            .into_iter()
            .flatten()
            .any(|raw| is_filtered(&parsed(raw)))
    }

    /// Tokens, from every place where they stand.
    pub(super) fn usage(&self) -> Option<WireUsage> {
        let choices = self.choices.iter().flat_map(|choice| {
            let messages = [&choice.message, &choice.delta].into_iter().flatten();
            messages
                .filter_map(|m| m.usage.as_deref())
                .chain(choice.usage.as_deref())
        });
        let groq = self.x_groq.as_ref().and_then(|x| x.usage);
        let tier = self.service_tier.as_deref();
        let tier = tier.and_then(WireUsage::of_service_tier);
        let all = self.usage.into_iter().chain(self.usage_metadata);
        all.chain(groq)
            .chain(tier)
            .chain(choices.copied())
            .reduce(|mut all, one| {
                all.merge(one);
                all
            })
    }
}

/// Whether an `error` field says that there is one: some servers send an empty one, or `"code": 0`, with every answer.
pub(super) fn is_error(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(error) => *error,
        Value::Number(code) => code.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty() && !is_ok_word(text),
        Value::Array(items) => items.iter().any(is_error),
        Value::Object(map) => {
            let code = map.get("code").filter(|code| !code.is_null());
            !code.is_some_and(is_ok_code)
                && map
                    .values()
                    .any(|value| !matches!(value, Value::Bool(_)) && is_error(value))
        }
    }
}

/// Whether a code of an answer says that all is well.
pub(super) fn is_ok_code(code: &Value) -> bool {
    match code {
        Value::String(text) => is_ok_word(text),
        code => matches!(code.as_i64(), Some(0 | 200..300)),
    }
}

fn is_ok_word(word: &str) -> bool {
    let word = word.trim().to_ascii_lowercase();
    matches!(
        word.as_str(),
        "0" | "200" | "ok" | "success" | "succeeded" | "none" | "null"
    )
}

/// Whether a filter's results say of anything that it was withheld.
fn is_filtered(results: &Value) -> bool {
    match results {
        Value::Object(map) => {
            let filtered = map.get("filtered");
            filtered.is_some_and(|f| *f == true || *f == "true") || map.values().any(is_filtered)
        }
        Value::Array(items) => items.iter().any(is_filtered),
        _ => false,
    }
}

impl Choice {
    /// Why the answer ended; an empty reason in every chunk says no more than none.
    pub(super) fn finish_reason(&mut self) -> Option<String> {
        let camel = self.finish_reason_camel.take();
        let reason = self.finish_reason.take().or(camel)?;
        let says_nothing = reason.trim().is_empty()
            || ["null", "none"]
                .iter()
                .any(|word| reason.eq_ignore_ascii_case(word));
        (!says_nothing).then_some(reason)
    }

    /// Whether the provider's filter withheld the answer.
    pub(super) fn is_filtered(&self) -> bool {
        let results = [&self.content_filter_results, &self.content_filter_result];
        results
            .into_iter()
            .flatten()
            .any(|raw| is_filtered(&parsed(raw)))
    }
}

impl WireMessage {
    /// The tool calls in it, or pieces of them.
    pub(super) fn tool_calls(&self) -> Vec<CallPiece> {
        let value = |raw: &Raw| {
            let raw = raw.as_deref()?;
            (!matches!(raw.get(), "null" | "[]" | "{}")).then(|| parsed(raw))
        };
        let [calls, call] = [&self.tool_calls, &self.function_call].map(value);
        match (&calls, &call) {
            (None, None) => Vec::new(),
            _ => CallPiece::read(calls.as_ref(), call.as_ref()),
        }
    }

    /// All that it says, in whatever fields it stands; thoughts have several names, and some servers send them under two.
    pub(super) fn into_content(self) -> Content {
        let mut content = self.content;
        let thoughts = [self.reasoning_content, self.reasoning, self.thinking];
        let thoughts = thoughts.into_iter().flatten().find(|text| !text.is_empty());
        let thoughts = thoughts.or_else(|| {
            self.reasoning_details
                .as_deref()
                .map(|raw| plain_thoughts(&parsed(raw)))
        });
        // Thoughts in a field of their own are the same as those in a list of parts.
        if content.reasoning.is_empty() {
            content.reasoning = thoughts.unwrap_or_default();
        }
        if let Some(refusal) = self.refusal {
            content.refusal.push_str(&refusal);
        }
        content
    }
}

/// The number of a choice.
fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let count = super::lenient::MaybeCount::deserialize(deserializer)?;
    Ok(count.0.map(|c| c.tokens))
}

/// A message; a bare text is its content.
fn message<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<WireMessage>, D::Error> {
    deserializer.deserialize_any(MessageVisitor)
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = Option<WireMessage>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        WireMessage::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        object(SeqAccessDeserializer::new(seq))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(WireMessage {
            content: Content::text(text),
            ..WireMessage::default()
        }))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}
