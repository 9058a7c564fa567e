//! The verdict of one assertion on an answer, unless it needs a model.

use super::{
    Assertion, AssertionVerdict, Check,
    fuzzy::{fuzzy_f1, is_fuzzy_match},
    promptfoo::objects,
    rouge::rouge_1,
    tool_names::{called, name_f1},
};
use crate::model::Completion;

impl Check {
    /// Whether the row and the text of an answer say whether it holds.
    pub fn is_of_text(&self) -> bool {
        match self {
            Check::Latency(_)
            | Check::Cost(_)
            | Check::Finish(_)
            | Check::ToolNames(_)
            | Check::Similar(_)
            | Check::Rubric(_) => false,
            Check::Set(inner) => inner.iter().all(|part| part.check.is_of_text()),
            Check::Text(_)
            | Check::Json(_)
            | Check::Contains { .. }
            | Check::Starts(_)
            | Check::Pattern(_)
            | Check::Valid { .. }
            | Check::Rouge(_)
            | Check::Distance(_)
            | Check::Fuzzy(_)
            | Check::FuzzyF1(_)
            | Check::Words(..) => true,
        }
    }
}

impl Assertion {
    /// The verdict; `None` if it needs a judge or an embedding model.
    pub(super) fn judge(
        &self,
        text: &str,
        completion: &Completion,
        cost_usd: Option<f64>,
    ) -> Option<AssertionVerdict> {
        let holds = match &self.check {
            Check::Similar(_) | Check::Rubric(_) | Check::Set(_) => return None,
            Check::Rouge(expected) => {
                let threshold = self.threshold.unwrap_or(0.75);
                return Some(AssertionVerdict::measured(
                    rouge_1(text, expected),
                    threshold,
                    self.not,
                ));
            }
            Check::FuzzyF1(ideal) => {
                let each = ideal.iter().map(|ideal| fuzzy_f1(text, ideal));
                return Some(AssertionVerdict::measured(
                    each.fold(0.0, f64::max),
                    self.threshold.unwrap_or(0.75),
                    self.not,
                ));
            }
            Check::ToolNames(expected) => {
                let score = name_f1(expected, &called(text, completion));
                // The score stays what it is where the opposite is wanted.
                return Some(AssertionVerdict {
                    score,
                    pass: (score >= self.threshold.unwrap_or(1.0)) != self.not,
                });
            }
            Check::Json(value) => {
                serde_json::from_str(text).is_ok_and(|found| same_json(&found, value))
            }
            Check::Text(expected) => text == expected,
            Check::Contains { words, all, fold } => contains(text, words, *all, *fold),
            Check::Starts(start) => text.starts_with(start.as_str()),
            Check::Pattern(pattern) => pattern.is_match(text),
            Check::Valid { schema, inside } => {
                let valid = |value: &serde_json::Value| {
                    schema.as_ref().is_none_or(|schema| schema.is_valid(value))
                };
                if *inside {
                    objects(text).any(|object| valid(&serde_json::Value::Object(object)))
                } else {
                    serde_json::from_str(text).is_ok_and(|value| valid(&value))
                }
            }
            Check::Distance(expected) => {
                let (a, b): (Vec<u16>, Vec<u16>) = (
                    text.encode_utf16().collect(),
                    expected.encode_utf16().collect(),
                );
                strsim::generic_levenshtein(&a, &b) as f64 <= self.threshold.unwrap_or(5.0)
            }
            Check::Fuzzy(ideal) => ideal.iter().any(|ideal| is_fuzzy_match(text, ideal)),
            Check::Words(min, max) => {
                let n = text.split_whitespace().count() as f64;
                min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max)
            }
            Check::Latency(most) => completion.latency_ms <= *most,
            // An unknown cost fails both the limit and its opposite.
            Check::Cost(most) => match cost_usd {
                Some(cost) => cost <= *most,
                None => return Some(AssertionVerdict::from_pass(false)),
            },
            Check::Finish(reason) => {
                reason.eq_ignore_ascii_case(&String::from(completion.finish.clone()))
            }
        };
        Some(AssertionVerdict::from_pass(holds != self.not))
    }

    /// The verdict from the cosine to each text of `similar`.
    pub fn similarity_verdict(&self, cosines: &[f64]) -> AssertionVerdict {
        let threshold = self.threshold.unwrap_or(0.75);
        let verdicts = cosines.iter().map(|cosine| {
            let verdict = AssertionVerdict::measured(*cosine, threshold, self.not);
            // At the threshold the opposite holds too.
            let pass = if self.not {
                *cosine <= threshold + f64::EPSILON
            } else {
                *cosine >= threshold - f64::EPSILON
            };
            AssertionVerdict { pass, ..verdict }
        });
        let mut nearest: Option<AssertionVerdict> = None;
        for verdict in verdicts {
            // One similar text decides: it passes, or fails if the opposite is wanted.
            if verdict.pass != self.not {
                return verdict;
            }
            // Otherwise the most similar counts: the highest score, or the lowest if scores are inverted.
            let nearer = nearest.is_none_or(|n| (verdict.score > n.score) != self.not);
            if nearer {
                nearest = Some(verdict);
            }
        }
        nearest.unwrap_or(AssertionVerdict::from_pass(self.not))
    }

    /// The verdict of a judge, inverted if the opposite is wanted.
    pub fn judge_verdict(&self, verdict: AssertionVerdict) -> AssertionVerdict {
        if self.not {
            AssertionVerdict {
                score: 1.0 - verdict.score,
                pass: !verdict.pass,
            }
        } else {
            verdict
        }
    }
}

