//! An answer that is being received: the body of a 200 response, whole or in events, until it is complete or known to be wrong.

use super::{
    AttemptFailure, SseEvent, SseParser,
    answer::Answer,
    page::page_words,
    relaxed,
    response::{CompletionBuilder, DeltaSink},
    responses_api::{chat_answer, is_last_event, is_of_responses},
    secrets::Secrets,
};
use crate::model::FailureKind;
use serde::Deserialize;
use serde_json::Value;
use std::time::Instant;

/// The events of a stream, put together.
#[derive(Debug)]
pub(crate) struct Incoming {
    parser: SseParser,
    pub(crate) assembly: CompletionBuilder,
    started: Instant,
    /// When the first piece of text came, in milliseconds since the start.
    pub(crate) first_token_ms: Option<f64>,
    /// The end was announced. Alone it completes nothing: servers announce it of streams that they cut, too.
    done: bool,
    /// The answer came in one piece, and so needs no finish reason.
    is_whole: bool,
    wrong: Option<AttemptFailure>,
    /// The bytes so far, where they are no events, whatever their type says.
    body: Option<Vec<u8>>,
}

impl Incoming {
    pub(crate) fn new(started: Instant) -> Incoming {
        Incoming {
            parser: SseParser::default(),
            assembly: CompletionBuilder::default(),
            started,
            first_token_ms: None,
            done: false,
            is_whole: false,
            wrong: None,
            body: None,
        }
    }

    /// Take in bytes as they come.
    pub(crate) fn push(&mut self, bytes: &[u8], sink: &mut DeltaSink<'_>) {
        if self.parser.is_unused()
            && let Some(b'{' | b'[' | b'<') = bytes.trim_ascii_start().first()
        {
            self.body = Some(Vec::new());
        }
        if let Some(body) = &mut self.body {
            body.extend_from_slice(bytes);
            return;
        }
        let mut parser = std::mem::take(&mut self.parser);
        parser.push(bytes, &mut |event| self.event(&event, sink));
        self.parser = parser;
    }

    /// No more bytes come.
    pub(crate) fn end(&mut self, sink: &mut DeltaSink<'_>) {
        if let Some(body) = self.body.take() {
            match read_body(&body, sink) {
                Ok(assembly) => {
                    self.assembly = assembly;
                    (self.done, self.is_whole) = (true, true);
                }
                Err(failed) => self.wrong = Some(failed),
            }
            return;
        }
        let mut parser = std::mem::take(&mut self.parser);
        parser.finish(&mut |event| self.event(&event, sink));
    }

    fn event(&mut self, event: &SseEvent, sink: &mut DeltaSink<'_>) {
        let data = event.data.trim();
        let name = event.name.as_deref().unwrap_or("");
        if self.is_over() || name == "ping" {
            return;
        }
        if name == "error" {
            self.wrong = Some(AttemptFailure::inside_text(data, sink.secrets));
            return;
        }
        if is_done(data) {
            self.done = true;
            return;
        }
        match plain_answer(data.as_bytes()) {
            Ok(answer) if !answer.is_bare() && !answer.is_of_responses() => self.take(answer, sink),
            strict => match chunks(data.as_bytes()) {
                Ok(chunks) => chunks
                    .into_iter()
                    .for_each(|chunk| self.chunk(&chunk, sink)),
                Err(_) if is_keep_alive(data) => {}
                Err(error) => {
                    let error = strict.err().unwrap_or(error);
                    self.wrong = Some(malformed(data.as_bytes(), &error, sink.secrets));
                }
            },
        }
        // Some servers end so, and send no `[DONE]`.
        self.done |= matches!(name, "done" | "end" | "close") || is_last_event(name);
    }

    /// A chunk that the quick way does not understand; values that are not objects say nothing.
    fn chunk(&mut self, chunk: &Value, sink: &mut DeltaSink<'_>) {
        if self.is_over() || !chunk.is_object() {
            return;
        }
        match Answer::deserialize(chunk) {
            Ok(answer) if !answer.is_bare() || answer.error().is_some() => self.take(answer, sink),
            Ok(answer) if answer.refuses_prompt() => self.wrong = Some(AttemptFailure::filtered()),
            _ => self.wrong = AttemptFailure::declared(chunk, sink.secrets),
        }
    }

