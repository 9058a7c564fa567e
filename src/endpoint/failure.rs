//! What one attempt came to when it failed: its kind, whether to try again, and how long to wait.

use super::{error_body::ErrorBody, secrets::Secrets, wait};
use crate::{
    model::{Failure, FailureKind},
    retry::{AttemptFailure, MAX_WAIT},
};
use reqwest::header::HeaderMap;
use serde_json::Value;

impl AttemptFailure {
    fn new(kind: FailureKind, status: Option<u16>, message: &str) -> AttemptFailure {
        AttemptFailure {
            failure: Failure {
                kind,
                status,
                message: one_line(message),
                trace: Default::default(),
            },
            retry: false,
            retry_after: None,
            slow_down: false,
        }
    }

    /// A failure without a response.
    pub(crate) fn network(kind: FailureKind, message: impl AsRef<str>) -> AttemptFailure {
        AttemptFailure {
            retry: true,
            slow_down: kind == FailureKind::Timeout,
            ..AttemptFailure::new(kind, None, message.as_ref())
        }
    }

    /// A request that cannot be made, such as one with a file that is gone.
    pub(crate) fn unsendable(message: &str) -> AttemptFailure {
        AttemptFailure::new(FailureKind::Render, None, message)
    }

    /// A server that cannot be trusted; no other attempt will change that.
    pub(crate) fn untrusted(message: &str) -> AttemptFailure {
        AttemptFailure::new(FailureKind::Connect, None, message)
    }

    /// An operation that only servers have.
    pub(crate) fn not_of_programs(endpoint: &str, operation: &str) -> AttemptFailure {
        AttemptFailure::new(
            FailureKind::NotFound,
            None,
            &format!("endpoint `{endpoint}` is a program, which has no `{operation}`"),
        )
    }

    /// A program that the user has not allowed; stops the run.
    pub(crate) fn not_allowed(message: &str) -> AttemptFailure {
        AttemptFailure::new(FailureKind::Auth, None, message)
    }

    /// The files of a program are others than those its answers are stored under; stops the run.
    pub(crate) fn program_changed(program: &str) -> AttemptFailure {
        AttemptFailure::new(
            FailureKind::NotFound,
            None,
            &format!(
                "the files of `{program}` have changed since the run began, so it was not started again: its answers would be stored as those of the earlier version. Start a new run"
            ),
        )
    }

    /// What a program says went wrong, a text or an object as servers send it. Without a status it is about this call, and
    /// calling again would not help.
    pub(crate) fn of_program(error: &Value, secrets: &Secrets) -> AttemptFailure {
        let body = ErrorBody::new(error);
        let named = body.named_status();
        // Words of an application mean nothing of a server's: "unauthorized" may be its customer.
        let status = named.unwrap_or(400);
        let mut failed = AttemptFailure::from_error(status, &HeaderMap::new(), body, secrets);
        failed.failure.status = named;
        failed
    }

    /// The address is another one; stops the run, as a wrong address does.
    pub(crate) fn moved(status: u16, message: &str) -> AttemptFailure {
        AttemptFailure::new(FailureKind::NotFound, Some(status), message)
    }

    /// From an error status.
    pub(crate) fn status(
        status: u16,
        headers: &HeaderMap,
        body: &str,
        secrets: &Secrets,
    ) -> AttemptFailure {
        AttemptFailure::from_error(status, headers, ErrorBody::parse(body), secrets)
    }

    /// From an error inside an answer that began with 200.
    pub(crate) fn inside(error: &Value, secrets: &Secrets) -> AttemptFailure {
        AttemptFailure::inside_body(ErrorBody::new(error), secrets)
    }

    /// The same, of what an error event of a stream says in plain text or JSON.
    pub(crate) fn inside_text(text: &str, secrets: &Secrets) -> AttemptFailure {
        AttemptFailure::inside_body(ErrorBody::parse(text), secrets)
    }

    /// From an answer without choices that says what is wrong; `None` where it does not.
    pub(crate) fn declared(answer: &Value, secrets: &Secrets) -> Option<AttemptFailure> {
        let body = ErrorBody::declared(answer)?;
        Some(AttemptFailure::inside_body(body, secrets))
    }

    fn inside_body(body: ErrorBody, secrets: &Secrets) -> AttemptFailure {
        let status = body.likely_status();
        AttemptFailure::from_error(status, &HeaderMap::new(), body, secrets)
    }

    /// An answer that the server broke off, by the finish reason that it gave.
    pub(crate) fn broken_off(reason: &str, secrets: &Secrets) -> AttemptFailure {
        let reason = secrets.message(reason);
        let busy = ["insufficient", "overload", "unavailable"];
        AttemptFailure {
            slow_down: busy.iter().any(|word| reason.to_lowercase().contains(word)),
            ..AttemptFailure::network(
                FailureKind::Cut,
                format!("the server broke off the answer (finish_reason `{reason}`)"),
            )
        }
    }

    /// A prompt that the provider's filter refused, inside an answer that began with 200.
    pub(crate) fn filtered() -> AttemptFailure {
        AttemptFailure::new(
            FailureKind::ContentFilter,
            None,
            "the provider's content filter refused the prompt",
        )
    }

