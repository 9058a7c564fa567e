//! Stored completions of OpenAI, and lines of messages as its files for training have them.

use super::{
    answer::{answers, message_answers},
    call::Call,
    messages::add_messages,
};
use serde_json::Value;

/// Whether a record is a stored completion or response.
pub(super) fn is_record(record: &Value) -> bool {
    let object = record["object"].as_str();
    matches!(object, Some("chat.completion" | "response")) || record["messages"].is_array()
}

/// What a response may have been answering beside its input, by the field that refers to it.
const BEFORE: [(&str, &str); 3] = [
    (
        "previous_response_id",
        "the turns before, which `previous_response_id` refers to",
    ),
    (
        "conversation",
        "the turns before, which `conversation` refers to",
    ),
    ("prompt", "the stored prompt, which `prompt` refers to"),
];

/// The text of a response: of all its messages, which are one answer.
fn response_text(items: &[Value], call: &mut Call) -> Option<String> {
    let mut texts = Vec::new();
    for item in items {
        match item["type"].as_str() {
            Some("message") | None => texts.extend(message_answers(&[item], &mut call.lost)),
            // Thoughts are not the answer.
            Some("reasoning") => {}
            Some(kind) => call.lose(&format!("`{kind}`")),
        }
    }
    (!texts.is_empty()).then(|| texts.concat())
}

/// Add the messages of a list, between which calls of tools, their results and references may stand.
fn add_items(call: &mut Call, items: &[Value]) {
    let is_message = |item: &Value| item["role"].is_string();
    for other in items.iter().filter(|item| !is_message(item)) {
        let kind = other["type"].as_str().unwrap_or("an item without a role");
        call.lose(&format!("`{kind}`"));
    }
    let messages = items.iter().filter(|item| is_message(item)).cloned();
    add_messages(call, &messages.collect());
}

/// The call of a stored completion. `messages`: those of its prompt, where it has none of its own.
pub(super) fn call(record: &Value, messages: &[Value]) -> Option<Call> {
    let mut call = Call {
        name: record["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        // Lines of messages are of whoever wrote them.
        provider: record["object"].is_string().then(|| "openai".into()),
        model: record["model"].as_str().map(str::to_owned),
        ..Call::default()
    };
    if let Some(instructions) = record["instructions"].as_str() {
        let system = serde_json::json!([{"role": "system", "content": instructions}]);
        add_messages(&mut call, &system);
    }
    let own = ["messages", "input_messages", "input"];
    let is_given =
        |own: &&Value| !own.is_null() && own.as_array().is_none_or(|all| !all.is_empty());
    let own = own.iter().map(|key| &record[*key]).find(is_given);
    match own {
        Some(Value::Array(own)) if own.iter().any(|item| item["role"].is_string()) => {
            add_items(&mut call, own);
        }
        Some(own) => drop(add_messages(&mut call, own)),
        None => add_items(&mut call, messages),
    }
    let tools = &record["tools"];
    if tools.as_array().is_some_and(|tools| !tools.is_empty()) {
        call.lose("tools");
    }
    let format = &record["text"]["format"];
    if format["type"].as_str().is_some_and(|kind| kind != "text") {
        call.lose("the parameter `text.format`");
    }
    for (field, what) in BEFORE {
        if record["object"] == "response" && !record[field].is_null() {
            call.lose(what);
        }
    }
    call.outputs = match (&record["output"], &record["choices"]) {
        (Value::Array(items), _) => response_text(items, &mut call).into_iter().collect(),
        (_, Value::Array(choices)) => {
            let messages = choices.iter().map(|choice| &choice["message"]);
            message_answers(&messages.collect::<Vec<_>>(), &mut call.lost)
        }
        _ => answers(&record["output_text"], &mut call.lost),
    };
    // The last message is the answer.
    let is_line = ["choices", "output", "output_text"]
        .iter()
        .all(|key| record.get(*key).is_none());
    if is_line && call.messages.last().is_some_and(|m| m.role == "assistant") {
        let answer = call.messages.pop();
        call.outputs.extend(answer.map(|message| message.text));
    }
    call.params_of(record);
    // The Responses API has other names.
    let renamed = [
        ("max_completion_tokens", &record["max_output_tokens"]),
        ("reasoning_effort", &record["reasoning"]["effort"]),
        ("logit_bias", &record["logit_bias"]),
    ];
    let renamed = renamed.map(|(name, value)| (name.to_owned(), value.clone()));
    call.request(&Value::Object(renamed.into_iter().collect()));
    for (name, value) in record["metadata"].as_object().into_iter().flatten() {
        call.annotate(name, value.clone());
    }
    (!call.messages.is_empty()).then_some(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stored_response_is_read_between_its_calls_of_tools() {
        let record = json!({
            "object": "response", "model": "m", "temperature": 0, "top_k": 3, "tools": [{"type": "function", "name": "f"}],
            "text": {"format": {"type": "json_schema"}},
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "q"}]},
                {"type": "function_call", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "output": "x"},
            ],
            "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}],
        });
        let call = call(&record, &[]).unwrap();
        let said: Vec<&str> = call.messages.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(
            (said, &call.outputs[..]),
            (vec!["q"], &["a".to_owned()][..])
        );
        assert_eq!(
            Value::Object(call.params),
            json!({"temperature": 0, "top_k": 3})
        );
        let lost = [
            "`function_call`",
            "`function_call_output`",
            "tools",
            "the parameter `text.format`",
        ];
        assert_eq!(call.lost.list(), lost);
    }

    #[test]
    fn parameters_that_are_not_sent_again_are_lost() {
        let mut call = Call::default();
        let request = json!({
            "model": "m", "temperature": 0.5, "stop_sequences": ["x"], "stream": true, "best_of": 3, "logprobs": null,
            "choice": {"count": 2},
        });
        call.request(&request);
        assert_eq!(
            Value::Object(call.params),
            json!({"temperature": 0.5, "stop": ["x"]})
        );
        assert_eq!(
            call.lost.list(),
            ["the parameter `best_of`", "the parameter `choice`"]
        );
    }
}
