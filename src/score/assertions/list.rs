//! The assertions of a row, combined into one score and one verdict.

use super::{Assertion, AssertionVerdict, Check};
use crate::{
    model::{Completion, Row, Score},
    project::AssertionPart,
};
use serde_json::Value;
use std::borrow::Cow;

/// The assertions of a row.
#[derive(Debug, Default)]
pub struct Assertions {
    list: Vec<Assertion>,
    /// Score from which the row passes; without one, all assertions have to pass.
    threshold: Option<f64>,
}

/// An error in a row's column of assertions.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the column `{column}` of row {row}: {message}")]
pub struct ListError {
    pub column: String,
    /// Id of the row.
    pub row: String,
    pub message: String,
}

/// The combined result of the assertions of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct AssertionOutcome {
    /// The weighted mean of their scores.
    pub score: f64,
    /// Whether the row passes.
    pub pass: bool,
    /// The weighted mean of the scores of each name.
    pub named: Vec<(String, f64)>,
}

impl AssertionOutcome {
    /// One part of it as a score; missing if no assertion has the name.
    pub fn part(&self, part: &AssertionPart) -> Score {
        let value = match part {
            AssertionPart::Score => Some(self.score),
            AssertionPart::Pass => Some(f64::from(u8::from(self.pass))),
            AssertionPart::Named(name) => {
                let named = self.named.iter().find(|(n, _)| n == name);
                named.map(|(_, score)| *score)
            }
        };
        value.map_or(Score::MISSING, Score::new)
    }
}

impl Assertions {
    /// Read them from a column; a row without assertions passes. The row's own threshold is in `__threshold`.
    pub fn from_row(row: &Row, column: &str) -> Result<Assertions, ListError> {
        let wrong = |message: String| ListError {
            column: column.to_owned(),
            row: row.id.clone(),
            message,
        };
        let items = assertion_items(row.fields.get(column)).map_err(wrong)?;
        let read = |(at, item): (usize, &Value)| {
            Assertion::read(item).map_err(|e| wrong(format!("assertion {}: {e}", at + 1)))
        };
        Ok(Assertions {
            list: items
                .iter()
                .enumerate()
                .map(read)
                .collect::<Result<_, _>>()?,
            threshold: row_threshold(row),
        })
    }

    /// The single assertions, with sets flattened: the order of all lists of verdicts here.
    pub fn each(&self) -> impl Iterator<Item = &Assertion> {
        self.list
            .iter()
            .flat_map(|assertion| match &assertion.check {
                Check::Set(inner) => inner.iter().collect::<Vec<_>>(),
                _ => vec![assertion],
            })
    }

    /// The verdicts on an answer text; `None` for those that need a judge or an embedding model.
    pub fn judge(
        &self,
        answer: &str,
        completion: &Completion,
        cost_usd: Option<f64>,
    ) -> Vec<Option<AssertionVerdict>> {
        let each = self.each();
        each.map(|a| a.judge(answer, completion, cost_usd))
            .collect()
    }

    /// Whether an assertion carries this name.
    pub fn names(&self, name: &str) -> bool {
        let named = |a: &Assertion| a.metric.as_deref() == Some(name);
        self.list.iter().any(named) || self.each().any(named)
    }

    /// The combined result of the verdicts; `None` while one is missing.
    pub fn outcome(&self, verdicts: &[Option<AssertionVerdict>]) -> Option<AssertionOutcome> {
        let mut left = verdicts.iter().copied();
        // Sums of scores and weights by name.
        let mut named: Vec<(String, f64, f64)> = Vec::new();
        let mut name = |metric: &Option<String>, score: f64, weight: f64| {
            if let Some(metric) = metric {
                match named.iter_mut().find(|(n, ..)| n == metric) {
                    Some((_, scores, weights)) => {
                        *scores += score * weight;
                        *weights += weight;
                    }
                    None => named.push((metric.clone(), score * weight, weight)),
                }
            }
        };
        let mut all = Vec::new();
        for assertion in &self.list {
            let verdict = match &assertion.check {
                Check::Set(inner) => {
                    let mut parts = Vec::new();
                    for part in inner {
                        let verdict = ignore_unweighted(part, left.next()??);
                        // A part with the set's own name is already in the score of the set.
                        if part.metric != assertion.metric {
                            name(&part.metric, verdict.score, part.weight * assertion.weight);
                        }
                        parts.push((part.weight, verdict));
                    }
                    combine(&parts, assertion.threshold)
                }
                _ => ignore_unweighted(assertion, left.next()??),
            };
            name(&assertion.metric, verdict.score, assertion.weight);
            all.push((assertion.weight, verdict));
        }
        let whole = if all.is_empty() {
            AssertionVerdict::from_pass(true)
        } else {
            combine(&all, self.threshold)
        };
        let mean = |scores: f64, weights: f64| {
            let mean = if weights > 0.0 { scores / weights } else { 0.0 };
            mean.clamp(0.0, 1.0)
        };
        Some(AssertionOutcome {
            score: whole.score.clamp(0.0, 1.0),
            pass: whole.pass,
            named: named
                .into_iter()
                .map(|(name, scores, weights)| (name, mean(scores, weights)))
                .collect(),
        })
    }
}

