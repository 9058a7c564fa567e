//! Exports of Langfuse: traces and observations, as JSON lines, JSON or a table.

use super::{
    call::Call,
    content::{add_messages, output_text},
    tree::{items, parsed},
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

/// The calls of a record. A trace has those of its observations; without any, it is one itself.
pub(super) fn calls(record: &Value, omitted: &mut Vec<Omitted>) -> Vec<Call> {
    let observations = parsed(&record["observations"]);
    let generations: Vec<&Value> = items(&observations)
        .into_iter()
        .filter(|one| one["type"] == "GENERATION")
        .collect();
    if !generations.is_empty() {
        let mut calls: Vec<Call> = Vec::new();
        for generation in generations {
            match call(generation) {
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
            let found = call(record);
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

fn call(record: &Value) -> Option<Call> {
    let text = |keys: [&str; 2]| {
        let found = keys.iter().find_map(|key| record[*key].as_str());
        found.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut call = Call {
        name: text(["promptName", "prompt_name"])
            .or_else(|| text(["name", "name"]))
            .unwrap_or_default(),
        model: text(["model", "providedModelName"]),
        ..Call::default()
    };
    if !add_messages(&mut call, &record["input"]) {
        return None;
    }
    call.output = output_text(&record["output"], &mut call.lost);
    for key in ["modelParameters", "model_parameters"] {
        call.request(&parsed(&record[key]));
    }
    read_scores(record, &mut call);
    let expected = [&record["expectedOutput"], &record["expected_output"]];
    call.expected = expected
        .into_iter()
        .find(|value| !value.is_null())
        .map(parsed);
    Some(call)
}

/// Scores as a list of objects, or as a map of lists of values; comments beside them.
fn read_scores(record: &Value, call: &mut Call) {
    match parsed(&record["scores"]) {
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
    for comment in items(&parsed(&record["comments"])) {
        let text = comment.get("content").unwrap_or(comment);
        call.annotate("comment", text.clone());
    }
}
