//! What one attempt came to when it failed: its kind, whether to try again, and how long to wait.

use super::secrets::Secrets;
use crate::{
    model::{Failure, FailureKind},
    retry::{AttemptFailure, MAX_WAIT},
};
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::{Duration, SystemTime};

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

    /// A server that cannot be trusted; no other attempt will change that.
    pub(crate) fn untrusted(message: &str) -> AttemptFailure {
        AttemptFailure::new(FailureKind::Connect, None, message)
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

    /// From an error object inside an answer that began with 200.
    pub(crate) fn inside(error: &Value, secrets: &Secrets) -> AttemptFailure {
        let body = ErrorBody::from_value(error);
        let status = error
            .get("code")
            .and_then(|c| c.as_u64().or_else(|| c.as_str()?.parse().ok()))
            .and_then(|c| u16::try_from(c).ok())
            .filter(|c| (400..600).contains(c))
            .unwrap_or_else(|| body.likely_status());
        AttemptFailure::from_error(status, &HeaderMap::new(), body, secrets)
    }

    fn from_error(
        status: u16,
        headers: &HeaderMap,
        error: ErrorBody,
        secrets: &Secrets,
    ) -> AttemptFailure {
        let kind = kind(status, &error);
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
            retry_after: retry.then(|| requested_wait(headers)).flatten(),
            slow_down: matches!(kind, FailureKind::RateLimited) || matches!(status, 503 | 529),
            retry,
            ..AttemptFailure::new(kind, Some(status), &secrets.message(&error.message))
        }
    }
}

/// What an error body says.
struct ErrorBody {
    message: String,
    /// Code, type and status in words, whatever of them there is.
    code: String,
}

impl ErrorBody {
    fn parse(body: &str) -> ErrorBody {
        match serde_json::from_str::<Value>(body.trim()) {
            Ok(value) => ErrorBody::from_value(&value),
            Err(_) => ErrorBody {
                message: title(body),
                code: String::new(),
            },
        }
    }

    fn from_value(value: &Value) -> ErrorBody {
        let value = match value {
            Value::Array(items) => items.first().unwrap_or(value),
            other => other,
        };
        let error = value.get("error").filter(|e| !e.is_null()).unwrap_or(value);
        let mut message = match error {
            Value::String(message) => message.clone(),
            _ => ["message", "detail", "msg"]
                .iter()
                .find_map(|key| error.get(key))
                .map_or_else(|| error.to_string(), text),
        };
        // A router says "provider returned error", and here what the provider error.
        if let Some(raw) = error.pointer("/metadata/raw").and_then(Value::as_str) {
            let inner: Value = serde_json::from_str(raw).unwrap_or_else(|_| raw.into());
            let inner = inner.pointer("/error/message").unwrap_or(&inner);
            message = format!("{message}: {}", text(inner));
        }
        if let Some(param) = error.get("param").and_then(Value::as_str)
            && !param.is_empty()
            && !message.contains(param)
        {
            message = format!("{message} (parameter `{param}`)");
        }
        let code = ["code", "type", "status"]
            .iter()
            .filter_map(|key| error.get(key).and_then(Value::as_str))
            .chain(error.pointer("/innererror/code").and_then(Value::as_str))
            .collect::<Vec<_>>()
            .join(" ");
        ErrorBody { message, code }
    }

    /// The status that an error would have had, where it came inside an answer and has only a word for a code.
    fn likely_status(&self) -> u16 {
        let has = |words: &[&str]| words.iter().any(|word| self.code.contains(word));
        if has(&["insufficient_quota", "rate_limit", "RESOURCE_EXHAUSTED"]) {
            429
        } else if has(&["invalid_api_key", "authentication"]) {
            401
        } else if has(&["permission"]) {
            403
        } else if has(&["model_not_found", "not_found"]) {
            404
        } else if has(&[
            "context_length",
            "exceed_context",
            "content_filter",
            "invalid_request",
            "BadRequest",
        ]) {
            400
        } else if has(&["overloaded"]) {
            529
        } else {
            500
        }
    }
}

