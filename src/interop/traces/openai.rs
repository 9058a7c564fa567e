//! Stored completions of OpenAI, and lines of messages as its files for training have them.

use super::{
    call::Call,
    content::{add_messages, output_text},
};
use serde_json::Value;

/// Whether a record is a stored completion or response.
pub(super) fn is_record(record: &Value) -> bool {
    let object = record["object"].as_str();
    matches!(object, Some("chat.completion" | "response")) || record["messages"].is_array()
}

/// The call of a stored completion. `messages`: those of its prompt, where they stand elsewhere.
pub(super) fn call(record: &Value, messages: Option<&Value>) -> Option<Call> {
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
    let given = ["messages", "input_messages", "input"]
        .iter()
        .find_map(|key| record.get(*key));
    add_messages(&mut call, messages.or(given).unwrap_or(&Value::Null));
    let answer = ["choices", "output", "output_text"]
        .iter()
        .find_map(|key| record.get(*key));
    call.output = match answer {
        Some(Value::Array(all)) => {
            // The first choice; of a response, its message and not its reasoning.
            let message = all
                .iter()
                .find(|item| item["type"] == "message")
                .or(all.first());
            output_text(message.unwrap_or(&Value::Null), &mut call.lost)
        }
        Some(answer) => output_text(answer, &mut call.lost),
        // The last message is the answer.
        None if call.messages.last().is_some_and(|m| m.role == "assistant") => {
            call.messages.pop().map(|message| message.text)
        }
        None => None,
    };
    call.params_of(record);
    for (name, value) in record["metadata"].as_object().into_iter().flatten() {
        call.annotate(name, value.clone());
    }
    (!call.messages.is_empty()).then_some(call)
}
