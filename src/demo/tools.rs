//! Which tools the stand-in calls, and with what: by the words that a message shares with the descriptions of the tools.

use crate::model::{ToolCall, WrittenCall};
use serde_json::{Map, Value, json};
use std::{collections::HashSet, sync::LazyLock};

/// Words that say nothing about which tool is meant.
const STOP_WORDS: &str = "a an and any are as at be by can could do does for from has have how i if in is it its just me my no not of on or our \
    please s so some t tell than that the their them then there these this to us use used want was we what when where which who will with would you your";

/// The tools of a request.
#[derive(Debug)]
pub(super) struct ToolRequest<'a> {
    pub(super) tools: &'a [Value],
    pub(super) choice: Option<&'a Value>,
    pub(super) is_parallel: bool,
}

impl ToolRequest<'_> {
    fn function(tool: &Value) -> &Value {
        tool.get("function").unwrap_or(tool)
    }

    fn name(tool: &Value) -> &str {
        Self::function(tool)["name"].as_str().unwrap_or_default()
    }

    /// The calls for the last message of the user: one at most per part of it.
    pub(super) fn calls(&self, message: &str) -> Vec<ToolCall> {
        let (is_required, named) = match self.choice {
            Some(Value::String(word)) if word == "none" => return Vec::new(),
            Some(Value::String(word)) => (matches!(word.as_str(), "required" | "any"), None),
            Some(choice) => (true, choice["function"]["name"].as_str()),
            None => (false, None),
        };
        let tools: Vec<&Value> = self
            .tools
            .iter()
            .filter(|t| named.is_none_or(|name| Self::name(t) == name))
            .collect();
        let mut calls: Vec<ToolCall> = Vec::new();
        for clause in clauses(message) {
            if let Some(tool) = best(&tools, clause, false) {
                let call = call(Self::function(tool), clause, calls.len());
                if !calls
                    .iter()
                    .any(|known| (&known.name, &known.arguments) == (&call.name, &call.arguments))
                {
                    calls.push(call);
                }
            }
        }
        if calls.is_empty() && is_required {
            let tool = best(&tools, message, true);
            calls.extend(tool.map(|tool| call(Self::function(tool), message, 0)));
        }
        if !self.is_parallel {
            calls.truncate(1);
        }
        calls
    }

    /// The calls that a text is: what `echo` makes of its message.
    pub(super) fn written(&self, text: &str) -> Vec<ToolCall> {
        let is_known = |name: &str| self.tools.iter().any(|tool| Self::name(tool) == name);
        let call = |number: usize, name: &str, arguments: String| ToolCall {
            id: Some(format!("call_{}", number + 1)),
            name: name.to_owned(),
            arguments,
        };
        if let Some(calls) = WrittenCall::parse_all(text)
            && calls.iter().all(|call| is_known(call.name))
        {
            let calls = calls.iter().enumerate();
            return calls
                .map(|(n, written)| {
                    call(
                        n,
                        written.name,
                        Value::Object(written.arguments()).to_string(),
                    )
                })
                .collect();
        }
        // Arguments that are not what they should be are repeated too.
        let broken = text
            .trim()
            .strip_suffix(')')
            .and_then(|text| text.split_once('('));
        match broken {
            Some((name, arguments)) if is_known(name) => vec![call(0, name, arguments.to_owned())],
            _ => Vec::new(),
        }
    }
}

/// The parts of a message that may each ask for something.
fn clauses(message: &str) -> Vec<&str> {
    let mut parts = vec![message];
    for mark in [
        ". ",
        "? ",
        "! ",
        "; ",
        "\n",
        ", and ",
        " and then ",
        " and also ",
        ", then ",
    ] {
        parts = parts
            .into_iter()
            .flat_map(|part| part.split(mark))
            .collect();
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Words without case, ends of plurals and words that say nothing.
fn words(text: &str) -> HashSet<String> {
    let all = text.split(|c: char| !c.is_alphanumeric());
    let all = all.filter(|word| !word.is_empty()).map(str::to_lowercase);
    static STOP: LazyLock<HashSet<&str>> =
        LazyLock::new(|| STOP_WORDS.split_whitespace().collect());
    all.filter(|word| !STOP.contains(word.as_str()) && word.parse::<f64>().is_err())
        .map(|word| match word.strip_suffix('s') {
            Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
            _ => word,
        })
        .collect()
}

/// The tool that shares most words with a text, its name counting twice; the first of equals. None where none shares any.
fn best<'t>(tools: &[&'t Value], text: &str, any: bool) -> Option<&'t Value> {
    let said = words(text);
    let share = |tool: &Value| {
        let function = ToolRequest::function(tool);
        let name = words(
            &function["name"]
                .as_str()
                .unwrap_or_default()
                .replace('_', " "),
        );
        let described = words(function["description"].as_str().unwrap_or_default());
        2 * name.intersection(&said).count()
            + described
                .difference(&name)
                .filter(|word| said.contains(*word))
                .count()
    };
    let mut found = None;
    for tool in tools {
        let points = share(tool);
        let least = found.map_or(usize::from(!any), |(most, _)| most + 1);
        if points >= least {
            found = Some((points, *tool));
        }
    }
    found.map(|(_, tool)| tool)
}

