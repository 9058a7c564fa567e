//! A trial as a span of OpenTelemetry: OTLP in JSON, with the attributes of the GenAI semantic conventions. Scores are events.

use crate::{
    model::{Completion, Message, Outcome, Prompt, Role, ToolCall, TrialRecord, effective_params},
    store::RunInfo,
};
use serde_json::{Value, json};

/// A request to the trace service with the span of one trial; one per line is a file as the collector reads and writes it.
///
/// A trial keeps how long its answer took, and not when: each span starts when the run does.
pub(super) fn trial_span(info: &RunInfo, record: &TrialRecord, prompt: Option<&Prompt>) -> Value {
    let id = record.id;
    let variant = &info.variants[id.variant as usize];
    let model = &info.models[id.model as usize];
    let mut attributes = Attributes::default();
    attributes.text("gen_ai.operation.name", "chat");
    attributes.text("gen_ai.provider.name", &model.endpoint);
    attributes.text("gen_ai.request.model", &model.model);
    for (name, value) in effective_params(&[&info.params, &variant.params]) {
        if let Some(attribute) = request_attribute(name) {
            attributes.put(&format!("gen_ai.request.{attribute}"), any_value(value));
        }
    }
    if let Some(prompt) = prompt {
        let input: Value = prompt.messages.iter().map(sent_message).collect();
        attributes.text("gen_ai.input.messages", &input.to_string());
        if let Some(tools) = prompt.tools() {
            attributes.text("gen_ai.tool.definitions", &tools.json());
        }
    }
    attributes.text("wording.run", &info.id.0);
    attributes.text("wording.experiment", &info.experiment);
    attributes.text("wording.variant", &variant.name);
    attributes.text("wording.row.id", &info.heads.id(id.row as usize));
    attributes.count("wording.sample", u64::from(id.sample));
    if let Some(expected) = info.heads.expected(id.row as usize) {
        attributes.text("wording.expected", expected);
    }
    if let Some(cost) = record.cost_usd {
        attributes.put("wording.cost_usd", json!({"doubleValue": cost}));
    }
    let start_ns = info.started_at.max(0) as u64 * 1_000_000_000;
    let mut end_ns = start_ns;
    let mut status = json!({});
    match &record.outcome {
        Outcome::Completed(completion) => {
            end_ns += (completion.latency_ms.max(0.0) * 1e6) as u64;
            answer(completion, &mut attributes);
        }
        Outcome::Failed(failure) => {
            attributes.text("error.type", failure.kind.as_str());
            status = json!({"code": 2, "message": failure.message});
        }
    }
    let span = json!({
        "traceId": hex(&format!("trace {}", info.id.0), 16),
        "spanId": hex(&format!("span {} {id:?}", info.id.0), 8),
        "name": format!("chat {}", model.model), "kind": 3,
        "startTimeUnixNano": start_ns.to_string(), "endTimeUnixNano": end_ns.to_string(),
        "attributes": attributes.0, "events": evaluations(info, record, end_ns), "status": status,
    });
    let mut service = Attributes::default();
    service.text("service.name", "wording");
    json!({"resourceSpans": [{
        "resource": {"attributes": service.0},
        "scopeSpans": [{
            "scope": {"name": "wording", "version": env!("CARGO_PKG_VERSION")},
            "spans": [span],
        }],
    }]})
}

/// The answer of a model, what it took, and why it ended.
fn answer(completion: &Completion, attributes: &mut Attributes) {
    let said = completion.message_text();
    let mut output = message(Role::Assistant, said, &completion.tool_calls);
    let reason = completion.finish.as_str();
    if !reason.is_empty() {
        output["finish_reason"] = reason.into();
        attributes.put(
            "gen_ai.response.finish_reasons",
            any_value(&json!([reason])),
        );
    }
    attributes.text("gen_ai.output.messages", &json!([output]).to_string());
    if let Some(served_by) = &completion.served_by {
        attributes.text("gen_ai.response.model", served_by);
    }
    let usage = &completion.usage;
    attributes.count("gen_ai.usage.input_tokens", usage.prompt);
    attributes.count("gen_ai.usage.output_tokens", usage.completion);
    for (name, tokens) in [
        ("cache_read.input_tokens", usage.cached),
        ("reasoning.output_tokens", usage.reasoning),
    ] {
        if tokens > 0 {
            attributes.count(&format!("gen_ai.usage.{name}"), tokens);
        }
    }
}

