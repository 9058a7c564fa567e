//! The tables of `fixtures/reading`: outputs as people get them, with the score that is right and the reason why.

use serde_json::Value;
use std::{fs, path::Path};
use wording::{
    model::{Completion, Row},
    project::typed_metric,
    score::{AnswerReading, Scorer},
};

/// The scorer of a metric, written as in `wording.toml`, but in JSON.
pub(crate) fn scorer(metric: &Value) -> Scorer {
    let settings = metric.as_object().unwrap().iter();
    let settings: Vec<(String, String)> = settings.map(|(k, v)| (k.clone(), toml(v))).collect();
    Scorer::new(&[typed_metric(&settings).unwrap()]).unwrap()
}

/// A value in TOML, on one line.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(table) => {
            let entries = table.iter();
            let entries =
                entries.map(|(key, value)| format!("{} = {}", Value::from(&**key), toml(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

pub(crate) struct Case {
    pub(crate) line: Value,
    pub(crate) scorer: Scorer,
    pub(crate) completion: Completion,
    pub(crate) row: Row,
}

/// The cases of the tables that a metric reads by itself.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reading");
    let mut cases = Vec::new();
    for name in ["reports", "labels", "text", "think", "number", "json"] {
        let table = fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
        cases.extend(table.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            Case {
                scorer: scorer(&line["metric"]),
                completion: Completion {
                    text: line["output"].as_str().unwrap().to_owned(),
                    ..Completion::default()
                },
                row: Row {
                    expected: line.get("expected").filter(|e| !e.is_null()).cloned(),
                    ..Row::default()
                },
                line,
            }
        }));
    }
    cases
}

impl Case {
    pub(crate) fn read(&self) -> AnswerReading<'_> {
        self.scorer.explain(&self.completion, &self.row, None)
    }
}