    fn take(&mut self, answer: Answer, sink: &mut DeltaSink<'_>) {
        if let Some(error) = answer.error() {
            self.wrong = Some(AttemptFailure::inside(&error, sink.secrets));
            return;
        }
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

    /// Whether nothing more is to be read.
    pub(crate) fn is_over(&self) -> bool {
        self.done || self.wrong.is_some()
    }

    /// Whether the answer is complete, though the end of the stream may not have come.
    pub(crate) fn is_complete(&self) -> bool {
        let is_whole = self.is_whole && !self.assembly.is_empty();
        self.wrong.is_none() && (self.assembly.is_finished() || is_whole)
    }

    /// The answer, if it is complete; else what was wrong with it, `None` where it was cut.
    pub(crate) fn finish(
        self,
        secrets: &Secrets,
    ) -> Result<CompletionBuilder, Option<AttemptFailure>> {
        if !self.is_complete() || !self.assembly.has_choice() {
            return Err(self.wrong);
        }
        match self.assembly.broken_off() {
            Some(reason) => Err(Some(AttemptFailure::broken_off(reason, secrets))),
            None => Ok(self.assembly),
        }
    }
}

/// Read a body that is not a stream of events.
pub(crate) fn read_body(
    bytes: &[u8],
    sink: &mut DeltaSink<'_>,
) -> Result<CompletionBuilder, AttemptFailure> {
    let mut incoming = Incoming::new(Instant::now());
    match plain_answer(bytes) {
        Ok(answer) if !answer.choices.is_empty() => incoming.take(answer, sink),
        strict => {
            let chunks = chunks(bytes)
                .map_err(|error| malformed(bytes, &strict.err().unwrap_or(error), sink.secrets))?;
            for chunk in &chunks {
                incoming.chunk(chunk, sink);
            }
        }
    }
    incoming.is_whole = !incoming.assembly.has_deltas();
    let has_choice = incoming.assembly.has_choice();
    incoming.finish(sink.secrets).map_err(|failed| {
        failed.unwrap_or_else(|| {
            let text = excerpt(bytes, sink.secrets);
            let (kind, what) = match has_choice {
                true => (
                    FailureKind::Cut,
                    "the answer is empty or cut: no finish reason",
                ),
                false => (FailureKind::Malformed, "the answer has no `choices`"),
            };
            AttemptFailure::network(kind, format!("{what}: {text}"))
        })
    })
}

/// The quick way, for what is one object.
fn plain_answer(bytes: &[u8]) -> Result<Answer, serde_json::Error> {
    match bytes.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(bytes),
        _ => Ok(Answer::default()),
    }
}

/// The objects of a body or an event that is not one plain answer: several in a row, a list of them, or an answer in a
/// wrapper.
fn chunks(bytes: &[u8]) -> Result<Vec<Value>, serde_json::Error> {
    let values = relaxed::values(bytes)?;
    let mut all = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Array(items) => all.extend(items.into_iter().map(unwrapped)),
            value => all.push(unwrapped(value)),
        }
    }
    Ok(all)
}

/// An answer without the object that a proxy put around it, in the words of chat completions.
fn unwrapped(value: Value) -> Value {
    let Value::Object(mut map) = value else {
        return value;
    };
    if is_of_responses(&map) {
        return chat_answer(map);
    }
    if map.get("choices").is_none_or(Value::is_null) {
        let wrapper = ["data", "result", "response", "output", "body"]
            .into_iter()
            .find(|name| {
                map.get(*name)
                    .and_then(|inner| inner.get("choices"))
                    .is_some()
            });
        if let Some(Value::Object(inner)) = wrapper.and_then(|name| map.remove(name)) {
            // Fields beside the wrapper, such as the usage, belong to the answer too.
            for (name, value) in inner {
                map.insert(name, value);
            }
            // An error code of the wrapper that says success is not one of the answer.
            map.remove("code");
        }
    }
    Value::Object(map)
}

fn is_done(data: &str) -> bool {
    let word = data.trim_matches(['[', ']', '"', '\'']);
    word.eq_ignore_ascii_case("done")
}

/// Whether the data of an event only keeps the connection open.
fn is_keep_alive(data: &str) -> bool {
    let word = data
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_ascii_lowercase();
    data.starts_with(':')
        || word.is_empty()
        || [
            "ping",
            "pong",
            "heartbeat",
            "keep-alive",
            "keepalive",
            "keep_alive",
            "queued",
            "processing",
            "start",
            "open",
            "connected",
            "ok",
            "hello",
            "undefined",
            "nan",
        ]
        .contains(&word.as_str())
}

/// Whether a body is a stream of events, whatever its type says: JSON never begins so.
pub(crate) fn looks_like_events(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    ["data:", ":", "event:", "id:", "error:", "retry:"]
        .iter()
        .any(|start| bytes.starts_with(start.as_bytes()))
}

/// A body that cannot be understood.
pub(crate) fn malformed(
    bytes: &[u8],
    error: &serde_json::Error,
    secrets: &Secrets,
) -> AttemptFailure {
    let text = excerpt(bytes, secrets);
    AttemptFailure::network(
        FailureKind::Malformed,
        format!("the answer is not what an OpenAI-compatible server sends ({error}): {text}"),
    )
}

