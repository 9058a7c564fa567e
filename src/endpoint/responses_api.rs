//! The Responses API, told in the words of chat completions: a request translated to it, its objects and events translated back.
//!
//! Each call stands alone: the whole conversation is sent, nothing is kept at the server (`store` is false where it is not set),
//! and `previous_response_id` is not used.

use crate::model::{LOGPROBS, TOP_LOGPROBS};
use serde_json::{Map, Value, json};

/// The parameter for log-probabilities, as the interface has it: one of the things to include.
const INCLUDED_LOGPROBS: &str = "message.output_text.logprobs";

/// The body of a request that was written for chat completions. The error says what cannot be sent.
pub(super) fn request_body(chat: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut body = Map::new();
    let (mut logprobs, mut is_stored) = (false, Value::Bool(false));
    let mut limit = None;
    let has_own_instructions = chat.contains_key("instructions");
    for (name, value) in chat {
        match name.as_str() {
            "messages" => {
                let Value::Array(messages) = value else {
                    continue;
                };
                let (instructions, input) = conversation(messages, has_own_instructions)?;
                if let Some(instructions) = instructions {
                    body.insert("instructions".into(), instructions);
                }
                body.insert("input".into(), input.into());
            }
            "tools" => {
                let tools = value.as_array().into_iter().flatten();
                body.insert(name, tools.map(flat_tool).collect());
            }
            "tool_choice" => {
                body.insert(name, flat_choice(value));
            }
            "max_tokens" | "max_completion_tokens" => limit = Some(value),
            "reasoning_effort" => set(&mut body, "reasoning", "effort", value),
            "verbosity" => set(&mut body, "text", "verbosity", value),
            "response_format" => set(&mut body, "text", "format", flat_format(value)),
            "reasoning" | "text" => overwrite(&mut body, &name, value),
            "store" => is_stored = value,
            LOGPROBS => logprobs |= value == true,
            _ => {
                logprobs |= name == TOP_LOGPROBS;
                body.insert(name, value);
            }
        }
    }
    if let Some(limit) = limit {
        body.entry("max_output_tokens").or_insert(limit);
    }
    if logprobs {
        let include = body.entry("include").or_insert_with(|| json!([]));
        if let Value::Array(include) = include
            && !include.iter().any(|item| item == INCLUDED_LOGPROBS)
        {
            include.push(INCLUDED_LOGPROBS.into());
        }
    }
    body.insert("store".into(), is_stored);
    Ok(body)
}

/// Set a field of an object in the body, unless it was written in the interface's own words.
fn set(body: &mut Map<String, Value>, object: &str, field: &str, value: Value) {
    let object = body.entry(object).or_insert_with(|| json!({}));
    if let Value::Object(known) = object {
        known.entry(field).or_insert(value);
    }
}

/// Put what was written in the interface's own words over what was translated.
fn overwrite(body: &mut Map<String, Value>, name: &str, value: Value) {
    match (body.get_mut(name), value) {
        (Some(Value::Object(known)), Value::Object(fields)) => known.extend(fields),
        (_, value) => {
            body.insert(name.to_owned(), value);
        }
    }
}

/// The first message where it is one of the system, and the others as items.
fn conversation(
    messages: Vec<Value>,
    has_own_instructions: bool,
) -> Result<(Option<Value>, Vec<Value>), String> {
    let mut messages = messages;
    let is_system = messages.len() > 1
        && !has_own_instructions
        && messages[0]["role"] == "system"
        && messages[0]["content"].is_string();
    let instructions = is_system.then(|| messages.remove(0)["content"].take());
    let mut items = Vec::with_capacity(messages.len());
    for message in messages {
        add_items(&mut items, message)?;
    }
    Ok((instructions, items))
}

/// Add the items of a message: itself, and the tool calls that it makes.
fn add_items(items: &mut Vec<Value>, mut message: Value) -> Result<(), String> {
    let content = message["content"].take();
    if message["role"] == "tool" {
        items.push(json!({
            "type": "function_call_output", "call_id": message["tool_call_id"].take(), "output": content,
        }));
        return Ok(());
    }
    let is_answer = message["role"] == "assistant";
    let content = match content {
        Value::Array(parts) => {
            let parts = parts.into_iter().map(|part| flat_part(part, is_answer));
            Some(parts.collect::<Result<Value, String>>()?)
        }
        Value::Null => None,
        text => Some(text),
    };
    if let Some(content) = content {
        items.push(json!({"role": message["role"], "content": content}));
    }
    if let Value::Array(calls) = message["tool_calls"].take() {
        for mut call in calls {
            items.push(json!({
                "type": "function_call", "call_id": call["id"].take(),
                "name": call["function"]["name"].take(), "arguments": call["function"]["arguments"].take(),
            }));
        }
    }
    Ok(())
}