/// The assertions of a cell, as they are written; an error says why it has no list of them.
pub fn assertion_items(cell: Option<&Value>) -> Result<Cow<'_, [Value]>, String> {
    match cell {
        None | Some(Value::Null) => Ok(Cow::default()),
        Some(Value::Array(items)) => Ok(Cow::Borrowed(items)),
        // In CSV a list is a text.
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Cow::default()),
        Some(Value::String(text)) => serde_json::from_str(text)
            .map(Cow::Owned)
            .map_err(|e| format!("not a list of assertions in JSON: {e}")),
        Some(_) => Err("not a list of assertions".to_owned()),
    }
}

/// The score from which a row passes, where it has one of its own.
pub fn row_threshold(row: &Row) -> Option<f64> {
    match row.fields.get("__threshold")? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}

/// An assertion of weight 0 is for information only: it always passes.
fn ignore_unweighted(assertion: &Assertion, verdict: AssertionVerdict) -> AssertionVerdict {
    AssertionVerdict {
        pass: verdict.pass || assertion.weight == 0.0,
        ..verdict
    }
}

/// The weighted mean, compared with a threshold; without one, all have to pass.
fn combine(parts: &[(f64, AssertionVerdict)], threshold: Option<f64>) -> AssertionVerdict {
    let weight: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let total: f64 = parts.iter().map(|(weight, v)| weight * v.score).sum();
    let score = if weight > 0.0 { total / weight } else { 0.0 };
    AssertionVerdict {
        score,
        pass: match threshold {
            Some(threshold) => score >= threshold,
            None => parts.iter().all(|(_, verdict)| verdict.pass),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(fields: Value) -> Row {
        Row {
            id: "r1".into(),
            fields: fields.as_object().unwrap().clone(),
            ..Row::default()
        }
    }

    fn outcome(fields: Value, text: &str) -> AssertionOutcome {
        let list = Assertions::from_row(&row(fields), "__assert").unwrap();
        let answer = Completion {
            text: text.into(),
            ..Completion::default()
        };
        list.outcome(&list.judge(&answer.text, &answer, None))
            .unwrap()
    }

    #[test]
    fn scores_are_weighted_and_all_have_to_hold() {
        let list = json!([
            {"type": "contains", "value": "a", "weight": 3, "metric": "Letters"},
            {"type": "contains", "value": "z", "metric": "Letters"},
        ]);
        let found = outcome(json!({"__assert": list}), "abc");
        assert_eq!((found.score, found.pass), (0.75, false));
        assert_eq!(found.named, [("Letters".to_owned(), 0.75)]);
        let found = outcome(json!({"__assert": list, "__threshold": 0.75}), "abc");
        assert!(found.pass);
        let found = outcome(json!({"__assert": list, "__threshold": "0.8"}), "abc");
        assert!(!found.pass);
    }

    #[test]
    fn an_assertion_of_weight_0_always_passes() {
        let list = json!([
            {"type": "contains", "value": "z", "weight": 0},
            {"type": "contains", "value": "a"},
        ]);
        let found = outcome(json!({"__assert": list.to_string()}), "abc");
        assert_eq!((found.score, found.pass), (1.0, true));
        let none = outcome(json!({"text": "x"}), "abc");
        assert_eq!((none.score, none.pass), (1.0, true));
    }

    #[test]
    fn a_set_counts_as_one_with_a_threshold_of_its_own() {
        let set = |threshold: f64| {
            json!({"__assert": [{"type": "assert-set", "threshold": threshold, "metric": "Any", "assert": [
                {"type": "contains", "value": "a"},
                {"type": "contains", "value": "z"},
            ]}, {"type": "contains", "value": "b"}]})
        };
        let found = outcome(set(0.5), "abc");
        assert_eq!((found.score, found.pass), (0.75, true));
        assert_eq!(found.named, [("Any".to_owned(), 0.5)]);
        assert!(!outcome(set(0.6), "abc").pass);
    }

    #[test]
    fn assertions_that_need_a_model_are_waited_for() {
        let fields = json!({"__assert": [{"type": "similar", "value": "x"}]});
        let list = Assertions::from_row(&row(fields), "__assert").unwrap();
        let verdicts = list.judge("", &Completion::default(), None);
        assert_eq!(
            (verdicts.clone(), list.outcome(&verdicts)),
            (vec![None], None)
        );
        let error = Assertions::from_row(&row(json!({"__assert": [{"type": "x"}]})), "__assert");
        let text = error.unwrap_err().to_string();
        assert!(
            text.contains("row r1: assertion 1: no assertion `x`"),
            "{text}"
        );
    }
}
