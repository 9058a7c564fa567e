//! An answer put together from one body or from the chunks of a stream, as one [`Completion`].

use super::{
    answer::{Answer, Choice},
    content::Content,
    secrets::{Held, Secrets},
    tool_calls::ToolCalls,
    usage::WireUsage,
};
use crate::model::{Completion, FinishReason, Usage, output_with_calls};
use serde_json::value::RawValue;

/// A piece of an answer as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta<'a> {
    /// Text of the answer.
    Text(&'a str),
    Reasoning(&'a str),
    /// A piece of a tool call: its name, or a part of its arguments as they are written.
    ToolCall(&'a str),
}

/// Builds a completion from what comes.
#[derive(Debug, Default)]
pub(super) struct CompletionBuilder {
    text: String,
    reasoning: String,
    refusal: String,
    tool_calls: ToolCalls,
    /// Text, reasoning and tool calls held back because they may be the beginning of a secret.
    held: (Held, Held, Held),
    finish: Option<FinishReason>,
    filtered: bool,
    usage: Option<WireUsage>,
    model: Option<String>,
    fingerprint: Option<String>,
    logprobs: Vec<Box<RawValue>>,
    /// The choice that is read: the first one that came.
    choice: Option<u32>,
    choices: u32,
    has_deltas: bool,
}

/// Where the pieces of an answer go as they come.
pub(super) struct DeltaSink<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) on_delta: &'a mut (dyn FnMut(Delta<'_>) + Send),
}

impl CompletionBuilder {
    /// Take in a body or a chunk.
    pub(super) fn take(&mut self, answer: Answer, sink: &mut DeltaSink<'_>) {
        if let Some(usage) = answer.usage() {
            self.usage.get_or_insert_default().merge(usage);
        }
        if answer.model.is_some() {
            self.model = answer.model;
        }
        if answer.system_fingerprint.is_some() {
            self.fingerprint = answer.system_fingerprint;
        }
        let numbered = answer.choices.into_iter().enumerate();
        let mut choices: Vec<(u32, Choice)> = numbered
            .map(|(i, choice)| (choice.index.unwrap_or(i as u32), choice))
            .collect();
        let lowest = choices.iter().map(|(index, _)| *index).min();
        let Some(read) = self.choice.or(lowest) else {
            return;
        };
        self.choice = Some(read);
        for (index, choice) in &mut choices {
            self.choices = self.choices.max(index.saturating_add(1));
            if *index == read {
                self.take_choice(std::mem::take(choice), sink);
            }
        }
    }

    fn take_choice(&mut self, mut choice: Choice, sink: &mut DeltaSink<'_>) {
        if let Some(reason) = choice.finish_reason() {
            self.finish = Some(FinishReason::from(reason));
        }
        self.filtered |= choice.is_filtered();
        let has_delta = choice.delta.is_some();
        self.has_deltas |= has_delta;
        if let Some(message) = &choice.message {
            self.tool_calls.replace(message.tool_calls());
        } else if let Some(delta) = &choice.delta {
            for piece in delta.tool_calls() {
                let shown = self.tool_calls.push(piece);
                let shown = self.held.2.push(&shown, sink.secrets);
                send_delta(&shown, Delta::ToolCall, sink);
            }
        }
        let delta = choice.delta.map(|d| d.into_content()).unwrap_or_default();
        let message = choice.message.map(|m| m.into_content()).unwrap_or_default();
        let mut content = match delta.is_empty() {
            true => self.unread(message, has_delta),
            false => delta,
        };
        // Plain completions; some servers send it beside a message too.
        if let Some(text) = choice.text
            && content.is_empty()
        {
            content.text = text;
        }
        self.push_reasoning(&content.reasoning, sink);
        self.refusal.push_str(&content.refusal);
        self.push_text(&content.text, sink);
        if let Some(logprobs) = choice.logprobs.filter(|l| l.get() != "null") {
            self.logprobs.push(logprobs);
        }
    }

    /// What of a message was not read yet: in a stream it may repeat all that came so far.
    fn unread(&self, message: Content, has_delta: bool) -> Content {
        let rest = |known: &str, all: String| match all.strip_prefix(known) {
            Some(rest) => rest.to_owned(),
            // Beside deltas a message only repeats; alone it is the next piece.
            None if has_delta => String::new(),
            None => all,
        };
        Content {
            text: rest(&self.text, message.text),
            reasoning: rest(&self.reasoning, message.reasoning),
            refusal: rest(&self.refusal, message.refusal),
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
    pub(super) fn has_choice(&self) -> bool {
        self.choices > 0
    }

    /// Whether the answer came in pieces.
    pub(super) fn has_deltas(&self) -> bool {
        self.has_deltas
    }

    /// Whether there is no text, thought, refusal or tool call.
    pub(super) fn is_empty(&self) -> bool {
        let texts = [&self.text, &self.reasoning, &self.refusal];
        texts.iter().all(|text| text.trim().is_empty()) && self.tool_calls.is_empty()
    }

    /// The tool in whose call the answer stands, where it calls one.
    pub(super) fn open_call(&self) -> Option<&str> {
        self.tool_calls.unfinished()
    }

    /// How many choices came.
    pub(super) fn choices(&self) -> u32 {
        self.choices
    }

    /// Whether the answer says that it is complete.
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some() || self.filtered
    }

    /// The reason in the server's word, where it says that the server broke the answer off.
    pub(super) fn broken_off(&self) -> Option<&str> {
        self.finish.as_ref()?.broken_off()
    }

    /// The completion, without secrets; what was held back is sent. Usage that was not reported is 0 and marked as
    /// estimated. The times and the request's id are left to whoever knows them.
    pub(super) fn completion(mut self, requested: &str, sink: &mut DeltaSink<'_>) -> Completion {
        send_delta(&self.held.0.rest(), Delta::Text, sink);
        send_delta(&self.held.1.rest(), Delta::Reasoning, sink);
        send_delta(&self.held.2.rest(), Delta::ToolCall, sink);
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
        let tool_calls = self.tool_calls.finish(sink.secrets);
        let text = output_with_calls(sink.secrets.answer(self.text), &tool_calls);
        let has_text = !(text.is_empty() && self.reasoning.is_empty());
        let unreported = Usage {
            estimated: true,
            ..Usage::default()
        };
        let usage = self.usage.map_or(unreported, |usage| usage.usage(has_text));
        Completion {
            reasoning: some(self.reasoning),
            refusal: some(self.refusal),
            logprobs: logprobs.map(|json| sink.secrets.json(json)),
            served_by: self.model.filter(|model| model != requested).and_then(some),
            fingerprint: self.fingerprint.and_then(some),
            text,
            finish: match self.finish {
                _ if self.filtered => FinishReason::ContentFilter,
                Some(FinishReason::Other(word)) => FinishReason::Other(sink.secrets.answer(word)),
                Some(finish) => finish,
                None if !tool_calls.is_empty() => FinishReason::ToolCalls,
                None => FinishReason::Missing,
            },
            tool_calls,
            usage,
            reported_cost_usd: None,
            latency_ms: 0.0,
            first_token_ms: None,
            replies: Vec::new(),
            answered_calls: Vec::new(),
            stop_removed: false,
            request_id: None,
            in_flight: 0,
        }
    }
}

fn send_delta<'a>(text: &'a str, kind: fn(&'a str) -> Delta<'a>, sink: &mut DeltaSink<'_>) {
    if !text.is_empty() {
        (sink.on_delta)(kind(text));
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
