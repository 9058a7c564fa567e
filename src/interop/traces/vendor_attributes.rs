//! Attributes of spans by the names of one maker: the AI SDK of Vercel (`ai.prompt.messages`) and the SDKs of Langfuse
//! (`langfuse.observation.input`).

use super::{
    answer::answers,
    call::Call,
    json_text::{data, field},
    messages::add_messages,
    tree::{at, items, own},
};
use serde_json::Value;

/// The AI SDK. Its outer spans (`ai.generateText`) hold the call of an inner one (`ai.generateText.doGenerate`) once more; only that has
/// the model's request beside it.
pub(super) fn read_ai_sdk(attributes: &Value, call: &mut Call) {
    let ai = &attributes["ai"];
    if ai.is_null() {
        return;
    }
    if let Some(function) = at(ai, &["telemetry", "functionId"]).as_str() {
        function.clone_into(&mut call.name);
    }
    add_messages(call, &field(attributes, "ai.prompt.messages"));
    let response = &ai["response"];
    let texts = ["text", "object"].map(|key| own(response, &[key]));
    if let Some(text) = texts.into_iter().find_map(Value::as_str) {
        call.outputs = vec![text.to_owned()];
    }
    // The schema of an object is sent with the request.
    if !own(response, &["object"]).is_null() || !at(ai, &["schema"]).is_null() {
        call.lose("the form of the answer (`response_format`)");
    }
    read_settings(&ai["settings"], call);
    for (calls, what) in [
        (at(response, &["toolCalls"]), "a tool call"),
        (at(ai, &["prompt", "tools"]), "tools"),
    ] {
        if !items(&data(calls)).is_empty() {
            call.lose(what);
        }
    }
}

/// The settings of a call by the names of the AI SDK. Those that change nothing of what is sent are not looked at.
fn read_settings(settings: &Value, call: &mut Call) {
    const NAMES: [(&str, &str); 9] = [
        ("temperature", "temperature"),
        ("topP", "top_p"),
        ("topK", "top_k"),
        ("maxTokens", "max_tokens"),
        ("maxOutputTokens", "max_tokens"),
        ("seed", "seed"),
        ("stopSequences", "stop"),
        ("frequencyPenalty", "frequency_penalty"),
        ("presencePenalty", "presence_penalty"),
    ];
    let set = NAMES.iter().filter_map(|(name, sent)| {
        let value = settings.get(*name)?;
        Some(((*sent).to_owned(), data(value)))
    });
    call.request(&set.collect());
}

/// The kind of a span of Langfuse (`generation`, `span`…), if it is one.
pub(super) fn langfuse_kind(attributes: &Value) -> Option<&str> {
    at(attributes, &["langfuse", "observation", "type"]).as_str()
}

/// A generation of Langfuse.
pub(super) fn read_langfuse(attributes: &Value, call: &mut Call) {
    let observation = at(attributes, &["langfuse", "observation"]);
    if let Some(prompt) = at(observation, &["prompt", "name"]).as_str() {
        prompt.clone_into(&mut call.name);
    }
    if !add_messages(call, &field(attributes, "langfuse.observation.input")) {
        return;
    }
    let output = field(attributes, "langfuse.observation.output");
    call.outputs = answers(&output, &mut call.lost);
    let model = &observation["model"];
    call.model = (model["name"].as_str().map(str::to_owned)).or(call.model.take());
    call.request(&data(&model["parameters"]));
}
