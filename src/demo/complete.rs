//! Completions on the wire: asked for, streamed, and made to fail as a script says.

use super::{
    answer::{Choice, Request},
    error_response::error,
    pieces::split,
    responses::{Responded, chat_request},
    script::{FaultStep, RecordedRequest, Script},
    served::{InFlightGuard, Served},
    token_logprobs::{chat_logprobs, plain_logprobs},
};
use crate::model::ToolCall;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::{convert::Infallible, io, ops::Range, sync::Arc, time::Duration};
use tokio::time::sleep;

/// The interface that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interface {
    Chat,
    Text,
    Responses,
}

pub(super) async fn complete_chat(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    complete(served, &uri, &headers, body, Interface::Chat).await
}

pub(super) async fn complete_text(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    complete(served, &uri, &headers, body, Interface::Text).await
}

pub(super) async fn respond(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    complete(served, &uri, &headers, body, Interface::Responses).await
}

/// Keep a request, and refuse or change it as the script says.
fn by_script(
    script: &Script,
    uri: &Uri,
    headers: &HeaderMap,
    body: &mut Bytes,
) -> Option<Response> {
    let mut value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |v: &HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    script.see(RecordedRequest {
        address: uri.to_string(),
        headers: headers
            .iter()
            .map(|(name, v)| (name.to_string(), text(v)))
            .collect(),
        body: value.clone(),
    });
    if let Some(refusal) = script.refusal(&value) {
        let name = &refusal.param;
        let message = refusal
            .message
            .clone()
            .unwrap_or_else(|| format!("Unsupported parameter: '{name}' is not supported here."));
        let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": name, "code": "unsupported_parameter"}});
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
        return Some((status, axum::Json(body)).into_response());
    }
    if value.is_object() {
        script.forget(&mut value);
        *body = value.to_string().into();
    }
    None
}

pub(super) async fn complete(
    served: Arc<Served>,
    uri: &Uri,
    headers: &HeaderMap,
    mut body: Bytes,
    interface: Interface,
) -> Response {
    let number = served.count_request();
    let mut step = None;
    if let Some(script) = &served.script {
        if let Some(refused) = by_script(script, uri, headers, &mut body) {
            return refused;
        }
        step = script.next();
    }
    if step.as_ref().is_some_and(|step| step.never) {
        // When the client turns away is not known at once: not counted as on its way.
        std::future::pending::<()>().await;
    }
    let _on_its_way = InFlightGuard::new(&served);
    if let Some(step) = &step
        && let Some(response) = fail(step).await
    {
        return response;
    }
    let request = match read_request(&body, interface) {
        Ok(request) => request,
        Err((message, code)) => return error(StatusCode::BAD_REQUEST, &message, code),
    };
    let tuned = served.tunings.model(&request.model);
    if request.known_model().is_none() && tuned.is_none() {
        let message = format!(
            "the model `{}` does not exist; there are icl and echo",
            request.model
        );
        return error(StatusCode::NOT_FOUND, &message, "model_not_found");
    }
    let missing = match interface {
        Interface::Text if request.prompt.is_none() => {
            Some(("`prompt` is missing", "missing_prompt"))
        }
        Interface::Chat if request.messages.is_empty() => {
            Some(("`messages` is empty", "missing_messages"))
        }
        Interface::Responses if request.messages.is_empty() => {
            Some(("`input` is empty", "missing_input"))
        }
        _ => None,
    };
    if let Some((message, code)) = missing {
        return error(StatusCode::BAD_REQUEST, message, code);
    }
    if !served.spec.latency.is_zero() {
        sleep(served.spec.latency).await;
    }
    let fresh = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let choices = match &tuned {
        Some(model) => request.answer_tuned(model, fresh),
        None => request.answer(fresh),
    };
    let completion_tokens: usize = choices.iter().map(Choice::tokens).sum();
    let prompt_tokens = request.prompt_tokens();
    let usage = json!({
        "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens, "prompt_tokens_details": {"cached_tokens": 0},
    });
    let chat = interface == Interface::Chat;
    if let (Interface::Responses, Some(choice)) = (interface, choices.first()) {
        let responded = Responded {
            number,
            request: &request,
            choice,
            usage: &usage,
        };
        return match request.stream {
            true => streamed(&served, responded.events()),
            false => whole(responded.body().to_string(), step.as_ref()),
        };
    }
    if request.stream {
        return streamed(&served, events(&request, number, &choices, &usage, chat));
    }
    let wire: Vec<Value> = choices
        .iter()
        .enumerate()
        .map(|(index, c)| {
            if chat {
                json!({"index": index, "message": message(number, c), "finish_reason": c.finish, "logprobs": logprobs(&request, c, 0..c.pieces.len(), chat)})
            } else {
                json!({"index": index, "text": c.text(), "finish_reason": c.finish, "logprobs": logprobs(&request, c, 0..c.pieces.len(), chat)})
            }
        })
        .collect();
    let body = json!({
        "id": format!("demo-{number}"), "object": if chat { "chat.completion" } else { "text_completion" },
        "created": 0, "model": request.model, "choices": wire, "usage": usage,
    });
    whole(body.to_string(), step.as_ref())
}

