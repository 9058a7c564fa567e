//! How long a server asks to wait: in headers, in fields of an error, or in the words of its message.

use regex::Regex;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::{
    sync::LazyLock,
    time::{Duration, SystemTime},
};

/// A wait in words: "retry in 32.5s", "try again in 1m2s", "retry after 26 seconds".
static IN_WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let unit =
        r"(?:ms|milliseconds?|millis|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)";
    let span =
        format!(r"\d+(?:\.\d+)?\s*{unit}?(?:(?:\s*,?\s*(?:and\s+)?)\d+(?:\.\d+)?\s*{unit})*\b");
    let words = r"(?:retry|retried|retrying|again|wait|waiting|resets?|available|back)";
    Regex::new(&format!(r"(?i)\b{words}[\s_-]*(?:(?:again|request|requests|your request|it|for|in|after|about|at least|until|another|delay|seconds|ms)\b[\s_-]*)*[:=]?\s*({span})")).ok()
});

/// A number and its unit.
static PART: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(\d+(?:\.\d+)?)\s*([a-z]*)").ok());

/// The wait that the headers of a refusal ask for outright.
pub(super) fn in_headers(headers: &HeaderMap) -> Option<Duration> {
    header(headers, "retry-after-ms")
        .and_then(|v| seconds(v.parse::<f64>().ok()? / 1e3))
        .or_else(|| date_or_span(header(headers, "retry-after")?))
}

/// When the limits that the headers speak of are reset.
pub(super) fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    [
        "x-ratelimit-reset-requests",
        "x-ratelimit-reset-tokens",
        "x-ratelimit-reset",
        "ratelimit-reset",
    ]
    .iter()
    .find_map(|name| named_wait(name, &header(headers, name)?.into()))
}

/// The wait that stands in the body of an error: a field, or words of a message.
pub(super) fn in_body(body: &Value) -> Option<Duration> {
    field(body).or_else(|| words(body))
}

/// The wait in the words of a message.
pub(super) fn in_words(message: &str) -> Option<Duration> {
    let found = IN_WORDS.as_ref()?.captures(message)?.get(1)?;
    // "Try again in 2 attempts" names no time.
    let counts_something = found
        .as_str()
        .trim_end()
        .ends_with(|c: char| c.is_ascii_digit())
        && message[found.end()..]
            .trim_start()
            .starts_with(char::is_alphabetic);
    match counts_something {
        true => None,
        false => span(found.as_str()),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date_or_span(text: &str) -> Option<Duration> {
    span(text).or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(SystemTime::now()).ok()
    })
}

/// A field such as `retryDelay` or `retry_after_ms`, however deep it stands.
fn field(value: &Value) -> Option<Duration> {
    match value {
        Value::Array(items) => items.iter().find_map(field),
        Value::Object(map) => map
            .iter()
            .find_map(|(name, value)| named_wait(name, value))
            .or_else(|| map.values().find_map(field)),
        // A router passes on what its provider sent, as a text.
        Value::String(text) if text.trim_start().starts_with('{') => {
            field(&serde_json::from_str(text).ok()?)
        }
        _ => None,
    }
}

fn named_wait(name: &str, value: &Value) -> Option<Duration> {
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    let about_wait = [
        "retryafter",
        "retrydelay",
        "retryin",
        "waittime",
        "waitseconds",
        "waitms",
        "resetafter",
        "resetin",
        "cooldown",
        "quotaresetdelay",
        "xratelimitreset",
        "ratelimitreset",
    ]
    .iter()
    .any(|start| name.starts_with(start));
    if !about_wait {
        return None;
    }
    let in_ms = name.ends_with("ms") || name.ends_with("millis") || name.ends_with("milliseconds");
    let wait = |number: f64| match number {
        // A moment: seconds or milliseconds since 1970.
        moment if moment > 1e9 => {
            let unit = if moment > 1e11 { 1e3 } else { 1.0 };
            let then = SystemTime::UNIX_EPOCH + seconds(moment / unit)?;
            then.duration_since(SystemTime::now()).ok()
        }
        number => seconds(number / if in_ms { 1e3 } else { 1.0 }),
    };
    match value {
        Value::Number(number) => wait(number.as_f64()?),
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) => wait(number),
            Err(_) => date_or_span(text.trim()),
        },
        // A duration of Protocol Buffers.
        Value::Object(map) => {
            let part = |name: &str| {
                let part = map.get(name)?;
                part.as_f64().or_else(|| part.as_str()?.parse().ok())
            };
            let (whole, nanos) = (part("seconds"), part("nanos"));
            (whole.is_some() || nanos.is_some())
                .then(|| seconds(whole.unwrap_or(0.0) + nanos.unwrap_or(0.0) / 1e9))?
        }
        _ => None,
    }
}

