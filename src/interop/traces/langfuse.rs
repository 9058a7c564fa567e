//! Exports of Langfuse: traces and observations, as JSON lines, JSON or a table.

use super::{
    answer::answers,
    call::Call,
    json_text::{data, raw_input, raw_output},
    messages::add_messages,
    tree::items,
};
use serde_json::Value;

/// Whether a record is a trace or an observation.
pub(super) fn is_record(record: &Value) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("input")
        && has("output")
        && ["traceId", "trace_id", "observations", "scores", "htmlPath"]
            .into_iter()
            .any(has)
}

/// What a record has that is no call.
pub(super) enum Omitted {
    /// A call whose input is not messages.
    WithoutMessages,
    /// Of another type.
    Other(String),
}

/// Whether a record is a trace as it is downloaded: itself, and its observations beside it.
pub(super) fn is_download(record: &Value) -> bool {
    record["trace"].is_object() && record["observations"].is_array()
}

/// The calls of a trace that was downloaded, in which all inputs and outputs are texts, those that are JSON too.
pub(super) fn downloaded_calls(record: &Value, omitted: &mut Vec<Omitted>) -> Vec<Call> {
    let mut trace = record["trace"].clone();
    if trace.get("scores").is_none_or(Value::is_null) {
        trace["scores"] = record["scores"].clone();
    }
    trace["observations"] = record["observations"].clone();
    let mut texts = (items(&record["observations"]).into_iter())
        .flat_map(|one| [&one["input"], &one["output"]]);
    let are_texts = texts.all(|value| value.is_string() || value.is_null());
    calls_of(&trace, are_texts, omitted)
}

/// The calls of a record. A trace has those of its observations; without any, it is one itself.
pub(super) fn calls(record: &Value, omitted: &mut Vec<Omitted>) -> Vec<Call> {
    calls_of(record, false, omitted)
}

fn calls_of(record: &Value, are_texts: bool, omitted: &mut Vec<Omitted>) -> Vec<Call> {
    let observations = data(&record["observations"]);
    let generations: Vec<&Value> = items(&observations)
        .into_iter()
        .filter(|one| one["type"] == "GENERATION")
        .collect();
    if !generations.is_empty() {
        let mut calls: Vec<Call> = Vec::new();
        for generation in generations {
            match call(generation, are_texts) {
                Some(call) => calls.push(call),
                None => omitted.push(Omitted::WithoutMessages),
            }
        }
        // What was said of the whole is said of its last answer.
        if let Some(last) = calls.last_mut() {
            read_scores(record, last);
        }
        return calls;
    }
    match record["type"].as_str() {
        None | Some("GENERATION" | "TRACE") => {
            let found = call(record, are_texts);
            if found.is_none() {
                omitted.push(Omitted::WithoutMessages);
            }
            found.into_iter().collect()
        }
        Some(other) => {
            omitted.push(Omitted::Other(other.to_owned()));
            Vec::new()
        }
    }
}

fn call(record: &Value, are_texts: bool) -> Option<Call> {
    let text = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| record[*key].as_str());
        found.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut call = Call {
        name: text(&["promptName", "prompt_name"])
            .or_else(|| text(&["name"]))
            .unwrap_or_default(),
        model: text(&["model", "providedModelName", "provided_model_name"]),
        ..Call::default()
    };
    let (mut input, mut output) = (record["input"].clone(), record["output"].clone());
    if are_texts || is_raw(record) {
        (input, output) = (raw_input(&input), raw_output(&output));
    }
    if !add_messages(&mut call, &input) {
        return None;
    }
    call.outputs = answers(&output, &mut call.lost);
    for key in ["modelParameters", "model_parameters"] {
        call.request(&data(&record[key]));
    }
    read_scores(record, &mut call);
    let expected = [&record["expectedOutput"], &record["expected_output"]];
    call.expected = expected.into_iter().find(|value| !value.is_null()).cloned();
    Some(call)
}

/// Whether input and output are as they were recorded, all of them texts. The first version of the API gives values in place of texts with
/// JSON, and alone has the field `model`; the second version and the files in storage have `providedModelName` or `provided_model_name`.
fn is_raw(record: &Value) -> bool {
    let has = |key: &str| record.get(key).is_some();
    (has("traceId") || has("trace_id")) && !has("model")
}

/// Scores as a list of objects, or as a map of lists of values; comments beside them.
fn read_scores(record: &Value, call: &mut Call) {
    match data(&record["scores"]) {
        Value::Array(all) => {
            for score in &all {
                let name = score["name"].as_str().unwrap_or("score");
                let text = ["stringValue", "string_value"]
                    .iter()
                    .find_map(|key| score[*key].as_str());
                let value = text.map_or_else(|| score["value"].clone(), Value::from);
                call.score(name, &value, &score["comment"]);
            }
        }
        Value::Object(all) => {
            for (name, values) in &all {
                let value = match values {
                    Value::Array(values) if values.len() == 1 => &values[0],
                    other => other,
                };
                call.score(name, value, &Value::Null);
            }
        }
        _ => {}
    }
    for comment in items(&data(&record["comments"])) {
        let text = comment.get("content").unwrap_or(comment);
        call.annotate("comment", text.clone());
    }
}
