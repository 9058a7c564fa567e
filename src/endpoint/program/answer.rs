//! An answer line of a program, read as the answer of a server would be.

use super::{
    super::{
        AttemptFailure, Delta, incoming::read_body, reply::Reply, response::DeltaSink,
        secrets::Secrets,
    },
    calls::AnswerLine,
};
use crate::{
    display::{fit, visible},
    model::{FailureKind, arguments_text},
};
use serde_json::{Map, Value, json};

/// What an answer line comes to. `model` is the requested name.
pub(super) fn read_answer(
    mut line: AnswerLine,
    model: &str,
    secrets: &Secrets,
    on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
) -> Result<Reply, AttemptFailure> {
    if let Some(error) = line.get("error").filter(|error| !error.is_null()) {
        return Err(AttemptFailure::of_program(error, secrets));
    }
    let cost_usd = read_cost(&line, secrets)?;
    let body = chat_answer(&mut line).ok_or_else(|| {
        let what = "it has neither `text`, `tool_calls` nor `error`";
        malformed(&line, what, secrets)
    })?;
    let mut sink = DeltaSink { secrets, on_delta };
    let assembly = read_body(body.to_string().as_bytes(), &mut sink)?;
    let mut reply = Reply::new(assembly, model, &mut sink, None);
    reply.completion.reported_cost_usd = cost_usd;
    Ok(reply)
}

fn read_cost(line: &AnswerLine, secrets: &Secrets) -> Result<Option<f64>, AttemptFailure> {
    match line.get("cost") {
        None | Some(Value::Null) => Ok(None),
        Some(cost) => match cost.as_f64().filter(|usd| *usd >= 0.0) {
            Some(usd) => Ok(Some(usd)),
            None => Err(malformed(
                line,
                "its `cost` is not an amount of dollars",
                secrets,
            )),
        },
    }
}

/// The answer in the form of chat completions, where it says anything.
fn chat_answer(line: &mut AnswerLine) -> Option<Value> {
    let mut take = |key: &str| line.remove(key).filter(|value| !value.is_null());
    let calls = take("tool_calls").map(|calls| match calls {
        Value::Array(calls) => calls.into_iter().map(wire_call).collect(),
        call => vec![wire_call(call)],
    });
    let mut message = Map::new();
    for (ours, theirs) in [
        ("text", "content"),
        ("reasoning", "reasoning_content"),
        ("refusal", "refusal"),
    ] {
        if let Some(value) = take(ours) {
            message.insert(theirs.to_owned(), value);
        }
    }
    if message.is_empty() && calls.is_none() {
        return None;
    }
    let finish = match calls.as_ref().is_none_or(Vec::is_empty) {
        true => "stop",
        false => "tool_calls",
    };
    if let Some(calls) = calls {
        message.insert("tool_calls".to_owned(), Value::Array(calls));
    }
    let finish = take("finish_reason").unwrap_or_else(|| finish.into());
    let mut body = json!({"choices": [{"message": message, "finish_reason": finish}]});
    for (ours, theirs) in [
        ("usage", "usage"),
        ("model", "model"),
        ("version", "system_fingerprint"),
    ] {
        if let Some(value) = take(ours) {
            body[theirs] = value;
        }
    }
    Some(body)
}

/// A tool call as `{"name": …, "arguments": …}`, or as servers write it.
fn wire_call(call: Value) -> Value {
    if call.get("function").is_some() {
        return call;
    }
    let arguments = arguments_text(call.get("arguments"));
    json!({
        "id": call.get("id"), "type": "function",
        "function": {"name": call.get("name"), "arguments": arguments},
    })
}

pub(super) fn malformed(line: &AnswerLine, what: &str, secrets: &Secrets) -> AttemptFailure {
    let text = secrets.message(&json!(line).to_string());
    let message = format!("the program answered {}: {what}", visible(&fit(&text, 80)));
    // What it did was done, and may have been paid: it would answer so again.
    AttemptFailure {
        retry: false,
        ..AttemptFailure::network(FailureKind::Malformed, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Completion, FinishReason};

    fn read(line: Value) -> Result<Completion, AttemptFailure> {
        let line = line.as_object().unwrap().clone();
        let reply = read_answer(line, "m", &Secrets::default(), &mut |_| {});
        reply.map(|reply| reply.completion)
    }

    #[test]
    fn answers_are_read_as_those_of_servers() {
        let answer = read(json!({
            "id": 1, "text": "Let me look.", "tool_calls": [{"name": "search", "arguments": {"q": "kettle"}}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 3}, "cost": 0.25, "model": "other", "reasoning": "hm",
        }))
        .unwrap();
        assert_eq!(answer.text, "Let me look.\nsearch(q=\"kettle\")");
        assert_eq!(answer.finish, FinishReason::ToolCalls);
        assert_eq!((answer.usage.prompt, answer.usage.completion), (12, 3));
        assert_eq!(answer.reported_cost_usd, Some(0.25));
        assert_eq!(answer.served_by.as_deref(), Some("other"));
        assert_eq!(answer.reasoning.as_deref(), Some("hm"));
        let plain = read(json!({"id": 1, "text": ""})).unwrap();
        assert_eq!(
            (plain.text.as_str(), plain.finish),
            ("", FinishReason::Stop)
        );
        assert!(plain.usage.estimated && plain.reported_cost_usd.is_none());
        let cut = read(json!({"text": "a", "finish_reason": "length"})).unwrap();
        assert!(cut.is_truncated());
    }

    #[test]
    fn errors_are_failures_of_their_kind() {
        let of = |error: Value| read(json!({"id": 1, "error": error})).unwrap_err();
        let plain = of(json!("no such customer"));
        assert_eq!(plain.failure.kind, FailureKind::BadRequest);
        assert_eq!((plain.failure.status, plain.retry), (None, false));
        assert_eq!(plain.failure.message, "no such customer");
        let theirs = of(json!("rate limit: the order lookup is unauthorized"));
        assert_eq!(theirs.failure.kind, FailureKind::BadRequest);
        let busy = of(json!({"message": "later", "status": 429}));
        assert_eq!(busy.failure.kind, FailureKind::RateLimited);
        assert!(busy.retry && busy.slow_down);
        let down = of(json!({"message": "down", "status": 503}));
        assert!(down.retry && down.failure.kind == FailureKind::Server);
        for line in [
            json!({"id": 1}),
            json!({"id": 1, "text": "a", "cost": "much"}),
        ] {
            let failed = read(line).unwrap_err();
            assert_eq!(failed.failure.kind, FailureKind::Malformed);
            assert!(!failed.retry);
        }
    }
}
