//! The names of the tools that an answer calls, and how well they are those that are expected.

use crate::{
    model::Completion,
    read::{Grammar, json_objects},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// The names of the tools that are called in a trial: as calls, answered or not, or in the JSON that the answer is or holds.
pub(super) fn called(text: &str, completion: &Completion) -> BTreeSet<String> {
    let calls = completion.all_calls();
    if !calls.is_empty() {
        return calls.iter().map(|call| call.name.clone()).collect();
    }
    let mut names = BTreeSet::new();
    match serde_json::from_str::<Value>(text) {
        Ok(value) => add_names(&value, &mut names),
        Err(_) => json_objects(text, Grammar::Strict)
            .into_iter()
            .for_each(|object| add_names(&Value::Object(object.value), &mut names)),
    }
    names
}

/// The names in a call or a list of calls, in the forms of OpenAI, Anthropic and Google.
fn add_names(value: &Value, names: &mut BTreeSet<String>) {
    let mut add = |name: &Value| names.extend(name.as_str().map(str::to_owned));
    match value {
        Value::Array(calls) => {
            for call in calls {
                let named = [&call["functionCall"], &call["function"]];
                add(named
                    .into_iter()
                    .find(|inner| inner.is_object())
                    .map_or(&call["name"], |inner| &inner["name"]));
            }
        }
        Value::Object(map) => {
            if let Some(Value::Array(calls)) = map.get("tool_calls") {
                for call in calls {
                    add(&call["function"]["name"]);
                    add(&call["name"]);
                }
            } else if matches!(value["type"].as_str(), Some("tool_use" | "function_call")) {
                add(&value["name"]);
            } else if value["functionCall"].is_object() {
                add(&value["functionCall"]["name"]);
            } else if let Some(Value::Array(calls)) = value["toolCall"].get("functionCalls") {
                calls.iter().for_each(|call| add(&call["name"]));
            }
        }
        _ => {}
    }
}

/// F1 of two sets of names: twice what they share, of all that they have.
pub(super) fn name_f1(expected: &BTreeSet<String>, called: &BTreeSet<String>) -> f64 {
    let shared = expected.intersection(called).count() as f64;
    match expected.len() + called.len() {
        0 => 0.0,
        all => 2.0 * shared / all as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ToolCall;
    use serde_json::json;

    /// Forms of calls that promptfoo 0.123.1 reads, by its source.
    #[test]
    fn calls_are_found_in_every_form() {
        let expected = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        let score = |text: &str| name_f1(&expected, &called(text, &Completion::default()));
        for (output, f1) in [
            (
                json!({"tool_calls": [{"function": {"name": "a"}}, {"name": "b"}]}),
                1.0,
            ),
            (
                json!([{"function": {"name": "a"}}, {"function": {"name": "a"}}]),
                2.0 / 3.0,
            ),
            (
                json!([{"type": "tool_use", "name": "c"}, {"functionCall": {"name": "a"}}]),
                0.5,
            ),
            (json!({"type": "function_call", "name": "b"}), 2.0 / 3.0),
            (
                json!({"toolCall": {"functionCalls": [{"name": "b"}]}}),
                2.0 / 3.0,
            ),
            (json!({"name": "a"}), 0.0),
        ] {
            assert!((score(&output.to_string()) - f1).abs() < 1e-12, "{output}");
        }
        let mixed = "I call {\"type\": \"function_call\", \"name\": \"a\"} now";
        assert!((score(mixed) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(score("a(x=1)"), 0.0);
        let calls = |names: &[&str]| -> Vec<ToolCall> {
            let call = |name: &&str| ToolCall {
                name: (*name).into(),
                ..ToolCall::default()
            };
            names.iter().map(call).collect()
        };
        let completion = |answered: &[&str], last: &[&str]| Completion {
            answered_calls: calls(answered),
            tool_calls: calls(last),
            ..Completion::default()
        };
        for (answered, last) in [
            (&[][..], &["a", "b", "a"][..]),
            (&["a"], &["b"]),
            (&["a", "b"], &[]),
        ] {
            let completion = completion(answered, last);
            assert_eq!(name_f1(&expected, &called("done", &completion)), 1.0);
        }
    }
}
