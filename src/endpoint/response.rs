//! Answers: what servers send, in all the shapes met so far, as one [`Completion`].

use super::secrets::{Held, Secrets};
use crate::model::{Completion, FinishReason, Usage};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// A piece of an answer as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta<'a> {
    /// Text of the answer.
    Text(&'a str),
    Reasoning(&'a str),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    model: Option<String>,
    choices: Option<Vec<Choice>>,
    usage: Option<WireUsage>,
    /// Groq puts usage and errors here in streams.
    x_groq: Option<XGroq>,
    error: Option<Value>,
    /// `error`, where the answer itself is the error object.
    object: Option<String>,
    message: Option<Value>,
    code: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct XGroq {
    usage: Option<WireUsage>,
    error: Option<Value>,
}

impl Answer {
    /// The error object, if this is an error that came in place of an answer.
    pub(crate) fn error(&self) -> Option<Value> {
        if self.object.as_deref() == Some("error") {
            return Some(json!({"message": self.message, "code": self.code}));
        }
        let of_groq = self.x_groq.as_ref().and_then(|x| x.error.as_ref());
        let of_choices = self
            .choices
            .iter()
            .flatten()
            .filter_map(|c| c.error.as_ref());
        self.error
            .iter()
            .chain(of_groq)
            .chain(of_choices)
            .find(|e| !e.is_null())
            .cloned()
    }
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
    error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct WireMessage {
    content: Option<Content>,
    /// Two names for one thing; some servers send both.
    reasoning_content: Option<Value>,
    reasoning: Option<Value>,
    refusal: Option<String>,
}

impl WireMessage {
    fn reasoning(&self) -> Option<&str> {
        [&self.reasoning_content, &self.reasoning]
            .into_iter()
            .filter_map(|value| value.as_ref()?.as_str())
            .find(|text| !text.is_empty())
    }
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
    /// Mistral's reasoning, a list of parts itself.
    thinking: Option<Content>,
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
pub(crate) struct CompletionBuilder {
    text: String,
    reasoning: String,
    refusal: String,
    /// Text and reasoning held back because they may be the beginning of a secret.
    held: (Held, Held),
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    model: Option<String>,
    logprobs: Vec<Box<RawValue>>,
    choices: u32,
}

/// Where the pieces of an answer go as they come.
pub(crate) struct DeltaSink<'a> {
    pub(crate) secrets: &'a Secrets,
    pub(crate) on_delta: &'a mut (dyn FnMut(Delta<'_>) + Send),
}

impl CompletionBuilder {
    /// Take in a body or a chunk.
    pub(crate) fn take(&mut self, answer: Answer, sink: &mut DeltaSink<'_>) {
        if let Some(usage) = answer.usage.or(answer.x_groq.and_then(|x| x.usage)) {
            self.usage = Some(usage.into());
        }
        if answer.model.is_some() {
            self.model = answer.model;
        }
        for choice in answer.choices.into_iter().flatten() {
            self.choices = self.choices.max(choice.index + 1);
            if choice.index != 0 {
                continue;
            }
            let message = choice.message.or(choice.delta).unwrap_or_default();
            if let Some(reasoning) = message.reasoning() {
                self.push_reasoning(reasoning, sink);
            }
            self.refusal
                .push_str(message.refusal.as_deref().unwrap_or(""));
            match message.content {
                Some(Content::Text(text)) => self.push_text(&text, sink),
                Some(Content::Parts(parts)) => {
                    for part in parts {
                        if let Some(thinking) = part.thinking {
                            self.push_reasoning(&thinking.text(), sink);
                        }
                        self.push_text(part.text.as_deref().unwrap_or(""), sink);
                        self.refusal.push_str(part.refusal.as_deref().unwrap_or(""));
                    }
                }
                None => {}
            }
            if let Some(text) = choice.text {
                self.push_text(&text, sink);
            }
            // An empty reason in every chunk says no more than none.
            if let Some(reason) = choice.finish_reason.filter(|r| !r.is_empty()) {
                self.finish = Some(FinishReason::from(reason));
            }
            if let Some(logprobs) = choice.logprobs.filter(|l| l.get() != "null") {
                self.logprobs.push(logprobs);
            }
        }
    }

    fn push_text(&mut self, text: &str, sink: &mut DeltaSink<'_>) {
        if !text.is_empty() {
            self.text.push_str(text);
            send_delta(&self.held.0.push(text, sink.secrets), Delta::Text, sink);
        }
    }

    fn push_reasoning(&mut self, text: &str, sink: &mut DeltaSink<'_>) {
        if !text.is_empty() {
            self.reasoning.push_str(text);
            let text = self.held.1.push(text, sink.secrets);
            send_delta(&text, Delta::Reasoning, sink);
        }
    }

    /// Whether a choice came at all.
    pub(crate) fn has_choice(&self) -> bool {
        self.choices > 0
    }

    /// How many choices came.
    pub(crate) fn choices(&self) -> u32 {
        self.choices
    }

    /// Whether the answer says that it is complete.
    pub(crate) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// The completion, without secrets; what was held back is sink. Usage that was not reported is 0 and marked as
    /// estimated. The times and the request's id are left to whoever knows them.
    pub(crate) fn completion(mut self, asked: &str, sink: &mut DeltaSink<'_>) -> Completion {
        send_delta(&self.held.0.rest(), Delta::Text, sink);
        send_delta(&self.held.1.rest(), Delta::Reasoning, sink);
        let some = |text: String| (!text.is_empty()).then(|| sink.secrets.answer(text));
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
            reasoning: some(self.reasoning),
            refusal: some(self.refusal),
            logprobs: logprobs.map(|json| sink.secrets.json(json)),
            served_by: self.model.filter(|model| model != asked).and_then(some),
            text: sink.secrets.answer(self.text),
            finish: match self.finish {
                Some(FinishReason::Other(word)) => FinishReason::Other(sink.secrets.answer(word)),
                Some(finish) => finish,
                None => FinishReason::Missing,
            },
            usage: self.usage.unwrap_or(Usage {
                estimated: true,
                ..Usage::default()
            }),
            latency_ms: 0.0,
            first_token_ms: None,
            request_id: None,
        }
    }
}

