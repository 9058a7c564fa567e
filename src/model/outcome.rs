//! What a trial came to: a completion, or a failure of a named kind. Data, never a thrown error.

use super::{GivenReply, Price, ToolCall, Usage, text_without_calls};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, time::Duration};

/// What a trial came to.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every outcome is a completion"
)]
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
    /// The output: what the model said, then its tool calls as [`ToolCall`] writes them, one per line. Empty where there is
    /// neither (refusal, reasoning only).
    pub text: String,
    /// The tools that it calls, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Reasoning shown apart from the answer by some servers.
    pub reasoning: Option<String>,
    /// A refusal in its own field.
    pub refusal: Option<String>,
    pub finish: FinishReason,
    /// Tokens, as reported or estimated.
    pub usage: Usage,
    /// What it cost, in USD, where the endpoint itself says so.
    pub reported_cost_usd: Option<f64>,
    /// The model that answered, where it says so and it is another than the one asked for.
    pub served_by: Option<String>,
    /// The server's own word for its version and the model's, where it gives one.
    pub fingerprint: Option<String>,
    /// From the first byte sent to the last byte read, of the attempt that succeeded.
    pub latency_ms: f64,
    /// From the first byte sent to the first piece of text; streams only.
    pub first_token_ms: Option<f64>,
    /// Log-probabilities as the endpoint gave them, JSON.
    pub logprobs: Option<String>,
    /// What the model said in all calls of its conversation, this one included; filled where a metric reads it, not kept in
    /// the store.
    pub replies: Vec<GivenReply>,
    /// The tools that it called before and that a program answered, in all calls of its trial; not kept in the store, where they
    /// are messages of the prompt.
    pub answered_calls: Vec<ToolCall>,
    /// Whether the server left a stop string in the text, and it was removed with what followed.
    pub stop_removed: bool,
    /// The server's name for the request, where it gave one; for logs, not kept in the store.
    pub request_id: Option<Box<str>>,
    /// Requests in flight when it was sent, itself included; for logs, not kept in the store.
    pub in_flight: u64,
}

impl Completion {
    /// One reply of a conversation alone, as an answer.
    pub fn of_reply(reply: &GivenReply) -> Completion {
        Completion {
            text: reply.text.clone(),
            ..Completion::default()
        }
    }

    /// What the model said, without its tool calls.
    pub fn message_text(&self) -> &str {
        text_without_calls(&self.text, &self.tool_calls)
    }

    /// All tools that it called in its trial, in order.
    pub fn all_calls(&self) -> Cow<'_, [ToolCall]> {
        match self.answered_calls.is_empty() {
            true => Cow::Borrowed(&self.tool_calls),
            false => Cow::Owned([&*self.answered_calls, &*self.tool_calls].concat()),
        }
    }

    /// What it cost, in USD: as the endpoint says, else its tokens at this price.
    pub fn cost_usd(&self, price: Option<&Price>) -> Option<f64> {
        let by_tokens = || Some(price?.cost_usd(&self.usage));
        self.reported_cost_usd.or_else(by_tokens)
    }

    /// Whether the answer was cut at `max_tokens`.
    pub fn is_truncated(&self) -> bool {
        self.finish == FinishReason::Length
    }

    /// Whether the server ended the answer before it was complete: a stream, or an empty answer, without a finish reason.
    /// Such answers are in stores of earlier versions.
    pub fn is_cut(&self) -> bool {
        let says_nothing = self.text.trim().is_empty() && self.refusal.is_none();
        self.finish == FinishReason::Missing && (says_nothing || self.first_token_ms.is_some())
    }
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
const BROKEN_OFF: [&str; 22] = [
    "error",
    "abort",
    "cancel",
    "insufficient",
    "fail",
    "timeout",
    "timedout",
    "timelimit",
    "deadline",
    "interrupt",
    "overload",
    "unavailable",
    "connect",
    "preempt",
    "evict",
    "exception",
    "shutdown",
    "crash",
    "killed",
    "outofmemory",
    "ratelimit",
    "quota",
];

/// A reason without marks and case.
fn plain_reason(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

impl FinishReason {
    /// The word on the wire, where it says that the server broke the answer off.
    pub fn broken_off(&self) -> Option<&str> {
        let FinishReason::Other(word) = self else {
            return None;
        };
        let plain = plain_reason(word);
        let is_broken = BROKEN_OFF.iter().any(|part| plain.contains(part));
        is_broken.then_some(word)
    }

    /// The standard reason that a server means by its own word.
    fn dialect(word: &str) -> Option<FinishReason> {
        let plain = plain_reason(word);
        let plain = plain.strip_prefix("finishreason").unwrap_or(&plain);
        let has = |parts: &[&str]| parts.iter().any(|part| plain.contains(part));
        Some(match plain {
            "" => FinishReason::Missing,
            "stop" | "stopped" | "stopsequence" | "stoptoken" | "stopstr" | "stopword"
            | "endturn" | "endofturn" | "endofsequence" | "eos" | "eostoken" | "end"
            | "complete" | "completed" | "done" | "finished" | "natural" => FinishReason::Stop,
            "limit" | "truncated" | "incomplete" => FinishReason::Length,
            "toolcalls" | "toolcall" | "tooluse" | "tools" | "functioncall" => {
                FinishReason::ToolCalls
            }
            "recitation" | "spii" | "sensitive" | "refusal" | "moderation" => {
                FinishReason::ContentFilter
            }
            _ if has(&[
                "contentfilter",
                "contentpolicy",
                "safety",
                "blocklist",
                "blocked",
                "prohibitedcontent",
                "guardrail",
            ]) =>
            {
                FinishReason::ContentFilter
            }
            _ if has(&["length", "tokenlimit", "contextwindow"])
                || has(&["max"]) && has(&["token"]) =>
            {
                FinishReason::Length
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
    /// Requests in flight when it was sent, itself included; 0 where that is unknown.
    pub in_flight: u64,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_all_dialects_are_the_standard_ones() {
        for (words, expected) in [
            (
                "stop STOP end_turn eos_token stop-sequence FINISH_REASON_STOP Completed",
                "stop",
            ),
            (
                "length max_tokens MAX_TOKENS maxTokens max_output_tokens model_length max_length token_limit_reached \
              context_length_exceeded model_context_window_exceeded max_new_tokens",
                "length",
            ),
            (
                "content_filter contentFilter CONTENT_FILTERED SAFETY IMAGE_SAFETY RECITATION sensitive refusal \
              PROHIBITED_CONTENT guardrail_intervened blocked",
                "content_filter",
            ),
            ("tool_calls function_call tool_use", "tool_calls"),
        ] {
            for word in words.split_whitespace() {
                assert_eq!(
                    FinishReason::from(word.to_owned()).as_str(),
                    expected,
                    "{word}"
                );
            }
        }
        for word in "error abort aborted cancelled insufficient_system_resource network_error server_error failed \
            timeout timed_out INTERRUPTED overloaded connection_closed preempted engine_crash OOM_killed deadline_exceeded"
            .split_whitespace()
        {
            let reason = FinishReason::from(word.to_owned());
            assert_eq!(reason.broken_off(), Some(word));
        }
        for word in ["custom", "MALFORMED_FUNCTION_CALL", "OTHER"] {
            let reason = FinishReason::from(word.to_owned());
            assert_eq!((reason.broken_off(), reason.as_str()), (None, word));
        }
    }
}
