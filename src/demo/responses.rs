//! The Responses API in front of the same answers: its requests as those of chat completions, answers as its objects and events.

use super::{
    answer::{Choice, Request},
    pieces::split,
    token_logprobs::chat_logprobs,
};
use crate::model::NOT_IN_RESPONSES;
use serde_json::{Map, Value, json};

/// Names of chat completions that the interface has under others.
const RENAMED: [&str; 3] = ["messages", "max_tokens", "max_completion_tokens"];

/// A request as one of chat completions; the error names the parameter that the interface does not have.
pub(super) fn chat_request(mut body: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut unknown = RENAMED.iter().chain(&NOT_IN_RESPONSES);
    if let Some(name) = unknown.find(|name| body.contains_key(**name)) {
        return Err(format!("Unknown parameter: '{name}'."));
    }
    let mut messages = Vec::new();
    if let Some(Value::String(text)) = body.remove("instructions") {
        messages.push(json!({"role": "system", "content": text}));
    }
    match body.remove("input") {
        Some(Value::Array(items)) => messages.extend(items.iter().map(message)),
        Some(text @ Value::String(_)) => messages.push(json!({"role": "user", "content": text})),
        _ => {}
    }
    body.insert("messages".into(), messages.into());
    if let Some(limit) = body.remove("max_output_tokens") {
        body.insert("max_tokens".into(), limit);
    }
    if let Some(Value::Array(tools)) = body.get_mut("tools") {
        for tool in tools {
            let mut function = std::mem::take(tool);
            if let Value::Object(fields) = &mut function {
                fields.remove("type");
                fields.retain(|name, value| name != "strict" || *value == true);
            }
            *tool = json!({"type": "function", "function": function});
        }
    }
    if let Some(Value::Object(choice)) = body.get_mut("tool_choice")
        && let Some(name) = choice.remove("name")
    {
        choice.insert("function".into(), json!({ "name": name }));
    }
    let included = body.get("include").and_then(Value::as_array);
    let wants_logprobs = included.is_some_and(|all| {
        let mut names = all.iter().filter_map(Value::as_str);
        names.any(|name| name == "message.output_text.logprobs")
    });
    if wants_logprobs {
        body.insert("logprobs".into(), true.into());
    }
    Ok(body)
}

/// An item of the input as a message.
fn message(item: &Value) -> Value {
    match item["type"].as_str() {
        Some("function_call_output") => json!({"role": "tool", "content": item["output"]}),
        Some("function_call") => json!({"role": "assistant", "content": null}),
        _ => {
            let content = match &item["content"] {
                Value::Array(parts) => parts.iter().map(part).collect(),
                text => text.clone(),
            };
            json!({"role": item["role"], "content": content})
        }
    }
}

fn part(part: &Value) -> Value {
    match part["type"].as_str() {
        Some("input_text" | "output_text") => json!({"type": "text", "text": part["text"]}),
        Some("input_image") => {
            json!({"type": "image_url", "image_url": {"url": part["image_url"]}})
        }
        Some("input_file") => json!({"type": "file", "file": {"file_data": part["file_data"]}}),
        _ => part.clone(),
    }
}

/// An answer to a request, with everything that its objects and events say.
pub(super) struct Responded<'a> {
    pub(super) number: u64,
    pub(super) request: &'a Request,
    pub(super) choice: &'a Choice,
    /// As chat completions have it.
    pub(super) usage: &'a Value,
}

