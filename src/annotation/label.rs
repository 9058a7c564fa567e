//! What one person decided about one row.

use super::{JournalRecord, RowIdentity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A decision about a row, as a line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelRecord {
    #[serde(flatten)]
    pub row: RowIdentity,
    pub decision: Decision,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Name of the person.
    pub by: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// Time from the first sight of the row to the decision.
    pub seconds: f64,
    /// What the wordings' answers suggested, where they suggested something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<Suggestion>,
    /// Why it was this row's turn.
    pub chosen: Selection,
    /// Made in view of the decisions of all others: it holds against them, and against the dataset's own answer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub settles: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The right answer: a label or a text; a list of several right ones; an object of JSON fields.
    Answer(Value),
    /// The row was read, and its right answer cannot be known.
    CannotTell,
    /// Left for another time or another person.
    Skip,
}

impl Decision {
    pub fn answer(&self) -> Option<&Value> {
        match self {
            Decision::Answer(value) => Some(value),
            Decision::CannotTell | Decision::Skip => None,
        }
    }

    /// Whether the row was judged, and not left for another time.
    pub fn is_verdict(&self) -> bool {
        *self != Decision::Skip
    }
}

impl Selection {
    /// Whether the row was chosen by chance alone, so that it stands for all rows.
    pub fn is_random(&self) -> bool {
        self.reason == SelectionReason::Random
    }
}

/// An answer that was suggested to the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    pub answer: Value,
    /// Whether the person saw it before deciding.
    pub shown: bool,
}

/// How a row came to be chosen, so that estimates can weight it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    pub reason: SelectionReason,
    /// Probability that it was this row of those that could be chosen; `None` where that was not up to chance (a row that
    /// another person labelled, or one that the person went to).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How many rows could be chosen.
    pub candidates: u32,
}

/// Why it is a row's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectionReason {
    /// By chance, from all open rows.
    Random,
    /// Wordings disagree about it most.
    Disagreement,
    /// It says most about which of the two best wordings is better.
    Decision,
    /// Another person labelled it, and it is one of those that two label.
    Overlap,
    /// Its labels disagree.
    Disputed,
    /// The person went to it.
    Picked,
}

impl JournalRecord for LabelRecord {
    type Subject = RowIdentity;

    fn subject(&self) -> RowIdentity {
        self.row.clone()
    }

    fn by(&self) -> &str {
        &self.by
    }

    fn at(&self) -> &str {
        &self.at
    }
}

/// Whether two answers say the same: lists in any order, texts without the spaces around them, numbers as texts (tables have
/// nothing else).
pub fn same_answer(a: &Value, b: &Value) -> bool {
    normal(a) == normal(b)
}

fn normal(value: &Value) -> Value {
    match value {
        Value::String(text) => text.trim().into(),
        Value::Number(_) | Value::Bool(_) => value.to_string().into(),
        Value::Array(items) if items.len() == 1 => normal(&items[0]),
        Value::Array(items) => {
            let set: BTreeSet<String> = items.iter().map(|item| normal(item).to_string()).collect();
            set.into_iter().collect()
        }
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, Value> = fields
                .iter()
                .map(|(name, value)| (name, normal(value)))
                .collect();
            sorted
                .into_iter()
                .map(|(name, value)| (name.clone(), value))
                .collect()
        }
        Value::Null => Value::Null,
    }
}

impl Decision {
    /// A text that is equal for decisions that say the same.
    pub(super) fn category(&self) -> String {
        self.answer()
            .map_or(String::new(), |answer| normal(answer).to_string())
    }

    /// In a few words.
    pub fn words(&self) -> String {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match self {
            Decision::Answer(Value::Array(items)) => {
                let texts: Vec<String> = items.iter().map(text).collect();
                texts.join(" or ")
            }
            Decision::Answer(answer) => text(answer),
            Decision::CannotTell => "cannot tell".into(),
            Decision::Skip => "skipped".into(),
        }
    }
}

#[cfg(test)]
impl LabelRecord {
    /// A label of the row `r{row}`.
    pub(crate) fn for_tests(row: usize, by: &str, answer: &str) -> LabelRecord {
        LabelRecord {
            row: RowIdentity {
                id: Some(format!("r{row}")),
                content: format!("{row:032x}"),
            },
            decision: Decision::Answer(answer.into()),
            note: String::new(),
            by: by.into(),
            at: "2026-01-01T00:00:00.000Z".into(),
            seconds: 2.5,
            suggested: None,
            chosen: Selection {
                reason: SelectionReason::Random,
                probability: Some(0.5),
                candidates: 2,
            },
            settles: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_has_the_documented_form() {
        let mut record = LabelRecord::for_tests(3, "ann", "positive");
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(
            line,
            r#"{"id":"r3","content":"00000000000000000000000000000003","decision":{"answer":"positive"},"by":"ann","at":"2026-01-01T00:00:00.000Z","seconds":2.5,"chosen":{"reason":"random","probability":0.5,"candidates":2}}"#
        );
        record.decision = Decision::CannotTell;
        record.note = "two meanings".into();
        record.settles = true;
        record.suggested = Some(Suggestion {
            answer: json!(["a", "b"]),
            shown: true,
        });
        record.row.id = None;
        let line = serde_json::to_string(&record).unwrap();
        assert!(
            line.contains(r#""decision":"cannot_tell","note":"two meanings""#),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<LabelRecord>(&line).unwrap(), record);
    }

    #[test]
    fn answers_are_the_same_whatever_the_order_of_a_list() {
        assert!(same_answer(&json!("a "), &json!("a")));
        assert!(same_answer(&json!(["a", "b"]), &json!(["b", "a", "a"])));
        assert!(same_answer(&json!(["a"]), &json!("a")));
        assert!(same_answer(
            &json!({"x": 1, "y": "b"}),
            &json!({"y": "b ", "x": 1})
        ));
        assert!(!same_answer(&json!("A"), &json!("a")));
        assert!(!same_answer(&json!(["a", "b"]), &json!("a")));
        assert!(same_answer(&json!(1), &json!("1")) && !same_answer(&json!(1), &json!(2)));
    }
}