/// A message in whatever form it came. Of a list of complaints, each with the place that it is about.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| {
                let Some(message) = item.get("msg").and_then(Value::as_str) else {
                    return text(item);
                };
                let place: Vec<String> = item
                    .get("loc")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter(|part| *part != "body")
                    .map(text)
                    .collect();
                match place.is_empty() {
                    true => message.to_owned(),
                    false => format!("{}: {message}", place.join(".")),
                }
            })
            .collect::<Vec<_>>()
            .join("; "),
        // One complaint or a message in a wrapper of its own.
        Value::Object(map) => match map.get("message").or_else(|| map.get("detail")) {
            Some(inner) => text(inner),
            None => value.to_string(),
        },
        other => other.to_string(),
    }
}

fn kind(status: u16, error: &ErrorBody) -> FailureKind {
    let message = error.message.to_lowercase();
    let coded = |codes: &[&str]| codes.iter().any(|code| error.code.contains(code));
    let speaks_of = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    let refused = matches!(status, 400 | 413 | 422);
    if status == 402
        || coded(&[
            "insufficient_quota",
            "billing_hard_limit",
            "billing_not_active",
        ])
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
    if (400..500).contains(&status) && coded(&["content_filter", "ResponsibleAIPolicyViolation"])
        || matches!(status, 400 | 403 | 422)
            && (coded(&["content_policy", "moderation"])
                || speaks_of(&["content management policy", "your input was flagged"]))
    {
        return FailureKind::ContentFilter;
    }
    match status {
        400 if speaks_of(&["api key not valid"]) => FailureKind::Auth,
        401 | 403 => FailureKind::Auth,
        404 => FailureKind::NotFound,
        408 => FailureKind::Timeout,
        409 | 425 | 429 => FailureKind::RateLimited,
        500..=599 => FailureKind::Server,
        _ => FailureKind::BadRequest,
    }
}

/// Text of a body that is no JSON: of a page only its title.
fn title(body: &str) -> String {
    let lower = body.to_ascii_lowercase();
    if let (Some(start), Some(end)) = (lower.find("<title>"), lower.find("</title>"))
        && start + 7 <= end
    {
        return body[start + 7..end].trim().to_owned();
    }
    if body.trim().is_empty() {
        "no message".to_owned()
    } else {
        body.trim().to_owned()
    }
}

fn one_line(text: &str) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 300 {
        line = line.chars().take(299).collect::<String>() + "…";
    }
    line
}

fn requested_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::trim)
    };
    let seconds = |s: f64| Duration::try_from_secs_f64(s).ok();
    let wait = text("retry-after-ms")
        .and_then(|v| seconds(v.parse::<f64>().ok()? / 1e3))
        .or_else(|| {
            let v = text("retry-after")?;
            match v.parse::<f64>() {
                Ok(s) => seconds(s),
                Err(_) => httpdate::parse_http_date(v)
                    .ok()?
                    .duration_since(SystemTime::now())
                    .ok(),
            }
        })
        .or_else(|| parse_reset(text("x-ratelimit-reset-requests")?))
        .or_else(|| parse_reset(text("x-ratelimit-reset-tokens")?));
    wait.map(|w| w.min(MAX_WAIT))
}

/// `1s`, `6m0s`, `20ms`, `2m59.56s`.
fn parse_reset(text: &str) -> Option<Duration> {
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_end = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        total += number
            * match &rest[..unit_end] {
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Duration::try_from_secs_f64(total).ok()
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

    #[test]
    fn waits_are_read_in_all_spellings() {
        let wait = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            requested_wait(&headers).map(|w| w.as_millis())
        };
        assert_eq!(wait("retry-after-ms", "250"), Some(250));
        assert_eq!(wait("retry-after", "1.5"), Some(1500));
        assert_eq!(wait("retry-after", "9999"), Some(60_000));
        assert_eq!(wait("x-ratelimit-reset-requests", "2m59.56s"), Some(60_000));
        assert_eq!(wait("x-ratelimit-reset-tokens", "20ms"), Some(20));
        assert_eq!(wait("retry-after", "soon"), None);
        assert!(
            wait(
                "retry-after",
                &httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30))
            )
            .is_some_and(|w| (27_000..=30_000).contains(&w))
        );
    }
}
