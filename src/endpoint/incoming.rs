//! An answer that is being received: the body of a 200 response, whole or in events, until it is complete or known to be wrong.

use super::{
    AttemptFailure, SseParser,
    response::{Answer, CompletionBuilder, DeltaSink},
    secrets::Secrets,
};
use crate::model::FailureKind;
use std::time::Instant;

/// The events of a stream, put together.
#[derive(Debug)]
pub(crate) struct Incoming {
    parser: SseParser,
    pub(crate) assembly: CompletionBuilder,
    started: Instant,
    /// When the first piece of text came, in milliseconds since the start.
    pub(crate) first_token_ms: Option<f64>,
    done: bool,
    wrong: Option<AttemptFailure>,
}

impl Incoming {
    pub(crate) fn new(started: Instant) -> Incoming {
        Incoming {
            parser: SseParser::default(),
            assembly: CompletionBuilder::default(),
            started,
            first_token_ms: None,
            done: false,
            wrong: None,
        }
    }

    /// Take in bytes as they come.
    pub(crate) fn push(&mut self, bytes: &[u8], sink: &mut DeltaSink<'_>) {
        let mut parser = std::mem::take(&mut self.parser);
        parser.push(bytes, &mut |event| self.event(&event.data, sink));
        self.parser = parser;
    }

    /// No more bytes come.
    pub(crate) fn end(&mut self, sink: &mut DeltaSink<'_>) {
        let mut parser = std::mem::take(&mut self.parser);
        parser.finish(&mut |event| self.event(&event.data, sink));
    }

    fn event(&mut self, data: &str, sink: &mut DeltaSink<'_>) {
        let data = data.trim();
        if data.is_empty() || self.is_over() {
            return;
        }
        if data == "[DONE]" {
            self.done = true;
            return;
        }
        match serde_json::from_str::<Answer>(data) {
            Ok(answer) => match answer.error() {
                Some(error) => self.wrong = Some(AttemptFailure::inside(&error, sink.secrets)),
                None => {
                    let (started, first) = (self.started, &mut self.first_token_ms);
                    let on_delta = &mut *sink.on_delta;
                    let mut timed = DeltaSink {
                        secrets: sink.secrets,
                        on_delta: &mut |delta| {
                            first.get_or_insert_with(|| started.elapsed().as_secs_f64() * 1e3);
                            on_delta(delta);
                        },
                    };
                    self.assembly.take(answer, &mut timed);
                }
            },
            Err(error) => {
                self.wrong = Some(malformed(data.as_bytes(), &error, sink.secrets));
            }
        }
    }

    /// Whether nothing more is to be read.
    pub(crate) fn is_over(&self) -> bool {
        self.done || self.wrong.is_some()
    }

    /// Whether the answer is complete, though the end of the stream may not have come.
    pub(crate) fn is_complete(&self) -> bool {
        self.wrong.is_none() && (self.done || self.assembly.is_finished())
    }

    /// What was wrong with it, if something was.
    pub(crate) fn into_wrong(self) -> Option<AttemptFailure> {
        self.wrong
    }
}

pub(crate) fn read_body(
    bytes: &[u8],
    sink: &mut DeltaSink<'_>,
) -> Result<CompletionBuilder, AttemptFailure> {
    let answer: Answer =
        serde_json::from_slice(bytes).map_err(|e| malformed(bytes, &e, sink.secrets))?;
    if let Some(error) = answer.error() {
        return Err(AttemptFailure::inside(&error, sink.secrets));
    }
    let mut assembly = CompletionBuilder::default();
    assembly.take(answer, sink);
    if !assembly.has_choice() {
        return Err(AttemptFailure::network(
            FailureKind::Malformed,
            "the answer has no `choices`",
        ));
    }
    Ok(assembly)
}

/// Whether a body is a stream of events, whatever its type says: JSON never begins so.
pub(crate) fn looks_like_events(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    ["data:", ":", "event:", "id:"]
        .iter()
        .any(|start| bytes.starts_with(start.as_bytes()))
}

/// A body that cannot be understood.
pub(crate) fn malformed(
    bytes: &[u8],
    error: &serde_json::Error,
    secrets: &Secrets,
) -> AttemptFailure {
    // Cleaned before it is cut: half a secret is too much of it.
    let text = secrets.message(&String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]));
    let start: String = text.chars().take(120).collect();
    AttemptFailure::network(
        FailureKind::Malformed,
        format!("the answer is not what an OpenAI-compatible server sends ({error}): {start}"),
    )
}