fn words(value: &Value) -> Option<Duration> {
    match value {
        Value::String(text) => in_words(text),
        Value::Array(items) => items.iter().find_map(words),
        Value::Object(map) => map.values().find_map(words),
        _ => None,
    }
}

/// `30`, `1.5s`, `6m0s`, `20ms`, `2m59.56s`, `1 minute and 2 seconds`: a bare number is seconds.
fn span(text: &str) -> Option<Duration> {
    let part = PART.as_ref()?;
    let mut total = 0.0;
    let mut end = 0;
    for found in part.captures_iter(text) {
        let whole = found.get(0)?;
        let between = text[end..whole.start()].trim_matches([' ', ',']);
        if !matches!(between, "" | "and") {
            return None;
        }
        end = whole.end();
        let number: f64 = found[1].parse().ok()?;
        total += number
            * match found[2].to_ascii_lowercase().as_str() {
                "ms" | "millisecond" | "milliseconds" | "millis" => 1e-3,
                "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
                "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
                "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
                "d" | "day" | "days" => 86_400.0,
                _ => return None,
            };
    }
    (end > 0 && text[end..].trim().is_empty()).then(|| seconds(total))?
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn waits_in_headers_are_read_in_all_spellings() {
        let wait = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            in_headers(&headers)
                .or_else(|| until_reset(&headers))
                .map(|w| w.as_millis())
        };
        assert_eq!(wait("retry-after-ms", "250"), Some(250));
        assert_eq!(wait("retry-after", "1.5"), Some(1500));
        assert_eq!(wait("retry-after", "30s"), Some(30_000));
        assert_eq!(wait("retry-after", "-1"), None);
        assert_eq!(
            wait("x-ratelimit-reset-requests", "2m59.56s"),
            Some(179_560)
        );
        assert_eq!(wait("x-ratelimit-reset-tokens", "20ms"), Some(20));
        assert_eq!(wait("x-ratelimit-reset-tokens", "12"), Some(12_000));
        assert_eq!(wait("retry-after", "soon"), None);
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30));
        assert!(wait("retry-after", &date).is_some_and(|w| (27_000..=30_000).contains(&w)));
    }

    #[test]
    fn waits_in_bodies_are_read_from_fields_and_words() {
        for (body, expected) in [
            (
                json!({"error": {"details": [{"@type": "x"}, {"@type": "y.RetryInfo", "retryDelay": "32.5s"}]}}),
                Some(32_500),
            ),
            (
                json!([{"error": {"details": [{"retryDelay": {"seconds": 32, "nanos": 500_000_000}}]}}]),
                Some(32_500),
            ),
            (json!({"retry_after": 7}), Some(7_000)),
            (json!({"error": {"retry_after_ms": "250"}}), Some(250)),
            (
                json!({"metadata": {"headers": {"Retry-After": "9"}}}),
                Some(9_000),
            ),
            (
                json!({"error": {"metadata": {"raw": "{\"retryAfter\":3}"}}}),
                Some(3_000),
            ),
            (json!({"message": "Please retry in 32.5s."}), Some(32_500)),
            (
                json!({"message": "Rate limit reached. Please try again in 1m2s. Visit x"}),
                Some(62_000),
            ),
            (json!({"message": "Please try again in 20ms."}), Some(20)),
            (
                json!({"message": "Please retry after 26 seconds."}),
                Some(26_000),
            ),
            (
                json!({"detail": "Try again in 1 minute and 5 seconds"}),
                Some(65_000),
            ),
            (
                json!({"detail": "try again after 2 minutes, 5 seconds"}),
                Some(125_000),
            ),
            (
                json!({"detail": "Please wait 3.5 seconds before the next request"}),
                Some(3_500),
            ),
            (
                json!({"detail": "Please wait for 10 seconds and retry"}),
                Some(10_000),
            ),
            (json!({"detail": "Limit resets in 6h0m"}), Some(21_600_000)),
            (json!({"detail": "retry-after: 30"}), Some(30_000)),
            (json!({"detail": "retry_after=4"}), Some(4_000)),
            (json!("Retry in 5"), Some(5_000)),
            (
                json!({"detail": "Retrying your request after 1 min may help"}),
                Some(60_000),
            ),
            (
                json!({"message": "Limit 30000, Used 29000, Requested 2000. Try later."}),
                None,
            ),
            (json!({"message": "we tried 3 times", "code": 429}), None),
            (json!({"message": "Try again in 2 attempts"}), None),
        ] {
            assert_eq!(in_body(&body).map(|w| w.as_millis()), expected, "{body}");
        }
    }
}
