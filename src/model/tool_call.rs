//! A call of a tool in an answer: which function, and with what arguments.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A call of a tool, as the model wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToolCall {
    /// The server's name for the call, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name of the function.
    pub name: String,
    /// The arguments as the model wrote them: JSON, if it wrote them well.
    pub arguments: String,
}

impl ToolCall {
    /// The arguments by name; `None` where they are not a JSON object. Nothing at all is a call without arguments.
    pub fn arguments(&self) -> Option<Map<String, Value>> {
        match self.arguments.trim() {
            "" | "null" => Some(Map::new()),
            text => serde_json::from_str(text).ok(),
        }
    }
}

/// Arguments in JSON as a call has them: a text is what the model wrote, and nothing is a call without arguments.
pub fn arguments_text(arguments: Option<&Value>) -> String {
    match arguments {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// `search(query="kettle", limit=3)`; arguments that are not JSON stand as they are.
impl fmt::Display for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        match self.arguments() {
            Some(arguments) => {
                for (at, (name, value)) in arguments.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(f, "{comma}{name}={value}")?;
                }
            }
            None => f.write_str(&self.arguments)?,
        }
        f.write_str(")")
    }
}

/// The output of an answer: what the model said, then its calls, one per line.
pub fn output_with_calls(said: String, calls: &[ToolCall]) -> String {
    let mut output = said;
    for call in calls {
        if !output.is_empty() {
            output.push('\n');
        }
        output += &call.to_string();
    }
    output
}

/// What the model said in an output, without the calls that it ends with.
pub fn text_without_calls<'t>(output: &'t str, calls: &[ToolCall]) -> &'t str {
    let written = output_with_calls(String::new(), calls);
    let text = output.strip_suffix(&written).unwrap_or(output);
    match calls.is_empty() {
        true => text,
        false => text.strip_suffix('\n').unwrap_or(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: &str) -> ToolCall {
        ToolCall {
            name: "search".into(),
            arguments: arguments.into(),
            ..ToolCall::default()
        }
    }

    #[test]
    fn a_call_is_written_with_its_arguments_in_their_order() {
        for (arguments, written) in [
            ("", "search()"),
            ("{}", "search()"),
            (
                r#"{"query": "a \"b\"\nc", "limit": 3, "tags": ["x"]}"#,
                r#"search(query="a \"b\"\nc", limit=3, tags=["x"])"#,
            ),
            (r#"{"query": "ket"#, r#"search({"query": "ket)"#),
            ("[1]", "search([1])"),
        ] {
            assert_eq!(call(arguments).to_string(), written);
        }
        assert_eq!(
            output_with_calls("Let me look.".into(), &[call(""), call("{}")]),
            "Let me look.\nsearch()\nsearch()"
        );
    }
}
