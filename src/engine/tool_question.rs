//! A call of a tool as the program that answers it gets it, and where its answer is stored.

use crate::{
    endpoint::RowFields,
    model::{Row, ToolCall},
    store::CompletionKey,
};
use serde::{Serialize, ser::SerializeMap};
use serde_json::{Map, Value, json};

/// A call of a trial that has its answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AnsweredCall {
    pub(super) call: ToolCall,
    pub(super) result: String,
}

/// A call that needs an answer: the tool, the row without its expected answer, and the calls of the trial before it, as the
/// answer may depend on what was done.
#[derive(Debug, Clone, Copy)]
pub struct ToolQuestion<'c> {
    pub(super) call: &'c ToolCall,
    pub(super) row: &'c Row,
    /// The column with the expected answer.
    pub(super) withheld: Option<&'c str>,
    pub(super) earlier: &'c [AnsweredCall],
}

/// The arguments by name, or as the model wrote them where they are not a JSON object.
fn arguments(call: &ToolCall) -> Value {
    let read: Option<Map<String, Value>> = call.arguments();
    read.map_or_else(|| call.arguments.clone().into(), Value::Object)
}

impl Serialize for ToolQuestion<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.call.name)?;
        map.serialize_entry("arguments", &arguments(self.call))?;
        let row = RowFields {
            row: &self.row.fields,
            withheld: self.withheld,
        };
        map.serialize_entry("row", &row)?;
        let earlier = self.earlier.iter().map(|AnsweredCall { call, result }| {
            json!({"name": call.name, "arguments": arguments(call), "result": result})
        });
        map.serialize_entry("earlier", &earlier.collect::<Vec<_>>())?;
        map.end()
    }
}

impl ToolQuestion<'_> {
    /// The name of the tool.
    pub fn tool(&self) -> &str {
        &self.call.name
    }

    /// The line that is sent, without its `id`.
    pub(super) fn body(&self) -> Vec<u8> {
        // Strings, numbers and JSON values always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Where the answer is stored; `tools` is what the answers of the command are stored under.
    pub(super) fn key(&self, tools: &str, sample: u32) -> CompletionKey {
        CompletionKey::new(&format!("tools/{tools}"), &self.body(), sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_call_the_row_and_what_was_called_before() {
        let call = |arguments: &str| ToolCall {
            id: Some("random".into()),
            name: "search".into(),
            arguments: arguments.into(),
        };
        let fields = json!({"text": "a", "label": "b"});
        let row = Row {
            fields: fields.as_object().cloned().unwrap_or_default(),
            ..Row::default()
        };
        let earlier = [AnsweredCall {
            call: call("{\"q"),
            result: "no".into(),
        }];
        let (now, other) = (call("{\"q\": 1}"), call("{}"));
        let question = |call, earlier| ToolQuestion {
            call,
            row: &row,
            withheld: Some("label"),
            earlier,
        };
        let asked = question(&now, &earlier);
        assert_eq!(
            serde_json::from_slice::<Value>(&asked.body()).unwrap(),
            json!({"name": "search", "arguments": {"q": 1}, "row": {"text": "a"},
                   "earlier": [{"name": "search", "arguments": "{\"q", "result": "no"}]})
        );
        let keys = [
            asked.key("t", 0),
            asked.key("t", 1),
            asked.key("u", 0),
            question(&other, &earlier).key("t", 0),
            question(&now, &[]).key("t", 0),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