fn send_delta<'a>(text: &'a str, kind: fn(&'a str) -> Delta<'a>, sink: &mut DeltaSink<'_>) {
    if !text.is_empty() {
        (sink.on_delta)(kind(text));
    }
}

impl Content {
    fn text(self) -> String {
        match self {
            Content::Text(text) => text,
            Content::Parts(parts) => parts.into_iter().filter_map(|p| p.text).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bodies: &[&str]) -> Completion {
        let mut assembly = CompletionBuilder::default();
        let mut sink = DeltaSink {
            secrets: &Secrets::default(),
            on_delta: &mut |_| {},
        };
        for body in bodies {
            assembly.take(serde_json::from_str(body).unwrap(), &mut sink);
        }
        assembly.completion("m", &mut sink)
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
        let c = read(&[
            r#"{"choices":[{"message":{"content":"yes","reasoning":"hm","reasoning_content":"hm"}}]}"#,
        ]);
        assert_eq!(c.reasoning.as_deref(), Some("hm"), "one thought, two names");
        let c = read(&[
            r#"{"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"yes"}]}}]}"#,
        ]);
        assert_eq!(
            (c.text.as_str(), c.reasoning.as_deref()),
            ("yes", Some("hm"))
        );
    }

    #[test]
    fn errors_in_place_of_an_answer_are_found() {
        let error = |body: &str| {
            serde_json::from_str::<Answer>(body)
                .unwrap()
                .error()
                .map(|e| e.to_string())
        };
        for body in [
            r#"{"error":{"message":"bad"}}"#,
            r#"{"object":"error","message":"bad","code":400}"#,
            r#"{"choices":[{"error":{"message":"bad"},"finish_reason":"error"}]}"#,
            r#"{"choices":null,"x_groq":{"error":"bad"}}"#,
        ] {
            assert!(error(body).unwrap().contains("bad"), "{body}");
        }
        assert_eq!(error(r#"{"error":null,"choices":[]}"#), None);
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
