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
    let sent = messages.or(given).unwrap_or(&Value::Null);
    match sent {
        // Calls of tools, their results and references stand between messages.
        Value::Array(all) if all.iter().any(|item| item["role"].is_string()) => {
            let (said, others): (Vec<Value>, Vec<Value>) =
                (all.iter().cloned()).partition(|item| item["role"].is_string());
            for other in others {
                let kind = other["type"].as_str().unwrap_or("an item without a role");
                call.lose(&format!("`{kind}`"));
            }
            add_messages(&mut call, &said.into());
        }
        other => {
            add_messages(&mut call, other);
        }
    }
    let tools = &record["tools"];
    if tools.as_array().is_some_and(|tools| !tools.is_empty()) {
        call.lose("tools");
    }
    let format = &record["text"]["format"];
    if format["type"].as_str().is_some_and(|kind| kind != "text") {
        call.lose("the parameter `text.format`");
    }
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
        let call = call(&record, None).unwrap();
        let said: Vec<&str> = call.messages.iter().map(|m| m.text.as_str()).collect();
        assert_eq!((said, call.output.as_deref()), (vec!["q"], Some("a")));
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
        assert_eq!(call.lost, lost);
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
            call.lost,
            ["the parameter `best_of`", "the parameter `choice`"]
        );
    }
}
