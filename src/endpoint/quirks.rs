//! What an endpoint was found not to take, and the form of request that it gets from then on.

use super::{RESPONSE_FORMAT, WireRequest};
use crate::model::{Failure, FailureKind};
use bytes::Bytes;
use parking_lot::RwLock;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

/// So many streams that end without a finish reason show that it is the server that ends them, where they are more than
/// one in [`UNFINISHED_SHARE`].
const MIN_UNFINISHED: u64 = 3;
const UNFINISHED_SHARE: u64 = 10;

const OLD: &str = "max_tokens";
const NEW: &str = "max_completion_tokens";

/// What was learned of one endpoint so far.
#[derive(Debug, Default)]
pub(crate) struct ServerQuirks {
    no_stream_options: AtomicBool,
    streams: AtomicU64,
    /// Of the streams those that ended, though nothing broke, without a finish reason.
    unfinished: AtomicU64,
    cuts_streams: AtomicBool,
    /// Most texts in one request for embeddings; 0 while nothing was refused.
    max_embeddings: AtomicUsize,
    /// Whether any model takes the limit under another name than the one that was written.
    any_renamed: AtomicBool,
    /// By model: behind one endpoint there may be models of many kinds.
    renamed: RwLock<BTreeMap<String, &'static str>>,
    /// The models that do not take `response_format`.
    formatless: RwLock<BTreeSet<String>>,
    /// The models that do not take `null` as the content of a message that only calls tools.
    no_null_content: RwLock<BTreeSet<String>>,
}

/// How one request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestShape {
    stream: bool,
    stream_options: bool,
    /// The name under which the limit of tokens goes, where it is not as written.
    limit: Option<&'static str>,
    /// Whether an optional `response_format` goes along.
    response_format: bool,
    /// Whether messages without words, which only call tools, have `null` as their content; else an empty text.
    null_content: bool,
}

impl ServerQuirks {
    /// The form for a request to a model.
    pub(crate) fn shape(&self, model: &str, request: &WireRequest) -> RequestShape {
        let limit = self.any_renamed.load(Ordering::Acquire).then(|| {
            let renamed = self.renamed.read();
            renamed.get(model).copied()
        });
        RequestShape {
            stream: request.stream && !self.cuts_streams(),
            stream_options: !self.no_stream_options.load(Ordering::Acquire),
            limit: limit.flatten(),
            response_format: request.is_format_optional && !self.formatless.read().contains(model),
            null_content: !self.no_null_content.read().contains(model),
        }
    }

    /// Count a stream that came to its end, finished or not; how many were not, where the server itself ends them.
    pub(crate) fn stream_ended(&self, is_finished: bool) -> Option<u64> {
        let streams = self.streams.fetch_add(1, Ordering::AcqRel) + 1;
        let unfinished = match is_finished {
            true => return None,
            false => self.unfinished.fetch_add(1, Ordering::AcqRel) + 1,
        };
        let is_many = unfinished >= MIN_UNFINISHED && unfinished * UNFINISHED_SHARE >= streams;
        self.cuts_streams.fetch_or(is_many, Ordering::AcqRel);
        self.cuts_streams().then_some(unfinished)
    }

    /// Whether the server ends streams before they are complete, so that answers are requested whole.
    pub(crate) fn cuts_streams(&self) -> bool {
        self.cuts_streams.load(Ordering::Acquire)
    }

    /// Streams that ended without a finish reason.
    pub(crate) fn unfinished_streams(&self) -> u64 {
        self.unfinished.load(Ordering::Acquire)
    }

    /// The name under which the limit of tokens of a model goes, where one was refused.
    pub(crate) fn renamed_limit(&self, model: &str) -> Option<&'static str> {
        self.renamed.read().get(model).copied()
    }

    /// Whether `stream_options` was refused.
    pub(crate) fn refuses_stream_options(&self) -> bool {
        self.no_stream_options.load(Ordering::Acquire)
    }

    /// Most texts in one request for embeddings, where so many were refused.
    pub(crate) fn max_embeddings(&self) -> Option<usize> {
        Some(self.max_embeddings.load(Ordering::Acquire)).filter(|most| *most > 0)
    }

    /// Learn that a request for the embeddings of so many texts was refused.
    pub(crate) fn refused_embeddings(&self, texts: usize) {
        let half = (texts / 2).max(1);
        let less = |most: usize| (most == 0 || half < most).then_some(half);
        // Another request may have learned that even fewer are taken.
        let _ = self
            .max_embeddings
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    /// Learn from a refusal of a request that was sent in this form; whether it should be sent again, in another one.
    pub(crate) fn refused(
        &self,
        failure: &Failure,
        model: &str,
        request: &WireRequest,
        sent: RequestShape,
    ) -> bool {
        let message = failure.message.to_lowercase();
        // llama.cpp's server in Python answers a form that it does not know with 500.
        if sent.response_format
            && !matches!(failure.status, None | Some(401 | 403 | 429))
            && is_about_format(&message)
        {
            self.formatless.write().insert(model.to_owned());
            return true;
        }
        if failure.kind != FailureKind::BadRequest && !matches!(failure.status, Some(400 | 422)) {
            return false;
        }
        if sent.stream && sent.stream_options && message.contains("stream_options") {
            self.no_stream_options.store(true, Ordering::Release);
            return true;
        }
        if sent.null_content
            && is_about_null_content(&message)
            && without_null_content(request.body.clone()) != request.body
        {
            self.no_null_content.write().insert(model.to_owned());
            return true;
        }
        let Some(other) = other_limit(&message, request, sent) else {
            return false;
        };
        let mut renamed = self.renamed.write();
        match renamed.get(model) {
            // Another request learned it while this one was in flight.
            Some(now) if Some(*now) != sent.limit => *now == other,
            // Both names were refused: the limit itself is what the server does not take.
            Some(_) => false,
            None => {
                renamed.insert(model.to_owned(), other);
                self.any_renamed.store(true, Ordering::Release);
                true
            }
        }
    }
}

