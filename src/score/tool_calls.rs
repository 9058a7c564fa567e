//! The metric `tool_calls`: the calls of an answer beside those that the row expects.

use super::judged::{Judged, Scored};
use crate::{
    model::{ToolCall, WrittenCall},
    project::{ArgumentMatch, ArgumentRule, ToolCallSpec},
    read::{Reading, Unreadable, equal_json, json_validator, normalize},
};
use jsonschema::Validator;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What stands for an answer without calls.
const NO_CALL: &str = "no call";

/// The metric, its schemas compiled.
#[derive(Debug)]
pub(super) struct ToolCallScorer {
    schemas: BTreeMap<String, Validator>,
}

/// A call that a row expects.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedCall {
    pub name: String,
    /// `None` where any will do.
    pub arguments: Option<Map<String, Value>>,
}

impl ExpectedCall {
    /// The calls that an expected answer names: JSON, or calls as outputs have them. The error says what is wrong.
    pub fn read(expected: &Value) -> Result<Vec<ExpectedCall>, String> {
        match expected {
            Value::Array(items) => items.iter().map(ExpectedCall::one).collect(),
            Value::Object(_) => Ok(vec![ExpectedCall::one(expected)?]),
            Value::String(text) if text.trim_start().starts_with(['[', '{']) => {
                let value = serde_json::from_str(text).map_err(|error| error.to_string())?;
                ExpectedCall::read(&value)
            }
            Value::String(text) if text.trim() == NO_CALL => Ok(Vec::new()),
            Value::String(text) => {
                let calls = WrittenCall::parse_all(text);
                let calls = calls.ok_or_else(|| format!("`{}` is not a call", text.trim()))?;
                let call = |call: WrittenCall<'_>| ExpectedCall {
                    name: call.name.to_owned(),
                    arguments: Some(call.arguments()),
                };
                Ok(calls.into_iter().map(call).collect())
            }
            other => Err(format!("{other} is not a list of calls")),
        }
    }

    fn one(item: &Value) -> Result<ExpectedCall, String> {
        let function = item.get("function").unwrap_or(item);
        if let Value::String(name) = function {
            return Ok(ExpectedCall {
                name: name.clone(),
                arguments: None,
            });
        }
        let name = function.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| format!("a call without a `name`: {item}"))?;
        let arguments = match function.get("arguments") {
            None | Some(Value::Null) => None,
            Some(Value::Object(arguments)) => Some(arguments.clone()),
            Some(Value::String(text)) => {
                let read = serde_json::from_str(text);
                Some(read.map_err(|_| format!("the arguments of `{name}` are not a JSON object"))?)
            }
            Some(other) => {
                return Err(format!(
                    "the arguments of `{name}` are not an object: {other}"
                ));
            }
        };
        Ok(ExpectedCall {
            name: name.to_owned(),
            arguments,
        })
    }
}

impl ToolCallScorer {
    pub(super) fn new(spec: &ToolCallSpec) -> Result<ToolCallScorer, String> {
        let compile =
            |(name, schema): (&String, &Value)| Ok((name.clone(), json_validator(schema)?));
        Ok(ToolCallScorer {
            schemas: spec
                .schemas
                .iter()
                .map(compile)
                .collect::<Result<_, String>>()?,
        })
    }

    /// F1 over calls: 2 × right calls / (calls made + calls expected); 1 where none is made and none expected.
    pub(super) fn judge(&self, spec: &ToolCallSpec, scored: &Scored<'_>) -> Judged {
        let calls = &*scored.completion.all_calls();
        let finish = &scored.completion.finish;
        // In stores of versions that did not keep calls.
        if calls.is_empty() && *finish == crate::model::FinishReason::ToolCalls {
            return Unreadable::Empty.into();
        }
        let read: Vec<Option<Map<String, Value>>> = calls.iter().map(ToolCall::arguments).collect();
        if !calls.is_empty() && read.iter().all(Option::is_none) {
            return Unreadable::ToolArguments.into();
        }
        let answer = self.reading(calls, scored);
        let expected = scored.row.expected.as_ref().map(ExpectedCall::read);
        let Some(Ok(expected)) = expected else {
            return Judged::read(0.0, answer).without_score();
        };
        let is_forbidden = |call: &ToolCall| spec.forbidden.contains(&call.name);
        if calls.iter().any(is_forbidden) {
            return Judged::read(0.0, answer);
        }
        let right = |made: usize, wanted: usize| {
            let arguments = read[made].as_ref();
            arguments.is_some_and(|found| {
                self.is_right(spec, &calls[made].name, found, &expected[wanted])
            })
        };
        let matched = match spec.ordered {
            true => longest_common(calls.len(), expected.len(), &right),
            false => most_pairs(calls.len(), expected.len(), &right),
        };
        let all = calls.len() + expected.len();
        let value = match all {
            0 => 1.0,
            all => 2.0 * matched as f64 / all as f64,
        };
        Judged::read(value, answer)
    }