    fn from_error(
        status: u16,
        headers: &HeaderMap,
        error: ErrorBody,
        secrets: &Secrets,
    ) -> AttemptFailure {
        let kind = kind(status, &error);
        let requested_wait = wait::in_headers(headers)
            .or(error.wait)
            .or_else(|| wait::until_reset(headers));
        let should_retry = headers.get("x-should-retry").and_then(|v| v.to_str().ok());
        let retry = match should_retry {
            Some("true") => true,
            Some("false") => false,
            // The server will never know how: 501 and 505.
            _ => {
                !matches!(status, 501 | 505)
                    && matches!(
                        kind,
                        FailureKind::RateLimited | FailureKind::Server | FailureKind::Timeout
                    )
            }
        };
        AttemptFailure {
            retry_after: requested_wait.filter(|_| retry).map(|w| w.min(MAX_WAIT)),
            slow_down: matches!(kind, FailureKind::RateLimited) || matches!(status, 503 | 529),
            retry,
            ..AttemptFailure::new(kind, Some(status), &secrets.message(&error.message))
        }
    }
}

fn kind(status: u16, error: &ErrorBody) -> FailureKind {
    let message = error.message.to_lowercase();
    let code = error.code.to_lowercase();
    let coded = |codes: &[&str]| codes.iter().any(|part| code.contains(part));
    let speaks_of = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    let refused = matches!(status, 400 | 413 | 422);
    if status == 402
        || coded(&[
            "insufficient_quota",
            "insufficient_balance",
            "billing_hard_limit",
            "billing_not_active",
            "exceeded_current_quota",
            "arrearage",
        ])
        || speaks_of(&["insufficient balance", "insufficient account balance"])
    {
        return FailureKind::Quota;
    }
    if coded(&["context_length_exceeded", "exceed_context_size"])
        || status == 413
        || refused
            && speaks_of(&[
                "maximum context length",
                "exceeds the available context",
                "too many tokens",
                "context window",
                "prompt is too long",
                "maximum allowed length",
                "maximum number of tokens allowed",
                "longer than the maximum model length",
            ])
    {
        return FailureKind::ContextTooLong;
    }
    // What the code says is sure, though an error inside a stream has no status of its own.
    if coded(&[
        "content_filter",
        "contentfilter",
        "responsibleaipolicyviolation",
        "content_policy",
        "contentpolicy",
        "data_inspection_failed",
        "datainspectionfailed",
        "prohibited_content",
    ]) || matches!(status, 400 | 403 | 422 | 451)
        && (coded(&["moderation", "safety"])
            || speaks_of(&[
                "content management policy",
                "content policy",
                "content filter",
                "your input was flagged",
                "inappropriate content",
                "sensitive",
                "prompt was blocked",
            ]))
    {
        return FailureKind::ContentFilter;
    }
    match status {
        400 if speaks_of(&["api key not valid"]) => FailureKind::Auth,
        401 | 403 => FailureKind::Auth,
        404 => FailureKind::NotFound,
        408 => FailureKind::Timeout,
        409 | 425 | 429 => FailureKind::RateLimited,
        500..=502 if error.is_about_request => FailureKind::BadRequest,
        500..=599 => FailureKind::Server,
        _ => FailureKind::BadRequest,
    }
}

fn one_line(text: &str) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 300 {
        line = line.chars().take(299).collect::<String>() + "…";
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure_of(status: u16, body: &str) -> AttemptFailure {
        AttemptFailure::status(status, &HeaderMap::new(), body, &Secrets::default())
    }

    #[test]
    fn error_bodies_of_all_shapes_are_read() {
        for body in [
            r#"{"error":{"message":"bad thing","type":"x"}}"#,
            r#"{"error":"bad thing"}"#,
            r#"{"message":"bad thing"}"#,
            r#"{"detail":"bad thing"}"#,
            r#"{"detail":[{"msg":"bad thing"}]}"#,
            r#"[{"error":{"message":"bad thing"}}]"#,
            "bad thing",
            "<html><head><title>bad thing</title></head><body>x</body></html>",
        ] {
            assert_eq!(failure_of(400, body).failure.message, "bad thing", "{body}");
        }
        for (body, message) in [
            (
                r#"{"detail":[{"loc":["body","n"],"msg":"too big"},{"loc":["body","a",0],"msg":"extra"}]}"#,
                "n: too big; a.0: extra",
            ),
            (
                r#"{"object":"error","message":{"detail":[{"loc":["body","seed"],"msg":"extra"}]},"type":"x"}"#,
                "seed: extra",
            ),
            (
                r#"{"error":{"message":"no such thing","param":"logprobs"}}"#,
                "no such thing (parameter `logprobs`)",
            ),
            (
                r#"{"error":{"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"no seed\"}}"}}}"#,
                "Provider returned error: no seed",
            ),
        ] {
            assert_eq!(failure_of(400, body).failure.message, message, "{body}");
        }
    }

    #[test]
    fn kinds_decide_about_another_attempt() {
        let quota = failure_of(
            429,
            r#"{"error":{"message":"x","code":"insufficient_quota"}}"#,
        );
        assert_eq!(
            (quota.failure.kind, quota.retry),
            (FailureKind::Quota, false)
        );
        let limited = failure_of(429, "{}");
        assert!(limited.retry && limited.slow_down);
        assert_eq!(
            failure_of(
                400,
                r#"{"error":{"message":"This model's maximum context length is 8192"}}"#
            )
            .failure
            .kind,
            FailureKind::ContextTooLong
        );
        assert!(
            failure_of(529, "").retry
                && failure_of(502, "").retry
                && !failure_of(422, "").retry
                && !failure_of(401, "").retry
        );
    }
}