/// What a request parameter is called among the attributes; `None` where the conventions have none for it.
fn request_attribute(param: &str) -> Option<&str> {
    Some(match param {
        "temperature" | "top_p" | "top_k" | "seed" | "max_tokens" | "frequency_penalty"
        | "presence_penalty" => param,
        "max_completion_tokens" | "max_output_tokens" => "max_tokens",
        "stop" => "stop_sequences",
        "n" => "choice.count",
        _ => return None,
    })
}

/// A message of a prompt.
fn sent_message(sent: &Message) -> Value {
    match &sent.tool_call_id {
        Some(id) => {
            let part = json!({"type": "tool_call_response", "id": id, "response": sent.content});
            json!({"role": sent.role, "parts": [part]})
        }
        None => message(sent.role, sent.said(), &sent.tool_calls),
    }
}

/// A message with its parts: the text, then calls of tools.
fn message(role: Role, text: &str, calls: &[ToolCall]) -> Value {
    let mut parts = Vec::new();
    if !text.is_empty() || calls.is_empty() {
        parts.push(json!({"type": "text", "content": text}));
    }
    parts.extend(calls.iter().map(|call| {
        let arguments = call
            .arguments()
            .map_or_else(|| call.arguments.clone().into(), Value::from);
        json!({"type": "tool_call", "id": call.id, "name": call.name, "arguments": arguments})
    }));
    json!({"role": role, "parts": parts})
}

/// The scores that are known, an event each.
fn evaluations(info: &RunInfo, record: &TrialRecord, time_ns: u64) -> Vec<Value> {
    let scores = info.metrics.iter().zip(&record.scores.0);
    let known = scores.filter_map(|(name, score)| Some((name, score, score.known()?)));
    let events = known.map(|(name, score, value)| {
        let mut attributes = Attributes::default();
        attributes.text("gen_ai.evaluation.name", name);
        attributes.put(
            "gen_ai.evaluation.score.value",
            json!({"doubleValue": value}),
        );
        if score.unreadable {
            attributes.text("gen_ai.evaluation.score.label", "unreadable");
        }
        json!({
            "timeUnixNano": time_ns.to_string(), "name": "gen_ai.evaluation.result",
            "attributes": attributes.0,
        })
    });
    events.collect()
}

/// Attributes in the form of OTLP.
#[derive(Debug, Default)]
struct Attributes(Vec<Value>);

impl Attributes {
    fn put(&mut self, key: &str, value: Value) {
        self.0.push(json!({"key": key, "value": value}));
    }

    fn text(&mut self, key: &str, text: &str) {
        self.put(key, json!({"stringValue": text}));
    }

    fn count(&mut self, key: &str, count: u64) {
        self.put(key, any_value(&count.into()));
    }
}

/// A value in the form of OTLP; whole numbers are texts there.
fn any_value(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!({"boolValue": flag}),
        Value::Number(number) if number.is_f64() => json!({"doubleValue": number}),
        Value::Number(number) => json!({"intValue": number.to_string()}),
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(any_value).collect();
            json!({"arrayValue": {"values": items}})
        }
        Value::String(text) => json!({"stringValue": text}),
        other => json!({"stringValue": other.to_string()}),
    }
}

/// The first bytes of a text's hash, in hexadecimal digits.
fn hex(text: &str, bytes: usize) -> String {
    let hash = blake3::hash(text.as_bytes()).to_hex();
    hash[..2 * bytes].to_owned()
}
