//! Which fields of a record are texts with JSON in them. Any other text is what somebody wrote, whatever it looks like: a model may be
//! asked for JSON, and a user may paste messages.

use super::{
    answer::is_answer,
    content::is_parts,
    messages::is_prompt,
    tree::{at, own},
};
use crate::interop::{non_finite, value_limit::ValueLimit};
use serde_json::Value;

/// What a recorder writes as JSON into a field of text.
#[derive(Debug, Clone, Copy)]
enum JsonText {
    /// The messages of a prompt, or a request with them.
    Prompt,
    /// The message that a model wrote, several, or a response with them.
    Answer,
    /// A message that a model wrote.
    Message,
    /// The parts of a message's content.
    Parts,
}

/// Fields that hold messages and nothing else: what is not, was cut or is broken.
const ONLY_MESSAGES: [&str; 4] = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "ai.prompt.messages",
    "llm.input_messages",
];

/// The fields of spans, and who writes JSON into them.
///
/// A text in such a field that is not JSON of this kind is the prompt, the answer or the content itself: the same recorders write those
/// without a form of messages as they are.
const FIELDS: [(&str, JsonText); 13] = [
    // The conventions of OpenTelemetry for generative AI, which instruments of several makers follow.
    ("gen_ai.input.messages", JsonText::Prompt),
    ("gen_ai.output.messages", JsonText::Answer),
    ("gen_ai.system_instructions", JsonText::Parts),
    // Their versions up to 1.36, as attributes and in events.
    ("gen_ai.prompt", JsonText::Prompt),
    ("gen_ai.completion", JsonText::Answer),
    ("message", JsonText::Message),
    // OpenLLMetry, in `gen_ai.prompt.N`: a content of several parts.
    ("content", JsonText::Parts),
    // The AI SDK of Vercel.
    ("ai.prompt.messages", JsonText::Prompt),
    // The SDKs of Langfuse.
    ("langfuse.observation.input", JsonText::Prompt),
    ("langfuse.observation.output", JsonText::Answer),
    // Data frames of Phoenix that were written as a table.
    ("llm.input_messages", JsonText::Prompt),
    // OpenInference, where `input.mime_type` and `output.mime_type` say that it is JSON.
    ("input.value", JsonText::Prompt),
    ("output.value", JsonText::Answer),
];

/// The value of a field of a span, without its parts: messages, where it is known for them and its text holds some.
pub(super) fn field(attributes: &Value, name: &str) -> Value {
    let path: Vec<&str> = name.split('.').collect();
    let value = own(attributes, &path);
    let is_described = match path[..] {
        [field @ ("input" | "output"), "value"] => {
            at(attributes, &[field, "mime_type"]) == "application/json"
        }
        _ => true,
    };
    let known = FIELDS.iter().find(|(field, _)| *field == name);
    let read = match known.filter(|_| is_described) {
        Some((_, kind)) => read(value, *kind),
        None => value.clone(),
    };
    let is_broken = |read: &Value| read.as_str().is_some_and(is_json);
    match ONLY_MESSAGES.contains(&name) && is_broken(&read) {
        true => Value::Null,
        false => read,
    }
}

/// What was sent, of a record of Langfuse whose fields are texts: those of its tables, its files in storage and the second version of its API.
pub(super) fn raw_input(value: &Value) -> Value {
    read(value, JsonText::Prompt)
}

/// What came back, of such a record.
pub(super) fn raw_output(value: &Value) -> Value {
    read(value, JsonText::Answer)
}

fn read(value: &Value, kind: JsonText) -> Value {
    let Some(text) = value.as_str().filter(|text| is_json(text)) else {
        return value.clone();
    };
    let is_of_kind = |read: &Value| match kind {
        JsonText::Prompt => is_prompt(read),
        JsonText::Answer => is_answer(read),
        JsonText::Message => read.is_object(),
        JsonText::Parts => is_parts(read),
    };
    parsed(text)
        .filter(is_of_kind)
        .unwrap_or_else(|| value.clone())
}

/// What is in a text. A record with more values in its texts than it may have was refused; texts within texts have a limit of their own.
fn parsed(text: &str) -> Option<Value> {
    let limit = ValueLimit::new();
    non_finite::parsed(text, |text| limit.read_slice(text)).ok()
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Data that may be written as a text of JSON: parameters, tools, variables, scores. Not for what was sent or came back.
pub(super) fn data(value: &Value) -> Value {
    match value {
        Value::String(text) if is_json(text) => parsed(text).unwrap_or_else(|| value.clone()),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_is_a_text_where_no_recorder_writes_json() {
        let (prompt, answer) = (
            json!([{"role": "user", "content": "u"}]),
            json!({"role": "assistant", "content": "a"}),
        );
        let texts = [&prompt, &answer].map(|value| Value::from(value.to_string()));
        let attributes = json!({
            "gen_ai": {"input": {"messages": texts[0]}},
            "langfuse": {"observation": {"output": texts[1]}},
            "ai": {"response": {"text": texts[1]}},
            "llm": {"prompts": texts[0]},
            "input": {"value": texts[0]},
            "output": {"value": texts[1], "mime_type": "application/json"},
        });
        // Attributes have a longest length, where they are cut.
        let cut = json!({"gen_ai": {"input": {"messages": texts[0].as_str().unwrap().replace("}]", "")}}});
        assert_eq!(field(&cut, "gen_ai.input.messages"), Value::Null);
        for (name, value) in [
            ("gen_ai.input.messages", &prompt),
            ("langfuse.observation.output", &answer),
            ("ai.response.text", &texts[1]),
            ("llm.prompts", &texts[0]),
            ("input.value", &texts[0]),
            ("output.value", &answer),
        ] {
            assert_eq!(field(&attributes, name), *value, "{name}");
        }
    }

    #[test]
    fn a_text_of_such_a_field_that_is_not_messages_is_a_text() {
        for text in [
            "{\"a\": 1}",
            "[]",
            "{}",
            "[1]",
            "{\"0\": {\"a\": 1}}",
            "{\"prompt\": \"z\"}",
            "{\"system\": \"s\", \"input\": \"z\"}",
            "{\"content\": \"c\"}",
            "{\"choices\": []}",
            "{\"text\": \"t\", \"type\": \"human\"}",
            "{\"role\": \"user\", \"content\": \"in\"} and more",
        ] {
            assert_eq!(raw_input(&text.into()), text);
            assert_eq!(raw_output(&text.into()), text);
        }
        // A user's message is not an answer.
        let text = "{\"role\": \"user\", \"content\": \"in\"}";
        assert_eq!(raw_output(&text.into()), text);
        assert!(raw_input(&text.into()).is_object());
    }
}