/// Whether a refusal is about structured output.
fn is_about_format(message: &str) -> bool {
    [
        RESPONSE_FORMAT,
        "text.format",
        "json_schema",
        "json schema",
        "structured output",
        "guided",
        "grammar",
    ]
    .iter()
    .any(|word| message.contains(word))
}

/// Whether a refusal says that the content of a message must be a text.
fn is_about_null_content(message: &str) -> bool {
    let message = message.replace("content-type", "");
    let is_about_null = ["a string", "valid string", "null", "none", "nil"]
        .iter()
        .any(|word| message.contains(word));
    message.contains("message") && message.contains("content") && is_about_null
}

/// The other name for the limit of tokens, where a refusal is about the name.
fn other_limit(message: &str, request: &WireRequest, sent: RequestShape) -> Option<&'static str> {
    let name = sent.limit.or_else(|| written_limit(&request.body))?;
    let about_name = match name {
        OLD => message.contains(NEW) || message.contains(OLD) && unknown(message),
        _ => message.contains(NEW) && unknown(message),
    };
    about_name.then_some(if name == OLD { NEW } else { OLD })
}

/// Whether a message says that a parameter is not known, rather than that its value is wrong.
fn unknown(message: &str) -> bool {
    [
        "unsupported",
        "not supported",
        "unknown",
        "unrecognized",
        "unrecognised",
        "unexpected",
        "not permitted",
        "not allowed",
        "extra",
    ]
    .iter()
    .any(|word| message.contains(word))
}

fn written_limit(body: &Bytes) -> Option<&'static str> {
    let body: Value = serde_json::from_slice(body).ok()?;
    [OLD, NEW].into_iter().find(|name| body.get(name).is_some())
}

impl RequestShape {
    /// The bytes of a request in this form.
    pub(crate) fn bytes(self, request: &WireRequest) -> Bytes {
        let mut bytes = match self.stream {
            true => request.stream_bytes(self.stream_options),
            false => request.body.clone(),
        };
        if request.is_format_optional && !self.response_format {
            bytes = without_format(bytes);
        }
        if !self.null_content {
            bytes = without_null_content(bytes);
        }
        match self.limit {
            Some(name) => rename(bytes, if name == OLD { NEW } else { OLD }, name),
            None => bytes,
        }
    }
}

fn without_format(body: Bytes) -> Bytes {
    let Ok(Value::Object(mut map)) = serde_json::from_slice(&body) else {
        return body;
    };
    map.shift_remove(RESPONSE_FORMAT);
    // Where the Responses API has it.
    if let Some(Value::Object(text)) = map.get_mut("text") {
        text.shift_remove("format");
    }
    Value::Object(map).to_string().into()
}