fn flat_part(mut part: Value, is_answer: bool) -> Result<Value, String> {
    let kind = part["type"].as_str().unwrap_or_default().to_owned();
    let inner = part[kind.as_str()].take();
    Ok(match kind.as_str() {
        "text" => {
            let kind = if is_answer {
                "output_text"
            } else {
                "input_text"
            };
            // The text stood in the field that bears the type's name.
            json!({"type": kind, "text": inner})
        }
        "image_url" => {
            let detail = inner.get("detail").cloned();
            json!({"type": "input_image", "image_url": inner["url"], "detail": detail.unwrap_or_else(|| "auto".into())})
        }
        "file" => {
            json!({"type": "input_file", "filename": inner["filename"], "file_data": inner["file_data"]})
        }
        "input_audio" => json!({"type": kind, "input_audio": inner}),
        _ => {
            return Err(
                "the Responses API takes no audio by its address; use a file of the project".into(),
            );
        }
    })
}

/// A function without the object around it; `None` where it has none.
pub(crate) fn flat_function(tool: &Value) -> Option<Map<String, Value>> {
    let function = tool["function"].as_object()?;
    let mut flat = Map::from_iter([("type".to_owned(), json!("function"))]);
    flat.extend(function.clone());
    Some(flat)
}

/// A function without the object around it. Servers take a missing `strict` for true here and for false in chat completions:
/// it is said, so that both mean the same.
fn flat_tool(tool: &Value) -> Value {
    let Some(mut flat) = flat_function(tool) else {
        return tool.clone();
    };
    flat.entry("parameters").or_insert(Value::Null);
    flat.entry("strict").or_insert(Value::Bool(false));
    Value::Object(flat)
}

fn flat_choice(choice: Value) -> Value {
    match choice["function"]["name"].as_str() {
        Some(name) => json!({"type": "function", "name": name}),
        None => choice,
    }
}

fn flat_format(mut format: Value) -> Value {
    match format.get_mut("json_schema").map(Value::take) {
        Some(Value::Object(schema)) => {
            let mut flat = Map::from_iter([("type".to_owned(), json!("json_schema"))]);
            flat.extend(schema);
            Value::Object(flat)
        }
        _ => {
            if let Value::Object(map) = &mut format {
                map.shift_remove("json_schema");
            }
            format
        }
    }
}

/// Whether a body or an event is of this interface.
pub(super) fn is_of_responses(value: &Map<String, Value>) -> bool {
    let starts = |text: &Value| text.as_str().is_some_and(|t| t.starts_with("response."));
    value
        .get("object")
        .is_some_and(|object| object == "response")
        || value.get("type").is_some_and(starts)
}

/// Whether an event of this name is the last one of a stream.
pub(super) fn is_last_event(name: &str) -> bool {
    matches!(
        name,
        "response.completed" | "response.incomplete" | "response.failed"
    )
}

/// A body, or an event of a stream, as one of chat completions; null where it says nothing of the answer.
pub(super) fn chat_answer(mut value: Map<String, Value>) -> Value {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or("");
    let delta = |delta: Value| json!({"choices": [{"index": 0, "delta": delta}]});
    let text = |name: &str| value.get(name).cloned().unwrap_or_default();
    match kind {
        "response.output_text.delta" => delta(json!({ "content": text("delta") })),
        "response.refusal.delta" => delta(json!({ "refusal": text("delta") })),
        "response.reasoning_summary_text.delta"
        | "response.reasoning_text.delta"
        | "response.reasoning.delta" => delta(json!({ "reasoning": text("delta") })),
        "response.reasoning_summary_part.added"
            if value.get("summary_index") != Some(&json!(0)) =>
        {
            delta(json!({ "reasoning": PARAGRAPH }))
        }
        "response.output_item.added" => {
            let index = text("output_index");
            match value.get("item").and_then(tool_call) {
                Some(mut call) => {
                    call["index"] = index;
                    delta(json!({ "tool_calls": [call] }))
                }
                None => Value::Null,
            }
        }
        "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
            let call =
                json!({"index": text("output_index"), "function": {"arguments": text("delta")}});
            delta(json!({ "tool_calls": [call] }))
        }
        kind if is_last_event(kind) => match value.remove("response") {
            // What came in pieces before stands in it once more.
            Some(Value::Object(response)) => whole_answer(response, true),
            _ => Value::Null,
        },
        "" | "response" => whole_answer(value, false),
        _ => Value::Null,
    }
}

