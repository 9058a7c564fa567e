//! How a class of the package `evals` compares an answer with the ideal ones, as an assertion that gives the same score.

use crate::{dialect::is_true_in_python, interop::Node};
use serde_json::{Map, Value, json};

/// A class that is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    StartsWith,
    Includes {
        fold: bool,
    },
    /// One inside the other, by their words.
    Fuzzy,
    /// Equal as JSON.
    Json,
    IsJson,
}

/// The second figure of `FuzzyMatch`.
pub(super) const F1_SCORE: &str = "f1_score";

impl Check {
    /// The assertion of the second figure, beside that of the first; it always holds.
    pub(super) fn f1_score(assertion: &Value) -> Value {
        json!({"type": "fuzzy-f1", "value": assertion["value"], "threshold": 0, "metric": F1_SCORE})
    }

    /// The check of a class; the error says what to do instead. Classes of others may bear the same name.
    pub(super) fn of_class(class: &str, args: Option<&Node>) -> Result<Check, String> {
        let own = class.strip_prefix("evals.elsuite.").unwrap_or_default();
        Ok(match own {
            "basic.match:Match" => Check::StartsWith,
            "basic.includes:Includes" => {
                let fold = args.and_then(|args| args.get("ignore_case"));
                let fold = fold.map(Node::json).unwrap_or_default();
                Check::Includes {
                    fold: is_true_in_python(&fold),
                }
            }
            "basic.json_match:JsonMatch" => Check::Json,
            "basic.json_validator:JsonValidator" => Check::IsJson,
            "basic.fuzzy_match:FuzzyMatch" => Check::Fuzzy,
            "translate:Translate" => return Err("its score is BLEU of sacrebleu, by answer and of all answers together, which no metric here computes: try `rouge_l` or `f1`".into()),
            _ => return Err(format!("the class `{class}` is not known")),
        })
    }

    /// The assertion for a sample; `None` where the package ends with an error at it, or has numbers that are not compared exactly here.
    pub(super) fn assertion(self, sample: &Map<String, Value>) -> Option<Value> {
        let ideal: Vec<&str> = match (self, sample.get("ideal")) {
            (Check::IsJson, _) => return Some(json!({"type": "is-json", "metric": "match"})),
            (_, Some(Value::Array(all))) => all.iter().map(Value::as_str).collect::<Option<_>>()?,
            (_, one) => vec![one?.as_str()?],
        };
        Some(match self {
            // The package ends with an error.
            Check::Fuzzy if ideal.is_empty() => return None,
            Check::Fuzzy => json!({"type": "fuzzy-match", "value": ideal, "metric": "match"}),
            // No answer is right, whatever it is.
            _ if ideal.is_empty() => {
                json!({"type": "contains-any", "value": [], "metric": "match"})
            }
            Check::StartsWith => {
                let texts: Vec<String> = ideal.into_iter().map(escape).collect();
                json!({"type": "regex", "value": format!("^(?:{})", texts.join("|")), "metric": "match"})
            }
            Check::Includes { fold } => {
                let kind = match fold {
                    true => "icontains-any",
                    false => "contains-any",
                };
                json!({"type": kind, "value": ideal, "metric": "match"})
            }
            Check::Json | Check::IsJson => {
                let each = ideal.into_iter().map(|text| {
                    let value: Value = serde_json::from_str(text).ok()?;
                    has_exact_numbers(&value).then(|| equal_in_python(&value))
                });
                let each: Vec<Value> = each.collect::<Option<_>>()?;
                json!({"type": "is-json", "value": {"anyOf": each}, "metric": "match"})
            }
        })
    }
}

/// The JSON Schema of what the class `JsonMatch` finds equal to a value: null is unlike all, and 1 and true are the same.
fn equal_in_python(value: &Value) -> Value {
    match value {
        Value::Null => false.into(),
        Value::Bool(flag) => json!({"enum": [flag, u8::from(*flag)]}),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => json!({"enum": [0, false]}),
            Some(1.0) => json!({"enum": [1, true]}),
            _ => json!({"enum": [number]}),
        },
        Value::String(text) => json!({"enum": [text]}),
        Value::Array(all) if all.is_empty() => json!({"type": "array", "maxItems": 0}),
        Value::Array(all) => {
            let each: Vec<Value> = all.iter().map(equal_in_python).collect();
            json!({"type": "array", "items": each, "additionalItems": false, "minItems": all.len()})
        }
        Value::Object(map) => {
            let keys: Vec<&String> = map.keys().collect();
            let each = map.iter().map(|(key, v)| (key.clone(), equal_in_python(v)));
            let each: Map<String, Value> = each.collect();
            json!({"type": "object", "properties": each, "required": keys, "additionalProperties": false})
        }
    }
}

/// Whether no number is beyond 64 bits, where Python compares each digit.
fn has_exact_numbers(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|n| n.abs() < 2f64.powi(63)),
        Value::Array(all) => all.iter().all(has_exact_numbers),
        Value::Object(map) => map.values().all(has_exact_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// A text as a regular expression of JavaScript.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\^$.|?*+()[]{}/".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Completion, Row},
        project::AssertionPart,
        score::Assertions,
    };

    /// Answers, ideal ones and what evals 3.0.1.post1 recorded: whether it is a match, or null where it ended with an error. Ideal
    /// answers with NaN or more than 64 bits, which are listed here, are not among them.
    const RECORDED: &str = include_str!("../../../tests/fixtures/evals/recorded.json");

    #[test]
    fn answers_get_the_scores_that_the_package_gives() {
        let cases: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
        for case in &cases {
            let args = Node::from_json(
                &case["args"],
                &crate::interop::NotePlace {
                    file: std::path::Path::new("x").into(),
                    line: None,
                },
            );
            let class = case["class"].as_str().unwrap();
            let check = Check::of_class(class, Some(&args)).unwrap();
            let sample = case["sample"].as_object().unwrap();
            let outcome = check.assertion(sample).map(|assertion| {
                let mut row = Row::default();
                let f1 = Check::f1_score(&assertion);
                let all = match check {
                    Check::Fuzzy => json!([f1, assertion]),
                    _ => json!([assertion]),
                };
                row.fields.insert("assert".into(), all);
                let list = Assertions::from_row(&row, "assert").unwrap();
                let answer = case["answer"].as_str().unwrap();
                let verdicts = list.judge(answer, &Completion::default(), None);
                list.outcome(&verdicts).unwrap()
            });
            let pass = outcome.as_ref().map(|outcome| outcome.pass);
            assert_eq!(json!(pass), case["match"], "{case}");
            if let Some(wanted) = case["f1_score"].as_f64() {
                let part = AssertionPart::Named(F1_SCORE.into());
                assert_eq!(outcome.unwrap().part(&part).value, wanted, "{case}");
            }
        }
    }

    #[test]
    fn a_class_of_somebody_else_is_not_taken_for_one_of_the_package() {
        let error = Check::of_class("mine.match:Match", None).unwrap_err();
        assert_eq!(error, "the class `mine.match:Match` is not known");
    }
}