/// A call with the arguments that a text names.
fn call(function: &Value, text: &str, number: usize) -> ToolCall {
    let parameters = &function["parameters"];
    let required = parameters["required"].as_array();
    let mut source = ArgumentSource::new(text, function);
    let mut arguments = Map::new();
    for (name, schema) in parameters["properties"].as_object().into_iter().flatten() {
        let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
        if let Some(value) = source.argument(name, schema, is_required) {
            arguments.insert(name.clone(), value);
        }
    }
    ToolCall {
        id: Some(format!("call_{}", number + 1)),
        name: function["name"].as_str().unwrap_or_default().to_owned(),
        arguments: Value::Object(arguments).to_string(),
    }
}

/// What a text has for arguments; each number and quotation is used once.
struct ArgumentSource<'t> {
    text: &'t str,
    numbers: Vec<f64>,
    quoted: Vec<String>,
    /// The words of the text that the tool's own words do not explain, in order.
    rest: String,
}

impl<'t> ArgumentSource<'t> {
    fn new(text: &'t str, function: &Value) -> ArgumentSource<'t> {
        let tokens = || {
            text.split_whitespace()
                .map(|t| t.trim_matches(|c: char| !c.is_alphanumeric()))
        };
        let mut numbers: Vec<f64> = tokens().filter_map(|token| token.parse().ok()).collect();
        numbers.reverse();
        let mut quoted: Vec<String> = text
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        quoted.reverse();
        let own = words(&format!(
            "{} {}",
            function["name"]
                .as_str()
                .unwrap_or_default()
                .replace('_', " "),
            function["description"].as_str().unwrap_or_default()
        ));
        let is_own = |token: &str| words(token).is_subset(&own) || token.parse::<f64>().is_ok();
        let rest: Vec<&str> = tokens()
            .filter(|token| !token.is_empty() && !is_own(token))
            .collect();
        ArgumentSource {
            text,
            numbers,
            quoted,
            rest: rest.join(" "),
        }
    }

    fn argument(&mut self, name: &str, schema: &Value, is_required: bool) -> Option<Value> {
        let lower = self.text.to_lowercase();
        if let Some(values) = schema["enum"].as_array() {
            let said = |value: &&Value| {
                value
                    .as_str()
                    .is_some_and(|word| lower.contains(&word.to_lowercase().replace('_', " ")))
            };
            let found = values.iter().find(said);
            return found.or(values.first().filter(|_| is_required)).cloned();
        }
        match schema["type"].as_str() {
            Some("integer") => self.numbers.pop().map(|n| json!(n as i64)),
            Some("number") => self.numbers.pop().map(|n| json!(n)),
            Some("boolean") => {
                let said = words(self.text);
                let is_said = words(&name.replace('_', " "))
                    .iter()
                    .any(|word| said.contains(word));
                (is_said || is_required).then_some(json!(is_said))
            }
            Some("string") => {
                if let Some(quoted) = self.quoted.pop() {
                    return Some(json!(quoted));
                }
                let rest = std::mem::take(&mut self.rest);
                match rest.is_empty() {
                    true => is_required.then(|| json!(self.text.trim())),
                    false => Some(json!(rest)),
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(choice: Option<&str>, is_parallel: bool, message: &str) -> String {
        let tools = json!([
            {"type": "function", "function": {"name": "order_status", "description": "Where a parcel is and when it arrives.",
                "parameters": {"type": "object", "required": ["order"], "properties": {"order": {"type": "integer"}}}}},
            {"type": "function", "function": {"name": "search", "description": "Find products of the shop.",
                "parameters": {"type": "object", "required": ["query"], "properties": {
                    "query": {"type": "string"}, "sort": {"enum": ["cheap", "new"]}, "limit": {"type": "integer"}}}}},
        ]);
        let choice = choice.map(|choice| match choice.starts_with('{') {
            true => serde_json::from_str(choice).unwrap(),
            false => json!(choice),
        });
        let request = ToolRequest {
            tools: tools.as_array().unwrap(),
            choice: choice.as_ref(),
            is_parallel,
        };
        let calls = request.calls(message);
        calls
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn the_tool_whose_words_are_said_is_called() {
        for (message, calls) in [
            ("Where is my parcel 4711?", "order_status(order=4711)"),
            (
                "Find cheap \"red kettles\" please, 5 of them",
                "search(query=\"red kettles\", sort=\"cheap\", limit=5)",
            ),
            (
                "Which products have a copper lid?",
                "search(query=\"copper lid\")",
            ),
            (
                "Where is parcel 1? Find products with steel.",
                "order_status(order=1); search(query=\"steel\")",
            ),
            ("Good morning!", ""),
        ] {
            assert_eq!(shown(None, true, message), calls, "{message}");
        }
    }

    #[test]
    fn the_choice_of_tools_decides() {
        assert_eq!(shown(Some("none"), true, "Where is my parcel 4711?"), "");
        assert_eq!(
            shown(Some("required"), true, "Hello 3"),
            "order_status(order=3)"
        );
        let named = r#"{"type": "function", "function": {"name": "search"}}"#;
        assert_eq!(
            shown(Some(named), true, "Where is my parcel?"),
            "search(query=\"parcel\")"
        );
        let both = "Where is parcel 1? Find products with steel.";
        assert_eq!(shown(None, false, both), "order_status(order=1)");
    }
}