/// The beginning of a body, of a page its words.
fn excerpt(bytes: &[u8], secrets: &Secrets) -> String {
    // Cleaned before it is cut: half a secret is too much of it.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    secrets
        .message(&page_words(&text))
        .chars()
        .take(120)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ToolCall;
    use proptest::prelude::*;
    use serde_json::json;

    fn text(bytes: &[u8]) -> Result<String, String> {
        let mut sink = DeltaSink {
            secrets: &Secrets::default(),
            on_delta: &mut |_| {},
        };
        match read_body(bytes, &mut sink) {
            Ok(assembly) => Ok(assembly.completion("m", &mut sink).text),
            Err(failed) => Err(failed.failure.to_string()),
        }
    }

    /// Tool calls, and the chunks in which a server sends them: their arguments cut anywhere, the calls mixed.
    fn any_calls() -> impl Strategy<Value = (Vec<ToolCall>, Vec<Value>)> {
        let arguments = prop_oneof![
            ".{0,12}".prop_map(|text| json!({"q": text, "größe": 2}).to_string()),
            ".{0,12}",
        ];
        let call = (
            arguments,
            prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        );
        (prop::collection::vec(call, 1..4), any::<u64>()).prop_map(|(calls, mut order)| {
            let mut queues: Vec<Vec<Value>> = Vec::new();
            let mut all = Vec::new();
            for (index, (arguments, cuts)) in calls.into_iter().enumerate() {
                let chars: Vec<char> = arguments.chars().collect();
                let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(chars.len() + 1)).collect();
                cuts.extend([0, chars.len()]);
                cuts.sort_unstable();
                let (id, name) = (format!("call_{index}"), format!("tool_{index}"));
                let mut pieces = vec![json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}})];
                pieces.extend(cuts.windows(2).map(|ends| {
                    let piece: String = chars[ends[0]..ends[1]].iter().collect();
                    json!({"index": index, "function": {"arguments": piece}})
                }));
                pieces.reverse();
                queues.push(pieces);
                all.push(ToolCall { id: Some(id), name, arguments });
            }
            // Calls begin in their order; what follows comes in any.
            let mut chunks: Vec<Value> = queues.iter_mut().filter_map(Vec::pop).collect();
            while queues.iter().any(|queue| !queue.is_empty()) {
                let open: Vec<usize> = (0..queues.len()).filter(|at| !queues[*at].is_empty()).collect();
                chunks.extend(queues[open[order as usize % open.len()]].pop());
                order = order.rotate_right(3) ^ 0x9e37;
            }
            (all, chunks)
        })
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        let keys = prop_oneof![
            Just("prompt_tokens"),
            Just("completion_tokens"),
            Just("total_tokens"),
            Just("prompt_tokens_details"),
            Just("completion_tokens_details"),
            Just("cached_tokens"),
            Just("reasoning_tokens"),
            Just("text"),
        ];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((keys.clone(), inner), 0..4).prop_map(|pairs| {
                    let pairs = pairs
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value));
                    Value::Object(pairs.collect())
                }),
            ]
        })
    }

    proptest! {
        // Each case is split at hundreds of places.
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn a_stream_of_tool_calls_may_be_split_at_every_byte((calls, chunks) in any_calls()) {
            let choice = |delta: Value, finish: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
            let mut stream = String::from(": on its way\r\n\r\n");
            for chunk in chunks {
                stream += &format!("data: {}\n\n", choice(json!({"tool_calls": [chunk]}), Value::Null));
            }
            let cut = stream.len();
            stream += &format!("data: {}\n\ndata: [DONE]\n\n", choice(json!({}), json!("tool_calls")));
            let mut sink = DeltaSink { secrets: &Secrets::default(), on_delta: &mut |_| {} };
            for at in 0..=stream.len() {
                let mut incoming = Incoming::new(Instant::now());
                let (before, after) = stream.as_bytes().split_at(at);
                incoming.push(before, &mut sink);
                if at == cut {
                    prop_assert!(!incoming.is_complete());
                    prop_assert!(incoming.assembly.open_call().is_some());
                }
                incoming.push(after, &mut sink);
                incoming.end(&mut sink);
                let assembly = incoming.finish(&Secrets::default());
                let read = assembly.map(|assembly| assembly.completion("m", &mut sink).tool_calls);
                prop_assert_eq!(read.ok(), Some(calls.clone()), "{}", at);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn a_stream_of_responses_may_be_split_at_every_byte((calls, chunks) in any_calls(), words in prop::collection::vec("[a-zé ]{1,4}", 0..4)) {
            let mut stream = String::new();
            let mut send = |kind: &str, mut fields: Value| {
                fields["type"] = kind.into();
                stream += &format!("event: {kind}\ndata: {fields}\n\n");
            };
            let response = |status: &str, output: Vec<Value>| json!({"response": {"object": "response", "status": status, "error": null, "output": output, "usage": {"input_tokens": 3, "output_tokens": 2}}});
            send("response.created", response("in_progress", Vec::new()));
            for word in &words {
                send("response.output_text.delta", json!({"output_index": 9, "delta": word}));
            }
            // A call begins with its item, and its arguments follow.
            for chunk in chunks {
                let arguments = &chunk["function"]["arguments"];
                match chunk["id"].as_str() {
                    Some(id) => send("response.output_item.added", json!({"output_index": chunk["index"], "item": {
                        "type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": chunk["function"]["name"], "arguments": "",
                    }})),
                    None => send("response.function_call_arguments.delta", json!({"output_index": chunk["index"], "delta": arguments})),
                }
            }
            let text = words.concat();
            let mut output = vec![json!({"type": "message", "content": [{"type": "output_text", "text": text}]})];
            output.extend(calls.iter().map(|call| json!({"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments})));
            send("response.completed", response("completed", output));
            let mut sink = DeltaSink { secrets: &Secrets::default(), on_delta: &mut |_| {} };
            for at in 0..=stream.len() {
                let mut incoming = Incoming::new(Instant::now());
                let (before, after) = stream.as_bytes().split_at(at);
                incoming.push(before, &mut sink);
                prop_assert!(at == stream.len() || !incoming.is_complete() || after == b"\n" || after.is_empty());
                incoming.push(after, &mut sink);
                incoming.end(&mut sink);
                let read = incoming.finish(&Secrets::default()).map(|assembly| assembly.completion("m", &mut sink));
                let read = read.map_err(|failed| failed.map(|failed| failed.failure.to_string()));
                let read = read.map(|done| (done.message_text().to_owned(), done.tool_calls, done.usage.prompt, done.usage.estimated));
                prop_assert_eq!(read, Ok((text.clone(), calls.clone(), 3, false)), "{}", at);
            }
        }
    }

    proptest! {
        #[test]
        fn no_value_beside_an_answer_loses_it(odd in any_json()) {
            let choice = |message: Value| json!({"message": message, "finish_reason": "stop"});
            let plain = || choice(json!({"content": "yes"}));
            let mut odd_choice = plain();
            for field in ["index", "logprobs", "usage", "content_filter_offsets", "stop_reason", "delta_index"] {
                odd_choice[field] = odd.clone();
            }
            for body in [
                json!({"choices": [plain()], "usage": odd}),
                json!({"choices": [plain()], "usage": {"prompt_tokens": odd, "completion_tokens": odd, "total_tokens": odd}}),
                json!({"choices": [plain()], "model": odd, "id": odd, "created": odd, "x_groq": {"usage": odd}, "usageMetadata": odd}),
                json!({"choices": [odd_choice]}),
                json!({"choices": [choice(json!({"content": "yes", "role": odd, "usage": odd, "reasoning_details": odd, "annotations": odd}))]}),
            ] {
                let read = text(body.to_string().as_bytes());
                prop_assert_eq!(read, Ok("yes".to_owned()), "{}", body);
            }
        }

        #[test]
        fn no_bytes_make_a_reader_panic(cut in 0usize..200, bytes in prop::collection::vec(any::<u8>(), 0..8), odd in any_json()) {
            let mut body = json!({"choices": [{"message": odd, "delta": odd, "finish_reason": odd}], "usage": odd, "error": odd}).to_string().into_bytes();
            let cut = cut.min(body.len());
            body.splice(cut..cut, bytes);
            let _ = text(&body);
            let item = |kind: &str| json!({"type": kind, "content": [odd], "summary": odd, "name": odd, "arguments": odd, "call_id": odd});
            let response = json!({"object": "response", "status": "completed", "usage": odd, "incomplete_details": odd, "service_tier": odd,
                "output": [odd, item("message"), {"type": "message", "content": odd}, item("reasoning"), item("function_call")]});
            let _ = text(response.to_string().as_bytes());
            let _ = text(json!({"type": "response.completed", "response": odd}).to_string().as_bytes());
            let _ = text(json!({"type": "response.output_item.added", "item": odd, "output_index": odd}).to_string().as_bytes());
            let mut sink = DeltaSink { secrets: &Secrets::default(), on_delta: &mut |_| {} };
            let mut incoming = Incoming::new(Instant::now());
            incoming.push(b"data: ", &mut sink);
            incoming.push(&body, &mut sink);
            incoming.end(&mut sink);
        }
    }
}