    /// The calls as they are compared, arguments sorted by name, and where they stand.
    fn reading(&self, calls: &[ToolCall], scored: &Scored<'_>) -> Reading<String> {
        let text = scored.answer.text();
        if calls.is_empty() {
            return Reading::new(NO_CALL.to_owned(), 0..0);
        }
        let sorted = calls.iter().map(|call| {
            let arguments = call.arguments().map(|arguments| {
                let sorted: BTreeMap<_, _> = arguments.into_iter().collect();
                serde_json::to_string(&sorted).unwrap_or_default()
            });
            let arguments = arguments.unwrap_or_else(|| call.arguments.clone());
            let name = call.name.clone();
            ToolCall {
                id: None,
                name,
                arguments,
            }
            .to_string()
        });
        let answer = sorted.collect::<Vec<_>>().join("; ");
        let first = text.find(&calls[0].to_string()).unwrap_or(text.len());
        Reading::new(answer, first..text.len())
    }

    fn is_right(
        &self,
        spec: &ToolCallSpec,
        name: &str,
        found: &Map<String, Value>,
        expected: &ExpectedCall,
    ) -> bool {
        if name != expected.name {
            return false;
        }
        let is_valid = || {
            let schema = self.schemas.get(name);
            schema.is_none_or(|schema| schema.is_valid(&Value::Object(found.clone())))
        };
        let none = Map::new();
        let wanted = match (&expected.arguments, spec.arguments) {
            (_, ArgumentMatch::Schema) => return is_valid(),
            (None, _) | (_, ArgumentMatch::Name) => return true,
            (Some(wanted), _) => wanted,
        };
        let rule = |name: &str| spec.compare.get(name).copied().unwrap_or_default();
        let has_all = wanted.iter().all(|(name, value)| {
            let rule = rule(name);
            rule == ArgumentRule::Any
                || found
                    .get(name)
                    .is_some_and(|found| rule.holds(found, value))
        });
        let more = match spec.arguments {
            ArgumentMatch::Exact => found,
            _ => &none,
        };
        let is_known = |name: &String| wanted.contains_key(name) || rule(name) == ArgumentRule::Any;
        has_all && more.keys().all(is_known)
    }
}

impl ArgumentRule {
    fn holds(self, found: &Value, wanted: &Value) -> bool {
        let text = |value: &Value| match value {
            Value::String(text) => normalize(text),
            other => normalize(&other.to_string()),
        };
        match self {
            ArgumentRule::Exact => equal_json(found, wanted),
            ArgumentRule::Normalized => text(found) == text(wanted),
            ArgumentRule::Contains => text(found).contains(&text(wanted)),
            ArgumentRule::Any => true,
        }
    }
}

/// The length of the longest common subsequence.
fn longest_common(n: usize, m: usize, right: &dyn Fn(usize, usize) -> bool) -> usize {
    let mut above = vec![0; m + 1];
    for a in 0..n {
        let mut row = vec![0; m + 1];
        for b in 0..m {
            row[b + 1] = match right(a, b) {
                true => above[b] + 1,
                false => row[b].max(above[b + 1]),
            };
        }
        above = row;
    }
    above[m]
}

