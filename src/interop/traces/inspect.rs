//! Samples of a log of Inspect.

use super::{
    call::Call,
    content::{add_messages, output_text},
};
use serde_json::{Map, Value};

/// Where a long text stands that a sample has elsewhere.
const ATTACHMENT: &str = "attachment://";

/// Whether a record is a log, and its header or a whole one.
pub(super) fn is_log(record: &Value) -> bool {
    record["eval"]["task"].is_string() && record.get("version").is_some()
}

/// What samples need of a log's header.
pub(super) fn header(log: &Value) -> Value {
    let eval = &log["eval"];
    let kept =
        ["task", "model", "model_generate_config"].map(|key| (key.to_owned(), eval[key].clone()));
    Value::Object(Map::from_iter([(
        "eval".to_owned(),
        Value::Object(kept.into_iter().collect()),
    )]))
}

/// The call that a sample ends with.
pub(super) fn call(sample: &Value, header: &Value) -> Option<Call> {
    let attachments = &sample["attachments"];
    let mut messages = sample["messages"].clone();
    resolve(&mut messages, attachments);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let model = text(&sample["output"]["model"]).or_else(|| text(&header["eval"]["model"]));
    let (provider, model) = match model.as_deref().and_then(|model| model.split_once('/')) {
        Some((provider, name)) => (Some(provider.to_owned()), Some(name.to_owned())),
        None => (
            text(&header["eval"]["model"]).and_then(|m| Some(m.split_once('/')?.0.to_owned())),
            model,
        ),
    };
    let mut call = Call {
        name: text(&header["eval"]["task"]).unwrap_or_default(),
        provider,
        model,
        ..Call::default()
    };
    let mut output = sample["output"]["choices"][0]["message"].clone();
    resolve(&mut output, attachments);
    let completion = &sample["output"]["completion"];
    let answer = if output.is_null() {
        completion
    } else {
        &output
    };
    if !answer.is_null() && answer.as_str() != Some("") {
        call.output = output_text(answer, &mut call.lost);
    }
    if !add_messages(&mut call, &messages) {
        let mut input = sample["input"].clone();
        resolve(&mut input, attachments);
        add_messages(&mut call, &input);
    } else if call.output.is_some() && call.messages.last().is_some_and(|m| m.role == "assistant") {
        call.messages.pop();
    }
    call.request(&header["eval"]["model_generate_config"]);
    call.expected = match &sample["target"] {
        Value::Array(all) if all.len() == 1 => all.first().cloned(),
        Value::Null => None,
        target if target.as_str() == Some("") => None,
        target => Some(target.clone()),
    };
    for (name, score) in sample["scores"].as_object().into_iter().flatten() {
        call.score(name, &score["value"], &score["explanation"]);
    }
    (!call.messages.is_empty()).then_some(call)
}

/// Put long texts in their places.
fn resolve(value: &mut Value, attachments: &Value) {
    match value {
        Value::String(text) => {
            let found = text
                .strip_prefix(ATTACHMENT)
                .and_then(|name| attachments[name].as_str());
            if let Some(found) = found {
                *text = found.to_owned();
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|value| resolve(value, attachments)),
        Value::Object(map) => map
            .values_mut()
            .for_each(|value| resolve(value, attachments)),
        _ => {}
    }
}