/// Whether two JSON values are the same; 2 is 2.0.
fn same_json(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same =
                |(key, value): (&String, &Value)| b.get(key).is_some_and(|b| same_json(value, b));
            a.len() == b.len() && a.iter().all(same)
        }
        (a, b) => a == b,
    }
}

fn contains(text: &str, words: &[String], all: bool, fold: bool) -> bool {
    let text = if fold {
        text.to_lowercase()
    } else {
        text.to_owned()
    };
    let has = |word: &String| {
        if fold {
            text.contains(&word.to_lowercase())
        } else {
            text.contains(word.as_str())
        }
    };
    if all {
        words.iter().all(has)
    } else {
        words.iter().any(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn verdict(assertion: Value, text: &str) -> (bool, f64) {
        let answer = Completion {
            text: text.into(),
            latency_ms: 120.0,
            ..Completion::default()
        };
        let read = Assertion::read(&assertion).unwrap();
        let verdict = read.judge(text, &answer, Some(0.01)).unwrap();
        (verdict.pass, (verdict.score * 1e4).round() / 1e4)
    }

    #[test]
    fn each_kind_judges_as_documented() {
        for (assertion, text, holds) in [
            (json!({"type": "equals", "value": "yes"}), "yes", true),
            (json!({"type": "equals", "value": "yes"}), "Yes", false),
            (json!({"type": "equals", "value": 3}), "3", true),
            (
                json!({"type": "equals", "value": {"a": 1}}),
                "{\"a\": 1}",
                true,
            ),
            (json!({"type": "not-equals", "value": {"a": 1}}), "no", true),
            (json!({"type": "not-equals", "value": "a"}), "b", true),
            (json!({"type": "contains", "value": "Rom"}), "in Rome", true),
            (
                json!({"type": "contains", "value": "rom"}),
                "in Rome",
                false,
            ),
            (
                json!({"type": "icontains", "value": "rom"}),
                "in Rome",
                true,
            ),
            (
                json!({"type": "not-icontains", "value": "rom"}),
                "in Rome",
                false,
            ),
            (
                json!({"type": "contains-any", "value": "x, Rome"}),
                "in Rome",
                true,
            ),
            (
                json!({"type": "contains-all", "value": ["x", "Rome"]}),
                "in Rome",
                false,
            ),
            (
                json!({"type": "icontains-all", "value": ["IN", "rome"]}),
                "in Rome",
                true,
            ),
            (
                json!({"type": "starts-with", "value": "in"}),
                "in Rome",
                true,
            ),
            (json!({"type": "regex", "value": "R\\w+"}), "in Rome", true),
            (json!({"type": "is-json"}), "[1]", true),
            (json!({"type": "is-json"}), "so: [1]", false),
            (json!({"type": "not-is-json"}), "so: [1]", true),
            (
                json!({"type": "is-json", "value": {"required": ["a"]}}),
                "{\"b\": 1}",
                false,
            ),
            (
                json!({"type": "contains-json", "value": {"required": ["a"]}}),
                "so: {\"b\": 1} {\"a\": 1}.",
                true,
            ),
            (
                json!({"type": "contains-json", "value": {"required": ["a"]}}),
                "[{\"b\": 1}, {\"a\": 1}]",
                true,
            ),
            (
                json!({"type": "levenshtein", "value": "kitten"}),
                "sitting",
                true,
            ),
            (
                json!({"type": "levenshtein", "value": "kitten", "threshold": 2}),
                "sitting",
                false,
            ),
            (json!({"type": "word-count", "value": 2}), "in  Rome ", true),
            (
                json!({"type": "word-count", "value": {"max": 1}}),
                "in Rome",
                false,
            ),
            (json!({"type": "latency", "threshold": 120}), "", true),
            (json!({"type": "cost", "threshold": 0.001}), "", false),
            (json!({"type": "finish-reason", "value": "STOP"}), "", true),
        ] {
            let expected = (holds, f64::from(u8::from(holds)));
            assert_eq!(
                verdict(assertion.clone(), text),
                expected,
                "{assertion} {text}"
            );
        }
    }

    #[test]
    fn a_measure_is_a_score_and_is_inverted_for_the_opposite() {
        let rouge = |kind: &str| json!({"type": kind, "value": "a cat sat down"});
        assert_eq!(verdict(rouge("rouge-n"), "A cat sat"), (true, 0.8571));
        assert_eq!(verdict(rouge("not-rouge-n"), "a cat sat"), (false, 0.1429));
        let similar = |extra: Value| {
            let mut map = json!({"type": "similar", "value": ["x", "y"]});
            map.as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            Assertion::read(&map).unwrap()
        };
        let one = similar(json!({"threshold": 0.8})).similarity_verdict(&[0.5, 0.8]);
        assert_eq!((one.pass, one.score), (true, 0.8));
        let none = similar(json!({})).similarity_verdict(&[0.7, 0.5]);
        assert_eq!((none.pass, none.score), (false, 0.7));
        let other = similar(json!({"type": "not-similar", "threshold": 0.6}))
            .similarity_verdict(&[0.5, 0.7]);
        assert_eq!((other.pass, (other.score * 10.0).round()), (false, 3.0));
        let other = similar(json!({"type": "not-similar"})).similarity_verdict(&[0.5, 0.25]);
        assert_eq!((other.pass, other.score), (true, 0.5));
        let rubric = Assertion::read(&json!({"type": "not-llm-rubric", "value": "x"})).unwrap();
        let said = rubric.judge_verdict(AssertionVerdict {
            score: 0.25,
            pass: false,
        });
        assert_eq!((said.pass, said.score), (true, 0.75));
    }
}
