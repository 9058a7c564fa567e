//! What a trial came to: a completion, or a failure of a named kind. Data, never a thrown error.

use super::Usage;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// What a trial came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Completed(Completion),
    /// It did not, after all attempts.
    Failed(Failure),
}

impl Outcome {
    /// The completion, if there is one.
    pub fn completion(&self) -> Option<&Completion> {
        match self {
            Outcome::Completed(completion) => Some(completion),
            Outcome::Failed(_) => None,
        }
    }

    /// The failure, if it failed.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Outcome::Completed(_) => None,
            Outcome::Failed(failure) => Some(failure),
        }
    }
}

/// One answer of an endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completion {
    /// The answer; empty where the model gave none (refusal, reasoning only).
    pub text: String,
    /// Reasoning shown apart from the answer by some servers.
    pub reasoning: Option<String>,
    /// A refusal in its own field.
    pub refusal: Option<String>,
    pub finish: FinishReason,
    /// Tokens, as reported or estimated.
    pub usage: Usage,
    /// The model that answered, where it says so and it is another than the one asked for.
    pub served_by: Option<String>,
    /// From the first byte sent to the last byte read, of the attempt that succeeded.
    pub latency_ms: f64,
    /// From the first byte sent to the first piece of text; streams only.
    pub first_token_ms: Option<f64>,
    /// Log-probabilities as the endpoint gave them, JSON.
    pub logprobs: Option<String>,
    /// The server's name for the request, where it gave one; for logs, not kept in the store.
    pub request_id: Option<Box<str>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FinishReason {
    /// The model was done.
    #[default]
    Stop,
    /// `max_tokens` was reached: the answer is truncated.
    Length,
    /// The provider withheld or cut the answer.
    ContentFilter,
    /// The model called a tool.
    ToolCalls,
    /// The endpoint gave no reason; taken as `stop`, and marked.
    Missing,
    /// A reason outside the standard ones.
    Other(String),
}

impl FinishReason {
    /// The word on the wire; empty for a missing one.
    pub fn as_str(&self) -> &str {
        match self {
            FinishReason::Stop => "stop",
            FinishReason::Length => "length",
            FinishReason::ContentFilter => "content_filter",
            FinishReason::ToolCalls => "tool_calls",
            FinishReason::Missing => "",
            FinishReason::Other(reason) => reason,
        }
    }
}

/// Parts of reasons that say that the server broke an answer off: it is not what the model had to say.
const BROKEN_OFF: [&str; 15] = [
    "error",
    "abort",
    "cancel",
    "insufficient",
    "fail",
    "timeout",
    "timed_out",
    "interrupt",
    "overload",
    "unavailable",
    "disconnect",
    "preempt",
    "evict",
    "exception",
    "shutdown",
];

impl FinishReason {
    /// The word on the wire, where it says that the server broke the answer off.
    pub fn broken_off(&self) -> Option<&str> {
        let FinishReason::Other(word) = self else {
            return None;
        };
        let lower = word.to_ascii_lowercase();
        let is_broken = BROKEN_OFF.iter().any(|part| lower.contains(part));
        is_broken.then_some(word)
    }