impl Responded<'_> {
    fn is_complete(&self) -> bool {
        self.choice.finish != "length"
    }

    fn status(&self) -> &'static str {
        match self.is_complete() {
            true => "completed",
            false => "incomplete",
        }
    }

    /// The object in a state, with its output and usage where there are some.
    fn object(&self, status: &str, output: Vec<Value>) -> Value {
        let is_over = status != "in_progress";
        let usage = is_over.then(|| {
            json!({
                "input_tokens": self.usage["prompt_tokens"], "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": self.usage["completion_tokens"], "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": self.usage["total_tokens"],
            })
        });
        let incomplete = (status == "incomplete").then(|| json!({"reason": "max_output_tokens"}));
        json!({
            "id": format!("resp_{}", self.number), "object": "response", "created_at": 0, "status": status,
            "error": null, "incomplete_details": incomplete, "instructions": null, "metadata": {},
            "model": self.request.model, "output": output, "parallel_tool_calls": true, "temperature": null,
            "tool_choice": "auto", "tools": [], "top_p": null, "usage": usage,
        })
    }

    /// The items of the answer: a message, or a call each.
    fn items(&self) -> Vec<Value> {
        if self.choice.calls.is_empty() {
            return vec![self.message_item(self.status(), vec![self.text_part()])];
        }
        let calls = self.choice.calls.iter().enumerate();
        calls
            .map(|(at, call)| self.call_item(at, "completed", &call.arguments))
            .collect()
    }

    fn message_item(&self, status: &str, content: Vec<Value>) -> Value {
        json!({"type": "message", "id": self.message_id(), "status": status, "role": "assistant", "content": content})
    }

    fn message_id(&self) -> String {
        format!("msg_{}", self.number)
    }

    fn call_id(&self, at: usize) -> String {
        format!("fc_{}_{at}", self.number)
    }

    fn call_item(&self, at: usize, status: &str, arguments: &str) -> Value {
        let call = &self.choice.calls[at];
        let own = call.id.as_deref().unwrap_or("call");
        json!({
            "type": "function_call", "id": self.call_id(at), "call_id": format!("{own}_{}", self.number),
            "name": call.name, "arguments": arguments, "status": status,
        })
    }

    fn text_part(&self) -> Value {
        json!({"type": "output_text", "text": self.choice.text(), "annotations": [], "logprobs": self.logprobs()})
    }

    fn logprobs(&self) -> Value {
        let all = self.choice.logprobs.as_ref();
        let all = all.map(|all| chat_logprobs(all, self.request.top_logprobs())["content"].take());
        all.unwrap_or_else(|| json!([]))
    }

    /// The whole answer.
    pub(super) fn body(&self) -> Value {
        self.object(self.status(), self.items())
    }

    /// The events of a stream, as they are sent.
    pub(super) fn events(&self) -> Vec<String> {
        let mut events = Vec::new();
        let mut send = |kind: &str, mut fields: Value| {
            fields["type"] = kind.into();
            fields["sequence_number"] = events.len().into();
            events.push(format!("event: {kind}\ndata: {fields}\n\n"));
        };
        let begun = || self.object("in_progress", Vec::new());
        send("response.created", json!({ "response": begun() }));
        send("response.in_progress", json!({ "response": begun() }));
        if self.choice.calls.is_empty() {
            let id = self.message_id();
            let item = self.message_item("in_progress", Vec::new());
            send(
                "response.output_item.added",
                json!({"output_index": 0, "item": item}),
            );
            let empty =
                json!({"type": "output_text", "text": "", "annotations": [], "logprobs": []});
            let at = json!({"item_id": id, "output_index": 0, "content_index": 0});
            let with = |name: &str, value: Value| {
                let mut fields = at.clone();
                fields[name] = value;
                fields
            };
            send("response.content_part.added", with("part", empty));
            for piece in &self.choice.pieces {
                let mut fields = with("delta", piece.as_str().into());
                fields["logprobs"] = json!([]);
                send("response.output_text.delta", fields);
            }
            let mut fields = with("text", self.choice.text().into());
            fields["logprobs"] = self.logprobs();
            send("response.output_text.done", fields);
            send("response.content_part.done", with("part", self.text_part()));
        }
        for (at, call) in self.choice.calls.iter().enumerate() {
            let item = self.call_item(at, "in_progress", "");
            send(
                "response.output_item.added",
                json!({"output_index": at, "item": item}),
            );
            let id = self.call_id(at);
            for piece in split(&call.arguments) {
                let fields = json!({"item_id": id, "output_index": at, "delta": piece});
                send("response.function_call_arguments.delta", fields);
            }
            let fields = json!({"item_id": id, "output_index": at, "name": call.name, "arguments": call.arguments});
            send("response.function_call_arguments.done", fields);
        }
        for (at, item) in self.items().into_iter().enumerate() {
            send(
                "response.output_item.done",
                json!({"output_index": at, "item": item}),
            );
        }
        let last = format!("response.{}", self.status());
        send(&last, json!({ "response": self.body() }));
        events
    }
}
