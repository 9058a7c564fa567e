//! Answers: what servers send, in all the shapes met so far, as one [`Completion`].

use crate::model::{Completion, FinishReason, Usage};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A piece of an answer as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta<'a> {
    /// Text of the answer.
    Text(&'a str),
    /// Reasoning, kept apart.
    Reasoning(&'a str),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<WireUsage>,
    /// Groq puts usage here in streams.
    x_groq: Option<XGroq>,
    pub(crate) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct XGroq {
    usage: Option<WireUsage>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    message: Option<WireMessage>,
    delta: Option<WireMessage>,
    text: Option<String>,
    finish_reason: Option<String>,
    logprobs: Option<Box<RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
struct WireMessage {
    content: Option<Content>,
    #[serde(alias = "reasoning")]
    reasoning_content: Option<String>,
    refusal: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    text: Option<String>,
    refusal: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<Details>,
    completion_tokens_details: Option<Details>,
    prompt_cache_hit_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

impl From<WireUsage> for Usage {
    fn from(wire: WireUsage) -> Usage {
        Usage {
            prompt: wire.prompt_tokens.unwrap_or(0),
            cached: wire
                .prompt_tokens_details
                .and_then(|d| d.cached_tokens)
                .or(wire.prompt_cache_hit_tokens)
                .or(wire.cache_read_input_tokens)
                .unwrap_or(0),
            completion: wire.completion_tokens.unwrap_or(0),
            reasoning: wire
                .completion_tokens_details
                .and_then(|d| d.reasoning_tokens)
                .unwrap_or(0),
            estimated: wire.prompt_tokens.is_none() || wire.completion_tokens.is_none(),
        }
    }
}

/// An answer put together from one body or from the chunks of a stream.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    text: String,
    reasoning: String,
    refusal: String,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    model: Option<String>,
    logprobs: Vec<Box<RawValue>>,
    any: bool,
}

impl Assembly {
    /// Take in a body or a chunk.
    pub(crate) fn take(&mut self, answer: Answer, on_delta: &mut (dyn FnMut(Delta<'_>) + Send)) {
        if let Some(usage) = answer.usage.or(answer.x_groq.and_then(|x| x.usage)) {
            self.usage = Some(usage.into());
        }
        if answer.model.is_some() {
            self.model = answer.model;
        }
        for choice in answer.choices {
            if choice.index != 0 {
                continue;
            }
            self.any = true;
            let message = choice.message.or(choice.delta).unwrap_or_default();
            if let Some(reasoning) = message.reasoning_content.filter(|r| !r.is_empty()) {
                on_delta(Delta::Reasoning(&reasoning));
                self.reasoning.push_str(&reasoning);
            }
            self.refusal
                .push_str(message.refusal.as_deref().unwrap_or(""));
            match message.content {
                Some(Content::Text(text)) => self.say(&text, on_delta),
                Some(Content::Parts(parts)) => {
                    for part in parts {
                        self.say(part.text.as_deref().unwrap_or(""), on_delta);
                        self.refusal.push_str(part.refusal.as_deref().unwrap_or(""));
                    }
                }
                None => {}
            }
            if let Some(text) = choice.text {
                self.say(&text, on_delta);
            }
            if let Some(reason) = choice.finish_reason {
                self.finish = Some(FinishReason::from(reason));
            }
            if let Some(logprobs) = choice.logprobs.filter(|l| l.get() != "null") {
                self.logprobs.push(logprobs);
            }
        }
    }

    fn say(&mut self, text: &str, on_delta: &mut (dyn FnMut(Delta<'_>) + Send)) {
        if !text.is_empty() {
            on_delta(Delta::Text(text));
            self.text.push_str(text);
        }
    }

    /// Whether a choice came at all.
    pub(crate) fn has_choice(&self) -> bool {
        self.any
    }

    /// Whether the answer says that it is complete.
    pub(crate) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// The completion. Usage that was not reported is 0 and marked as estimated.
    pub(crate) fn completion(
        self,
        asked: Option<&str>,
        latency_ms: f64,
        first_token_ms: Option<f64>,
    ) -> Completion {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let logprobs = match self.logprobs.len() {
            0 => None,
            1 => self.logprobs.first().map(|l| l.get().to_owned()),
            _ => Some(format!(
                "[{}]",
                self.logprobs
                    .iter()
                    .map(|l| l.get())
                    .collect::<Vec<_>>()
                    .join(",")
            )),
        };
        Completion {
            text: self.text,
            reasoning: some(self.reasoning),
            refusal: some(self.refusal),
            finish: self.finish.unwrap_or(FinishReason::Missing),
            usage: self.usage.unwrap_or(Usage {
                estimated: true,
                ..Usage::default()
            }),
            served_by: self.model.filter(|model| Some(model.as_str()) != asked),
            latency_ms,
            first_token_ms,
            logprobs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bodies: &[&str]) -> Completion {
        let mut assembly = Assembly::default();
        for body in bodies {
            assembly.take(serde_json::from_str(body).unwrap(), &mut |_| {});
        }
        assembly.completion(Some("m"), 1.0, None)
    }

    #[test]
    fn the_shapes_that_servers_send_are_understood() {
        let c = read(&[
            r#" {"model":"m","choices":[{"message":{"content":"yes","reasoning":"hm"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":4}}}"#,
        ]);
        assert_eq!(
            (
                c.text.as_str(),
                c.reasoning.as_deref(),
                c.usage.cached,
                c.served_by
            ),
            ("yes", Some("hm"), 4, None)
        );
        let c = read(&[
            r#"{"model":"other","choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":null}],"usage":null}"#,
        ]);
        assert_eq!(
            (
                c.refusal.as_deref(),
                c.finish,
                c.served_by.as_deref(),
                c.usage.estimated
            ),
            (Some("no"), FinishReason::Missing, Some("other"), true)
        );
        let c = read(&[r#"{"choices":[{"text":"plain","finish_reason":"length"}]}"#]);
        assert_eq!((c.text.as_str(), c.finish), ("plain", FinishReason::Length));
        let c = read(&[
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}"#,
        ]);
        assert_eq!(c.text, "ab");
    }

    #[test]
    fn chunks_add_up() {
        let c = read(&[
            r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#,
            r#"{"choices":[{"delta":{"content":"po"}}]}"#,
            r#"{"choices":[{"delta":{"content":"s"},"finish_reason":"stop"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_cache_hit_tokens":1}}"#,
        ]);
        assert_eq!(
            (c.text.as_str(), c.usage.prompt, c.usage.cached),
            ("pos", 3, 1)
        );
    }
}