/// The most pairs of a call made and a call expected, each in one pair at most: augmenting paths.
fn most_pairs(n: usize, m: usize, right: &dyn Fn(usize, usize) -> bool) -> usize {
    fn place(
        a: usize,
        of: &mut [Option<usize>],
        seen: &mut [bool],
        right: &dyn Fn(usize, usize) -> bool,
    ) -> bool {
        for b in 0..of.len() {
            if !right(a, b) || std::mem::replace(&mut seen[b], true) {
                continue;
            }
            let is_free = match of[b] {
                None => true,
                Some(other) => place(other, of, seen, right),
            };
            if is_free {
                of[b] = Some(a);
                return true;
            }
        }
        false
    }
    let mut of = vec![None; m];
    let placed = |a: &usize| place(*a, &mut of, &mut vec![false; m], right);
    (0..n).filter(placed).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Completion, Row, output_with_calls},
        read::AnswerText,
    };
    use serde_json::json;

    fn score(spec: &ToolCallSpec, calls: &str, expected: Value) -> Judged {
        let call = |call: WrittenCall<'_>| ToolCall {
            id: None,
            name: call.name.to_owned(),
            arguments: Value::Object(call.arguments()).to_string(),
        };
        let calls = WrittenCall::parse_all(calls).unwrap();
        let tool_calls: Vec<ToolCall> = calls.into_iter().map(call).collect();
        let completion = Completion {
            text: output_with_calls(String::new(), &tool_calls),
            tool_calls,
            ..Completion::default()
        };
        let row = Row {
            expected: Some(expected),
            ..Row::default()
        };
        let scored = Scored {
            answer: &AnswerText::new(&completion.text),
            completion: &completion,
            row: &row,
            expected: &[],
            cost_usd: None,
        };
        ToolCallScorer::new(spec).unwrap().judge(spec, &scored)
    }

    #[test]
    fn calls_are_matched_so_that_most_are_right() {
        // The first call fits both; greedy matching would leave the second without a partner.
        let spec = ToolCallSpec {
            arguments: ArgumentMatch::Subset,
            ..ToolCallSpec::default()
        };
        let expected = json!([
            {"name": "f", "arguments": {"a": 1}},
            {"name": "f", "arguments": {"a": 1, "b": 2}},
        ]);
        let found = score(&spec, "f(a=1, b=2); f(a=1)", expected);
        assert_eq!(found.score.value, 1.0);
        assert_eq!(found.score.answer.as_deref(), Some("f(a=1, b=2); f(a=1)"));
        assert_eq!(found.span, Some(0..18));
    }

    #[test]
    fn order_counts_where_it_is_asked_for() {
        let ordered = ToolCallSpec {
            ordered: true,
            ..ToolCallSpec::default()
        };
        let expected = || json!("f(a=1)\ng()");
        let value = |spec: &ToolCallSpec| score(spec, "g(); f(a=1.0)", expected()).score.value;
        assert_eq!(value(&ordered), 0.5);
        assert_eq!(value(&ToolCallSpec::default()), 1.0);
    }

    #[test]
    fn schemas_and_rules_of_arguments_decide() {
        let schema =
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}});
        let valid = ToolCallSpec {
            arguments: ArgumentMatch::Schema,
            schemas: [("f".to_owned(), schema)].into(),
            ..ToolCallSpec::default()
        };
        assert_eq!(score(&valid, "f(a=7)", json!("f(a=1)")).score.value, 1.0);
        assert_eq!(
            score(&valid, "f(a=\"7\")", json!("f(a=1)")).score.value,
            0.0
        );
        let rules = ToolCallSpec {
            compare: [
                ("a".to_owned(), ArgumentRule::Normalized),
                ("b".to_owned(), ArgumentRule::Any),
            ]
            .into(),
            ..ToolCallSpec::default()
        };
        let value = |calls: &str| {
            score(&rules, calls, json!("f(a=\"Red kettle\")"))
                .score
                .value
        };
        assert_eq!(value("f(a=\"red  Kettle.\", b=3)"), 1.0);
        assert_eq!(value("f(a=\"red kettle\", c=3)"), 0.0);
    }

    #[test]
    fn expected_calls_are_read_in_all_forms() {
        let one = ExpectedCall {
            name: "f".into(),
            arguments: json!({"a": 1}).as_object().cloned(),
        };
        for form in [
            json!([{"name": "f", "arguments": {"a": 1}}]),
            json!({"type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}}),
            json!("[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]"),
            json!("f(a=1)"),
        ] {
            assert_eq!(ExpectedCall::read(&form), Ok(vec![one.clone()]), "{form}");
        }
        assert_eq!(ExpectedCall::read(&json!([])), Ok(vec![]));
        assert_eq!(ExpectedCall::read(&json!("no call")), Ok(vec![]));
        assert_eq!(
            ExpectedCall::read(&json!(["f"])).unwrap()[0].arguments,
            None
        );
        for wrong in [
            json!("call f"),
            json!([{"arguments": {}}]),
            json!(7),
            json!([{"name": "f", "arguments": 1}]),
        ] {
            assert!(ExpectedCall::read(&wrong).is_err(), "{wrong}");
        }
    }
}