/// What stands between the parts of a summary of thoughts.
const PARAGRAPH: &str = "\n\n";

/// A tool call of an item, in whatever form the server names it.
fn tool_call(item: &Value) -> Option<Value> {
    let arguments = match item["type"].as_str()? {
        "function_call" => &item["arguments"],
        "custom_tool_call" => &item["input"],
        _ => return None,
    };
    let id = [&item["call_id"], &item["id"]]
        .into_iter()
        .find(|id| id.is_string());
    Some(
        json!({"id": id, "type": "function", "function": {"name": item["name"], "arguments": arguments}}),
    )
}

/// The response object as an answer; the last event of a stream repeats what came before it.
fn whole_answer(mut response: Map<String, Value>, is_streamed: bool) -> Value {
    let status = response.get("status").and_then(Value::as_str);
    let status = status.unwrap_or_default().to_owned();
    if matches!(status.as_str(), "failed" | "cancelled") {
        let error = response.remove("error").filter(|error| !error.is_null());
        let unknown = || json!({"message": format!("the response has the status `{status}`")});
        return json!({"error": error.unwrap_or_else(unknown)});
    }
    let output = match response.get_mut("output").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let (mut parts, mut calls) = (Vec::new(), Vec::new());
    let (mut thoughts, mut logprobs) = (Vec::new(), Vec::new());
    for mut item in output {
        if let Some(call) = tool_call(&item) {
            calls.push(call);
        } else if item["type"] == "reasoning" {
            let texts = |name: &str| {
                let parts = item[name].as_array().into_iter().flatten();
                let texts = parts.filter_map(|part| part["text"].as_str().map(str::to_owned));
                texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
            };
            let own = texts("content");
            thoughts.extend(if own.is_empty() {
                texts("summary")
            } else {
                own
            });
        } else if item["type"] == "message" || item["role"] == "assistant" {
            match item["content"].take() {
                Value::Array(content) => {
                    for mut part in content {
                        let own = part.get_mut("logprobs").map(Value::take);
                        if let Some(Value::Array(own)) = own {
                            logprobs.extend(own);
                        }
                        parts.push(part);
                    }
                }
                Value::Null => {}
                text => parts.push(text),
            }
        }
    }
    let why = response
        .get("incomplete_details")
        .and_then(|details| details["reason"].as_str());
    let finish = match (status.as_str(), why) {
        ("incomplete", Some("max_output_tokens" | "max_tokens") | None) => Some("length"),
        ("incomplete", Some(why)) => Some(why),
        ("completed", _) if !calls.is_empty() => Some("tool_calls"),
        ("completed", _) => Some("stop"),
        _ => None,
    };
    let mut choice = json!({
        "index": 0, "finish_reason": finish,
        "message": {"content": parts, "reasoning": thoughts.join(PARAGRAPH), "tool_calls": calls},
    });
    if is_streamed {
        choice["delta"] = json!({});
    }
    if !logprobs.is_empty() {
        choice["logprobs"] = json!({ "content": logprobs });
    }
    let mut answer = Map::from_iter([("choices".to_owned(), json!([choice]))]);
    for name in ["model", "usage", "service_tier"] {
        if let Some(value) = response.remove(name) {
            answer.insert(name.to_owned(), value);
        }
    }
    Value::Object(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(chat: Value) -> Value {
        request_body(chat.as_object().unwrap().clone())
            .map_or_else(|problem| json!({ "problem": problem }), Value::Object)
    }

    #[test]
    fn a_request_says_the_same_in_the_other_words() {
        let tools = json!([{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]);
        let history = json!([
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "u"}},
                {"type": "file", "file": {"filename": "f", "file_data": "d"}}]},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "function": {"name": "find", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "found"},
            {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
        ]);
        let schema = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": true}});
        assert_eq!(
            sent(json!({
                "model": "m", "messages": history, "tools": tools, "max_tokens": 20, "temperature": 0,
                "tool_choice": {"type": "function", "function": {"name": "find"}},
                "reasoning_effort": "low", "verbosity": "high", "response_format": schema, "top_logprobs": 2, "logprobs": true,
            })),
            json!({
                "model": "m", "instructions": "s", "temperature": 0, "max_output_tokens": 20, "store": false,
                "input": [
                    {"role": "user", "content": [{"type": "input_text", "text": "t"},
                        {"type": "input_image", "image_url": "u", "detail": "auto"},
                        {"type": "input_file", "filename": "f", "file_data": "d"}]},
                    {"type": "function_call", "call_id": "c", "name": "find", "arguments": "{}"},
                    {"type": "function_call_output", "call_id": "c", "output": "found"},
                    {"role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
                ],
                "tools": [{"type": "function", "name": "find", "parameters": {"type": "object"}, "strict": false}],
                "tool_choice": {"type": "function", "name": "find"},
                "reasoning": {"effort": "low"},
                "text": {"verbosity": "high", "format": {"type": "json_schema", "name": "n", "schema": {}, "strict": true}},
                "top_logprobs": 2, "include": ["message.output_text.logprobs"],
            })
        );
        // What is written in the interface's own words stays.
        let own = json!({
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "instructions": "i", "store": true,
            "reasoning_effort": "low", "reasoning": {"summary": "auto", "effort": "high"}, "max_output_tokens": 5, "max_tokens": 9,
            "response_format": {"type": "json_object"}, "include": ["x"], "logprobs": false,
        });
        assert_eq!(
            sent(own),
            json!({
                "input": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "instructions": "i", "store": true,
                "reasoning": {"effort": "high", "summary": "auto"}, "max_output_tokens": 5, "text": {"format": {"type": "json_object"}},
                "include": ["x"],
            })
        );
        let odd = json!({"messages": [{"role": "user", "content": "u"}], "response_format": "json_object", "text": 1, "include": 2});
        assert_eq!(sent(odd)["text"], 1);
        // A system message alone is the input.
        let alone = json!([{"role": "system", "content": "s"}]);
        assert_eq!(
            sent(json!({ "messages": alone })),
            json!({"input": alone, "store": false})
        );
        let heard = json!([{"role": "user", "content": [{"type": "audio_url", "audio_url": {"url": "u"}}]}]);
        assert!(sent(json!({ "messages": heard }))["problem"].is_string());
    }

    #[test]
    fn an_answer_says_the_same_in_the_words_of_chat_completions() {
        let read = |value: Value| chat_answer(value.as_object().unwrap().clone());
        let whole = json!({
            "object": "response", "status": "completed", "error": null, "model": "m", "usage": {"input_tokens": 3},
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]},
                {"type": "web_search_call"},
                {"type": "message", "content": [{"type": "output_text", "text": "t", "logprobs": [{"token": "t"}]}]},
                {"type": "function_call", "call_id": "c", "name": "find", "arguments": "{}"},
            ],
        });
        let choice = json!({
            "index": 0, "finish_reason": "tool_calls", "logprobs": {"content": [{"token": "t"}]},
            "message": {
                "content": [{"type": "output_text", "text": "t", "logprobs": null}], "reasoning": "a\n\nb",
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "find", "arguments": "{}"}}],
            },
        });
        let mut last = choice.clone();
        last["delta"] = json!({});
        let answer = |choice: Value| json!({"choices": [choice], "model": "m", "usage": {"input_tokens": 3}});
        assert_eq!(read(whole.clone()), answer(choice));
        assert_eq!(
            read(json!({"type": "response.completed", "response": whole})),
            answer(last)
        );
        for (status, details, finish) in [
            ("completed", Value::Null, json!("stop")),
            (
                "incomplete",
                json!({"reason": "max_output_tokens"}),
                json!("length"),
            ),
            (
                "incomplete",
                json!({"reason": "content_filter"}),
                json!("content_filter"),
            ),
            ("incomplete", Value::Null, json!("length")),
            ("in_progress", Value::Null, Value::Null),
        ] {
            let object = json!({"object": "response", "status": status, "incomplete_details": details, "output": []});
            assert_eq!(
                read(object)["choices"][0]["finish_reason"],
                finish,
                "{status}"
            );
        }
        let failed = json!({"object": "response", "status": "failed", "error": {"code": "server_error", "message": "no"}});
        assert_eq!(read(failed)["error"]["message"], "no");
        let silent = json!({"type": "response.created", "response": {"status": "in_progress", "output": []}});
        assert_eq!(read(silent), Value::Null);
    }
}
