//! What an error says, in whatever form it came: the server's own words, its codes, and how long to wait.

use super::{
    answer::{is_error, is_ok_code},
    page::page_words,
    relaxed,
    validation::{is_about_request, python_complaints},
    wait,
};
use serde_json::Value;
use std::time::Duration;

/// Names of fields with a message, without marks and case, the likeliest first.
const MESSAGES: [&str; 14] = [
    "message",
    "msg",
    "errormessage",
    "errormsg",
    "errmsg",
    "statusmsg",
    "statusmessage",
    "faultstring",
    "detail",
    "errordescription",
    "description",
    "reason",
    "blockreason",
    "title",
];

/// Names of objects in which an error may be wrapped.
const WRAPPERS: [&str; 12] = [
    "error",
    "errors",
    "err",
    "baseresp",
    "fault",
    "promptfeedback",
    "exception",
    "response",
    "result",
    "data",
    "output",
    "body",
];

/// Names of fields with a code, without marks and case.
const CODES: [&str; 8] = [
    "code",
    "type",
    "status",
    "statuscode",
    "errorcode",
    "errcode",
    "errortype",
    "blockreason",
];

/// What an error body says.
pub(super) struct ErrorBody {
    pub(super) message: String,
    /// Code, type and status in words, whatever of them there is.
    pub(super) code: String,
    /// The HTTP status that it names.
    status: Option<u16>,
    /// How long it asks to wait.
    pub(super) wait: Option<Duration>,
    /// Whether it names what is wrong with the request.
    pub(super) is_about_request: bool,
}

impl ErrorBody {
    /// The body of a response with an error status.
    pub(super) fn parse(body: &str) -> ErrorBody {
        let body = body.trim();
        // An event of a stream, though the status is an error.
        let data = ["data:", "error:"].iter().find_map(|field| {
            let mut lines = body.lines();
            lines.find_map(|line| line.trim().strip_prefix(field))
        });
        let json = data.unwrap_or(body).trim();
        match relaxed::values(json.as_bytes()) {
            Ok(values) if !values.is_empty() => ErrorBody::new(&values[0]),
            _ => {
                let message = page_words(data.unwrap_or(body));
                ErrorBody {
                    wait: wait::in_words(&message),
                    is_about_request: is_about_request(&message),
                    message,
                    code: String::new(),
                    status: None,
                }
            }
        }
    }

    pub(super) fn new(value: &Value) -> ErrorBody {
        let whole = value;
        let value = match value {
            Value::Array(items) => items.first().unwrap_or(value),
            other => other,
        };
        let error = wrapped(value).unwrap_or(value);
        let mut message = words(value, 0).unwrap_or_else(|| match value {
            Value::Null => page_words(""),
            Value::Object(map) if map.is_empty() => page_words(""),
            value => value.to_string(),
        });
        // A router says "provider returned error", and here what the provider error.
        if let Some(raw) = error.pointer("/metadata/raw").and_then(Value::as_str) {
            let inner: Value = serde_json::from_str(raw).unwrap_or_else(|_| raw.into());
            let inner = words(&inner, 0).unwrap_or_else(|| text(&inner));
            message = format!("{message}: {inner}");
        }
        if let Some(param) = error.get("param").and_then(Value::as_str)
            && !param.is_empty()
            && !message.contains(param)
        {
            message = format!("{message} (parameter `{param}`)");
        }
        let is_about_request = is_about_request(&message) || has_places(value);
        if let Some(complaints) = python_complaints(&message) {
            message = complaints;
        }
        let mut codes = Vec::new();
        collect_codes(value, &mut codes);
        let status = codes.iter().find_map(|code| {
            let status: u16 = code.parse().ok()?;
            (400..600).contains(&status).then_some(status)
        });
        let vendor = value
            .get("base_resp")
            .and_then(|resp| resp.get("status_code"));
        ErrorBody {
            message,
            code: codes.join(" "),
            status: status.or_else(|| minimax_status(vendor?.as_i64()?)),
            wait: wait::in_body(whole),
            is_about_request,
        }
    }

    /// What is wrong, where an object that came with status 200 says that it is an error.
    pub(super) fn declared(value: &Value) -> Option<ErrorBody> {
        let map = value.as_object()?;
        let is = |name: &str, wrong: &dyn Fn(&Value) -> bool| map.get(name).is_some_and(wrong);
        let is_bad_word = |v: &Value| {
            matches!(
                v.as_str(),
                Some("error" | "failed" | "fail" | "failure" | "ERROR" | "FAILED")
            )
        };
        let is_bad_code = |v: &Value| {
            (v.is_number() || v.is_string()) && !is_ok_code(v) && words(value, 0).is_some()
        };
        let base = map
            .get("base_resp")
            .and_then(|resp| resp.get("status_code"));
        let declares = ["error", "errors", "err"]
            .iter()
            .any(|name| is(name, &is_error))
            || ["success", "ok"]
                .iter()
                .any(|name| is(name, &|v| *v == Value::Bool(false)))
            || ["object", "type", "status", "event"]
                .iter()
                .any(|name| is(name, &is_bad_word))
            || [
                "code",
                "errcode",
                "err_code",
                "error_code",
                "errorCode",
                "status_code",
                "statusCode",
                "status",
            ]
            .iter()
            .any(|name| is(name, &is_bad_code))
            || base.is_some_and(|code| !is_ok_code(code))
            || value.pointer("/promptFeedback/blockReason").is_some();
        declares.then(|| ErrorBody::new(value))
    }

    /// The HTTP status that it names.
    pub(super) fn named_status(&self) -> Option<u16> {
        self.status
    }