/// The same body with an empty text for each content that is `null`; untouched where there is none.
fn without_null_content(body: Bytes) -> Bytes {
    // A text has its quotes escaped and does not look like it.
    if !str::from_utf8(&body).is_ok_and(|body| body.contains(r#""content":null"#)) {
        return body;
    }
    let Ok(mut request) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let messages = request.get_mut("messages").and_then(Value::as_array_mut);
    let contents = messages
        .into_iter()
        .flatten()
        .filter_map(|message| message.get_mut("content"));
    let mut is_changed = false;
    for content in contents.filter(|content| content.is_null()) {
        *content = Value::String(String::new());
        is_changed = true;
    }
    match is_changed {
        true => request.to_string().into(),
        false => body,
    }
}

fn rename(body: Bytes, from: &str, to: &str) -> Bytes {
    let Ok(Value::Object(mut map)) = serde_json::from_slice(&body) else {
        return body;
    };
    let Some(limit) = map.remove(from) else {
        return body;
    };
    map.entry(to).or_insert(limit);
    Value::Object(map).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, Params, Prompt, Role, ToolCall};
    use serde_json::json;

    fn refusal(message: &str) -> Failure {
        Failure {
            kind: FailureKind::BadRequest,
            status: Some(400),
            message: message.into(),
            trace: Default::default(),
        }
    }

    fn request(params: Value) -> WireRequest {
        let params = params.as_object().unwrap().clone();
        let prompt = Prompt::new(vec![]);
        WireRequest::for_prompt(&prompt, &params)
    }

    fn sent(learned: &ServerQuirks, model: &str, request: &WireRequest) -> Value {
        serde_json::from_slice(&learned.shape(model, request).bytes(request)).unwrap()
    }

    #[test]
    fn the_name_of_the_limit_goes_both_ways_and_by_model() {
        for (from, to, message) in [
            (
                OLD,
                NEW,
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            ),
            (
                NEW,
                OLD,
                "Unrecognized request argument supplied: max_completion_tokens",
            ),
        ] {
            let learned = ServerQuirks::default();
            let request = request(json!({ from: 5 }));
            let form = learned.shape("m", &request);
            assert!(learned.refused(&refusal(message), "m", &request, form));
            assert!(
                learned.refused(&refusal(message), "m", &request, form),
                "one that was on its way at the same time is sent again too"
            );
            let now = sent(&learned, "m", &request);
            assert_eq!((&now[to], now.get(from)), (&json!(5), None));
            assert_eq!(sent(&learned, "other", &request)[from], 5);
            let again = learned.shape("m", &request);
            assert!(
                !learned.refused(
                    &refusal("max_tokens is unknown, max_completion_tokens is unknown"),
                    "m",
                    &request,
                    again
                ),
                "no way back: it would go round for ever"
            );
        }
    }

    #[test]
    fn an_optional_format_is_left_out_where_it_is_refused_and_any_other_is_not() {
        let learned = ServerQuirks::default();
        let own = request(json!({"response_format": {"type": "json_object"}}));
        let optional = own.clone().with_optional_format();
        // As llama-cpp-python 0.3 says it.
        let failure = Failure {
            status: Some(500),
            ..refusal("1 validation error: {'loc': ('body', 'response_format', 'type')}")
        };
        let form = learned.shape("m", &own);
        assert!(!learned.refused(&failure, "m", &own, form));
        let form = learned.shape("m", &optional);
        assert!(learned.refused(&failure, "m", &optional, form));
        assert!(
            sent(&learned, "m", &optional)
                .get("response_format")
                .is_none()
        );
        assert!(
            sent(&learned, "other", &optional)
                .get("response_format")
                .is_some()
        );
        assert!(sent(&learned, "m", &own).get("response_format").is_some());
        let again = learned.shape("m", &optional);
        assert!(!learned.refused(&failure, "m", &optional, again));
    }

    #[test]
    fn calls_without_words_get_an_empty_text_where_null_is_refused() {
        let learned = ServerQuirks::default();
        let call = ToolCall {
            id: Some("c1".into()),
            name: "find".into(),
            arguments: "{}".into(),
        };
        let said = Message::new(Role::User, "\"content\":null");
        let calling = Message::calling(String::new(), vec![call]);
        let with_call = Prompt::new(vec![said.clone(), calling]);
        let with_call = WireRequest::for_prompt(&with_call, &Params::new());
        let words = WireRequest::for_prompt(&Prompt::new(vec![said]), &Params::new());
        // As llama-cpp-python 0.3.36 says it.
        let mut failure = refusal("messages.1.Assistant.content: Input should be a valid string");
        failure.status = Some(500);
        let form = learned.shape("m", &with_call);
        assert!(!learned.refused(&failure, "m", &words, form));
        for other in [
            "messages: content is too long",
            "content-type: a string is required in the message",
        ] {
            assert!(!learned.refused(&refusal(other), "m", &with_call, form));
        }
        assert!(learned.refused(&failure, "m", &with_call, form));
        let form = learned.shape("m", &with_call);
        assert!(!learned.refused(&failure, "m", &with_call, form));
        let body: Value = serde_json::from_slice(&form.bytes(&with_call)).unwrap();
        assert_eq!(body["messages"][0]["content"], "\"content\":null");
        assert_eq!(body["messages"][1]["content"], "");
        assert_eq!(body["messages"][1]["tool_calls"][0]["id"], "c1");
        assert_eq!(form.bytes(&words), words.body);
        let other = learned.shape("other", &with_call);
        assert_eq!(other.bytes(&with_call), with_call.body);
    }

    #[test]
    fn a_wrong_value_teaches_nothing() {
        let learned = ServerQuirks::default();
        let request = request(json!({"max_tokens": 9}));
        let form = learned.shape("m", &request);
        let failure =
            refusal("max_tokens is too large: 9. This model has at most 4 completion tokens");
        assert!(!learned.refused(&failure, "m", &request, form));
        assert!(!learned.refused(&refusal("stream_options?"), "m", &request, form));
    }
}