/// A request, whatever interface it is for; else what is wrong with it, and the code for that.
fn read_request(body: &[u8], interface: Interface) -> Result<Request, (String, &'static str)> {
    let no_request = |e| (format!("the body is not a request: {e}"), "invalid_json");
    if interface != Interface::Responses {
        return serde_json::from_slice(body).map_err(no_request);
    }
    let body = serde_json::from_slice(body).map_err(no_request)?;
    let chat = chat_request(body).map_err(|message| (message, "unknown_parameter"))?;
    serde_json::from_value(Value::Object(chat)).map_err(no_request)
}

/// A body, cut where a script says so.
fn whole(text: String, step: Option<&FaultStep>) -> Response {
    match step.and_then(|s| s.cut_after) {
        Some(after) => cut(text.into_bytes(), after, "application/json"),
        None => ([(CONTENT_TYPE, "application/json")], text).into_response(),
    }
}

/// The message of a choice.
fn message(number: u64, choice: &Choice) -> Value {
    if choice.calls.is_empty() {
        return json!({"role": "assistant", "content": choice.text()});
    }
    let calls = choice.calls.iter();
    let calls = calls.map(|call| {
        json!({"id": call_id(number, call), "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
    });
    json!({"role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>()})
}

fn call_id(number: u64, call: &ToolCall) -> String {
    format!("{}_{number}", call.id.as_deref().unwrap_or("call"))
}

/// The deltas of the calls of a choice: the name first, then the arguments in pieces.
fn call_deltas(number: u64, choice: &Choice) -> Vec<Value> {
    let mut deltas = Vec::new();
    for (index, call) in choice.calls.iter().enumerate() {
        deltas.push(json!({"tool_calls": [{"index": index, "id": call_id(number, call), "type": "function", "function": {"name": call.name, "arguments": ""}}]}));
        for piece in split(&call.arguments) {
            deltas
                .push(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}));
        }
    }
    deltas
}

/// The log-probabilities of some pieces of a choice, where they were asked for.
fn logprobs(request: &Request, choice: &Choice, pieces: Range<usize>, chat: bool) -> Option<Value> {
    let all = choice.logprobs.as_ref()?;
    let (start, top) = (pieces.start, request.top_logprobs());
    let part = &all[pieces];
    Some(match chat {
        true => chat_logprobs(part, top),
        false => {
            let before = choice.pieces[..start].iter();
            plain_logprobs(part, top, before.map(|p| p.chars().count()).sum())
        }
    })
}

/// Do what a step says; `None` where the answer itself follows (late, or cut).
async fn fail(step: &FaultStep) -> Option<Response> {
    if step.delay_ms > 0 {
        sleep(step.delay()).await;
    }
    if step.malformed {
        return Some(([(CONTENT_TYPE, "application/json")], "{\"choices\": [{]").into_response());
    }
    if let Some(message) = &step.stream_error {
        let text = format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"po\"}}}}]}}\n\ndata: {}\n\n",
            json!({"error": {"message": message, "code": 500}})
        );
        return Some(([(CONTENT_TYPE, "text/event-stream")], text).into_response());
    }
    if step.status.is_none() && step.body.is_none() {
        return None;
    }
    let status = step
        .status
        .and_then(|s| StatusCode::from_u16(s).ok())
        .unwrap_or(StatusCode::OK);
    let body = step.body.clone().unwrap_or_else(|| {
        json!({"error": {"message": format!("scripted {}", status.as_u16()), "type": "scripted"}}).to_string()
    });
    let mut response = match step.cut_after {
        Some(after) => cut(body.into_bytes(), after, "application/json"),
        None => ([(CONTENT_TYPE, "application/json")], body).into_response(),
    };
    *response.status_mut() = status;
    for (name, value) in &step.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}

/// A body that breaks off.
fn cut(bytes: Vec<u8>, after: usize, kind: &'static str) -> Response {
    let start = Bytes::copy_from_slice(&bytes[..after.min(bytes.len())]);
    let pieces = stream::once(async { Ok(start) }).chain(stream::once(async {
        // What came before it is on its way then.
        tokio::task::yield_now().await;
        Err(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "scripted cut",
        ))
    }));
    ([(CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
}

/// The events of a stream of chat or plain completions.
fn events(
    request: &Request,
    number: u64,
    choices: &[Choice],
    usage: &Value,
    chat: bool,
) -> Vec<String> {
    let head = |choices: Value, usage: Option<&Value>| {
        let mut chunk = json!({
            "id": format!("demo-{number}"), "object": if chat { "chat.completion.chunk" } else { "text_completion" },
            "created": 0, "model": request.model, "choices": choices,
        });
        if let (Some(map), Some(usage)) = (chunk.as_object_mut(), usage) {
            map.insert("usage".into(), usage.clone());
        }
        format!("data: {chunk}\n\n")
    };
    let mut events: Vec<String> = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        if chat {
            events.push(head(json!([{"index": index, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}]), None));
        }
        for delta in call_deltas(number, choice) {
            events.push(head(
                json!([{"index": index, "delta": delta, "finish_reason": null}]),
                None,
            ));
        }
        for (at, piece) in choice.pieces.iter().enumerate() {
            let mut wire = match chat {
                true => json!({"index": index, "delta": {"content": piece}, "finish_reason": null}),
                false => json!({"index": index, "text": piece, "finish_reason": null}),
            };
            if let Some(logprobs) = logprobs(request, choice, at..at + 1, chat) {
                wire["logprobs"] = logprobs;
            }
            events.push(head(json!([wire]), None));
        }
        events.push(if chat {
            head(
                json!([{"index": index, "delta": {}, "finish_reason": choice.finish}]),
                None,
            )
        } else {
            head(
                json!([{"index": index, "text": "", "finish_reason": choice.finish}]),
                None,
            )
        });
    }
    if request
        .stream_options
        .as_ref()
        .is_some_and(|o| o.include_usage)
    {
        events.push(head(json!([]), Some(usage)));
    }
    events.push("data: [DONE]\n\n".into());
    events
}

/// Events at the pace of the server.
fn streamed(served: &Served, events: Vec<String>) -> Response {
    let pace = served.spec.tokens_per_second;
    let body = if pace > 0.0 {
        let wait = Duration::from_secs_f64(1.0 / pace);
        Body::from_stream(stream::unfold(
            events.into_iter(),
            move |mut left| async move {
                let event = left.next()?;
                sleep(wait).await;
                Some((Ok::<_, Infallible>(event), left))
            },
        ))
    } else {
        Body::from_stream(stream::iter(events.into_iter().map(Ok::<_, Infallible>)))
    };
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}