    /// The status that an error would have had, where it came inside an answer.
    pub(super) fn likely_status(&self) -> u16 {
        if let Some(status) = self.status {
            return status;
        }
        let code = self.code.to_lowercase();
        let message = self.message.to_lowercase();
        let coded = |words: &[&str]| words.iter().any(|word| code.contains(word));
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if coded(&[
            "insufficient_quota",
            "rate_limit",
            "ratelimit",
            "resource_exhausted",
            "throttl",
            "too_many_requests",
        ]) || says(&["rate limit", "ratelimit", "too many requests"])
        {
            429
        } else if coded(&[
            "invalid_api_key",
            "authentication",
            "unauthorized",
            "unauthenticated",
        ]) || says(&["invalid api key", "invalid token", "unauthorized"])
        {
            401
        } else if coded(&["permission"]) {
            403
        } else if coded(&["model_not_found", "not_found", "notfound"]) {
            404
        } else if coded(&[
            "context_length",
            "exceed_context",
            "content_filter",
            "responsibleaipolicy",
            "invalid_request",
            "invalid_parameter",
            "invalid_argument",
            "badrequest",
            "bad_request",
        ]) || says(&["maximum context length", "context window"])
        {
            400
        } else if coded(&["overloaded"]) || says(&["overloaded"]) {
            529
        } else {
            500
        }
    }
}

fn plain_name(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// The value of a field, by its name without marks and case.
fn field<'a>(value: &'a Value, wanted: &str) -> Option<&'a Value> {
    let map = value.as_object()?;
    map.iter()
        .find(|(name, _)| plain_name(name) == wanted)
        .map(|(_, value)| value)
}

/// The object that holds the error.
fn wrapped(value: &Value) -> Option<&Value> {
    let inner = WRAPPERS.iter().find_map(|name| {
        let inner = field(value, name)?;
        (inner.is_object() && is_error(inner)).then_some(inner)
    })?;
    Some(wrapped(inner).unwrap_or(inner))
}

/// The server's own words: those of the innermost error first.
fn words(value: &Value, depth: usize) -> Option<String> {
    if depth > 6 {
        return None;
    }
    match value {
        Value::String(message) => {
            let message = message.trim();
            if message.starts_with(['{', '['])
                && let Ok(inner) = serde_json::from_str(message)
                && let Some(found) = words(&inner, depth + 1)
            {
                return Some(found);
            }
            let readable = match message.starts_with('<') {
                true => page_words(message),
                false => message.to_owned(),
            };
            (!readable.is_empty()).then_some(readable)
        }
        Value::Array(items)
            if items
                .iter()
                .any(|item| item.is_object() || item.is_string()) =>
        {
            let all: Vec<String> = items
                .iter()
                .filter_map(|item| complaint(item, depth))
                .collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(map) => {
            let (outer, inner) = WRAPPERS.split_at(7);
            let in_wrapper = |names: &[&str]| {
                names
                    .iter()
                    .find_map(|name| words(field(value, name)?, depth + 1))
            };
            let in_field = || {
                MESSAGES
                    .iter()
                    .find_map(|name| words(field(value, name)?, depth + 1))
            };
            in_wrapper(outer)
                .or_else(in_field)
                .or_else(|| in_wrapper(inner))
                .or_else(|| {
                    CODES
                        .iter()
                        .find_map(|name| Some(field(value, name)?.as_str()?.to_owned()))
                })
                .or_else(|| {
                    // Complaints by the field that they are about.
                    let lists = map.iter().filter(|(_, v)| v.is_array());
                    let all: Vec<String> = lists
                        .filter_map(|(name, v)| Some(format!("{name}: {}", words(v, depth + 1)?)))
                        .collect();
                    (!all.is_empty()).then(|| all.join("; "))
                })
        }
        _ => None,
    }
}

/// Whether an error lists the places in the request that are wrong, as FastAPI does.
fn has_places(error: &Value) -> bool {
    let list = field(error, "detail").and_then(Value::as_array);
    let place = list.and_then(|list| list.first()?.get("loc")?.get(0)?.as_str());
    place.is_some_and(|place| matches!(place, "body" | "query" | "header" | "path"))
}

/// One of a list of complaints, with the place that it is about.
fn complaint(item: &Value, depth: usize) -> Option<String> {
    let message = words(item, depth + 1)?;
    let place = item.get("loc").and_then(Value::as_array);
    let place: Vec<String> = place
        .into_iter()
        .flatten()
        .filter(|part| *part != "body")
        .map(text)
        .collect();
    Some(match place.is_empty() {
        true => message,
        false => format!("{}: {message}", place.join(".")),
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The codes of an error and of what it is wrapped in or wraps.
fn collect_codes(value: &Value, codes: &mut Vec<String>) {
    let Value::Object(map) = value else {
        if let Value::Array(items) = value {
            items.iter().for_each(|item| collect_codes(item, codes));
        }
        return;
    };
    for (name, value) in map {
        let name = plain_name(name);
        match value {
            Value::String(code) if CODES.contains(&name.as_str()) => codes.push(code.clone()),
            Value::Number(code) if CODES.contains(&name.as_str()) => codes.push(code.to_string()),
            Value::Object(_) | Value::Array(_)
                if name == "innererror" || WRAPPERS.contains(&name.as_str()) =>
            {
                collect_codes(value, codes);
            }
            _ => {}
        }
    }
}

/// The HTTP status that a code of MiniMax stands for.
fn minimax_status(code: i64) -> Option<u16> {
    Some(match code {
        1001 => 408,
        1002 | 1039 | 1041 | 2045 | 2056 => 429,
        1004 | 2049 => 401,
        1008 => 402,
        1026 | 1027 | 1042 | 2013 => 400,
        1000 | 1013 | 1024 | 1033 => 500,
        _ => return None,
    })
}