    /// The standard reason that a server means by its own word.
    fn dialect(word: &str) -> Option<FinishReason> {
        let plain: String = word
            .chars()
            .map(|c| match c {
                '-' | ' ' | '.' => '_',
                c => c.to_ascii_lowercase(),
            })
            .collect();
        let plain = plain.strip_prefix("finish_reason_").unwrap_or(&plain);
        Some(match plain {
            "" => FinishReason::Missing,
            "stop" | "stopped" | "end_turn" | "end_of_turn" | "eos" | "eos_token" | "end"
            | "stop_sequence" | "stop_token" | "stop_str" | "complete" | "completed" | "done"
            | "finished" | "natural" => FinishReason::Stop,
            "length"
            | "limit"
            | "token_limit"
            | "context_length_exceeded"
            | "model_context_window_exceeded"
            | "truncated"
            | "incomplete" => FinishReason::Length,
            _ if plain.contains("max_")
                && (plain.contains("token") || plain.contains("length")) =>
            {
                FinishReason::Length
            }
            _ if plain.ends_with("_length") || plain.starts_with("length_") => FinishReason::Length,
            "tool_calls" | "tool_call" | "tool_use" | "tools" | "function_call" => {
                FinishReason::ToolCalls
            }
            "safety"
            | "image_safety"
            | "recitation"
            | "blocklist"
            | "prohibited_content"
            | "spii"
            | "sensitive"
            | "blocked"
            | "refusal"
            | "guardrail_intervened"
            | "moderation" => FinishReason::ContentFilter,
            _ if plain.contains("content_filter") || plain.contains("content_policy") => {
                FinishReason::ContentFilter
            }
            _ => return None,
        })
    }
}

impl From<String> for FinishReason {
    fn from(word: String) -> Self {
        match word.as_str() {
            "stop" => FinishReason::Stop,
            "length" => FinishReason::Length,
            _ => FinishReason::dialect(&word).unwrap_or(FinishReason::Other(word)),
        }
    }
}

impl From<FinishReason> for String {
    fn from(reason: FinishReason) -> String {
        reason.as_str().to_owned()
    }
}

/// A trial that came to no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong, by kind.
    pub kind: FailureKind,
    /// HTTP status, where there was a response.
    pub status: Option<u16>,
    /// What the endpoint or the network said, one line, no secrets.
    pub message: String,
    /// How the attempt went; for logs, not kept in the store.
    #[serde(skip)]
    pub trace: Trace,
}

/// How one attempt went on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The server's name for the request, where it gave one.
    pub request_id: Option<Box<str>>,
    /// From the first byte sent until it failed; zero where nothing was sent.
    pub took: Duration,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{} (HTTP {status}): {}", self.kind, self.message),
            None => write!(f, "{}: {}", self.kind, self.message),
        }
    }
}

/// The kinds of failure. The names are stable: they stand in exports and in the store.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FailureKind {
    /// No connection could be made.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection or the stream ended inside the answer.
    Cut,
    /// The answer could not be understood.
    Malformed,
    /// 429 or the like, after all attempts.
    RateLimited,
    /// 5xx, after all attempts.
    Server,
    /// 401 or 403.
    Auth,
    /// The quota of the account is used up.
    Quota,
    /// 404: the model or the address does not exist.
    NotFound,
    /// The prompt is longer than the model's context.
    ContextTooLong,
    /// The provider's filter refused the prompt.
    ContentFilter,
    /// Another 4xx: the request was refused.
    BadRequest,
    /// The prompt could not be rendered.
    Render,
    /// The run was stopped before the answer came.
    Cancelled,
}

impl FailureKind {
    pub const ALL: &[FailureKind] = <FailureKind as strum::VariantArray>::VARIANTS;

    /// The stable name, as in exports.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether every other trial at this endpoint and model would fail in the same way.
    pub fn stops_run(self) -> bool {
        matches!(
            self,
            FailureKind::Auth | FailureKind::Quota | FailureKind::NotFound
        )
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailureKind::Connect => "no connection",
            FailureKind::Timeout => "timed out",
            FailureKind::Cut => "answer cut off",
            FailureKind::Malformed => "unreadable response",
            FailureKind::RateLimited => "rate limited",
            FailureKind::Server => "server error",
            FailureKind::Auth => "not authorised",
            FailureKind::Quota => "quota used up",
            FailureKind::NotFound => "not found",
            FailureKind::ContextTooLong => "prompt too long",
            FailureKind::ContentFilter => "content filter",
            FailureKind::BadRequest => "bad request",
            FailureKind::Render => "template error",
            FailureKind::Cancelled => "cancelled",
        })
    }
}
