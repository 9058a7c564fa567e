//! The score that each kind of metric gives a completion.

use super::{Assertions, LabelReader, LabelReading, normalize, rouge_l, token_f1};
use crate::{
    model::{Completion, Row, Score},
    project::MetricKind,
    read::{JsonShape, compare_fields, expected_number, read_json, read_number, value_at},
};
use regex::Regex;
use serde_json::Value;
use std::borrow::Cow;

/// What a metric needs, compiled once.
#[derive(Debug)]
pub(super) enum Compiled {
    Plain,
    Labels(LabelReader),
    Regex(Regex),
    Schema(Box<jsonschema::Validator>),
}

pub(super) fn yes(value: bool) -> f64 {
    f64::from(u8::from(value))
}

pub(super) fn with_answer(value: bool, answer: impl Into<String>) -> Score {
    Score {
        value: yes(value),
        answer: Some(answer.into()),
        unreadable: false,
    }
}

pub(super) const UNREADABLE: Score = Score {
    value: 0.0,
    answer: None,
    unreadable: true,
};

/// Score a completion by one metric.
pub(super) fn score_metric(
    kind: &MetricKind,
    compiled: &Compiled,
    completion: &Completion,
    expected: Option<&str>,
    row: &Row,
    cost: Option<f64>,
) -> Score {
    let text = completion.text.as_str();
    let wanted = expected.unwrap_or("");
    let has = expected.is_some();
    let blank = text.trim().is_empty();
    match kind {
        MetricKind::Label { .. } => match compiled {
            Compiled::Labels(reader) => match reader.read(text) {
                LabelReading::Found(i) => {
                    with_answer(has && reader.matches(i, wanted), &*reader.labels()[i])
                }
                LabelReading::Nothing | LabelReading::Ambiguous => UNREADABLE,
            },
            _ => UNREADABLE,
        },
        _ if blank
            && !matches!(
                kind,
                MetricKind::Length { .. }
                    | MetricKind::Latency { .. }
                    | MetricKind::Cost { .. }
                    | MetricKind::Command { .. }
                    | MetricKind::Assertions { .. }
            ) =>
        {
            UNREADABLE
        }
        MetricKind::Exact => with_answer(has && text == wanted, text),
        MetricKind::Normalized => {
            with_answer(has && normalize(text) == normalize(wanted), normalize(text))
        }
        MetricKind::Contains { text: given } => {
            let needle = normalize(given.as_deref().unwrap_or(wanted));
            Score::new(yes(!needle.is_empty() && normalize(text).contains(&needle)))
        }
        MetricKind::Regex { .. } => match compiled {
            Compiled::Regex(pattern) => match pattern.captures(text) {
                Some(found) => {
                    let answer = found.get(1).or(found.get(0)).map_or("", |m| m.as_str());
                    with_answer(has && normalize(answer) == normalize(wanted), answer)
                }
                None => UNREADABLE,
            },
            _ => UNREADABLE,
        },
        MetricKind::Number { tolerance, format } => match read_number(text, format) {
            Ok(found) => {
                let wanted = row.expected.as_ref();
                let wanted = wanted.and_then(|value| expected_number(value, format));
                let is_right =
                    wanted.is_some_and(|wanted| found.value.is_within(&wanted, *tolerance));
                with_answer(is_right, found.value.to_string())
            }
            Err(_) => UNREADABLE,
        },
        MetricKind::Json { fields, .. } => {
            let schema = match compiled {
                Compiled::Schema(schema) => Some(&**schema),
                _ => None,
            };
            score_json(text, JsonShape { schema, fields }, row)
        }
        MetricKind::F1 => Score::new(token_f1(text, wanted)),
        MetricKind::RougeL => Score::new(rouge_l(text, wanted)),
        MetricKind::Length { min, max } => {
            let n = text.chars().count();
            Score::new(yes(min.is_none_or(|m| n >= m) && max.is_none_or(|m| n <= m)))
        }
        MetricKind::Latency { max_ms } => Score::new(yes(completion.latency_ms <= *max_ms)),
        MetricKind::Cost { max_usd } => Score {
            value: yes(cost.is_some_and(|c| c <= *max_usd)),
            answer: None,
            unreadable: cost.is_none(),
        },
        MetricKind::Assertions { column, part, .. } => {
            let Ok(list) = Assertions::from_row(row, column) else {
                return Score::MISSING;
            };
            let verdicts = list.judge(completion, cost);
            list.outcome(&verdicts)
                .map_or(Score::MISSING, |outcome| outcome.part(part))
        }
        // The engine calls a model or a program for these.
        MetricKind::Similarity { .. } | MetricKind::Judge { .. } | MetricKind::Command { .. } => {
            Score::MISSING
        }
    }
}

/// Read JSON and compare its fields with the expected ones; the score is 0 if the schema rejects it.
fn score_json(text: &str, shape: JsonShape<'_>, row: &Row) -> Score {
    let Ok(found) = read_json(text, shape) else {
        return UNREADABLE;
    };
    let is_valid = shape
        .schema
        .is_none_or(|schema| schema.is_valid(&found.value));
    let results = json_field_results(&found.value, shape.fields, row);
    let right = results.iter().filter(|(_, is_equal)| *is_equal).count();
    Score {
        value: match results.len() {
            0 => yes(is_valid),
            all => yes(is_valid) * right as f64 / all as f64,
        },
        answer: Some(found.value.to_string()),
        unreadable: false,
    }
}

/// Each field, with whether its value is the expected one. If the expected answer is not JSON, the fields are compared with the
/// columns of the row.
pub(super) fn json_field_results(
    value: &Value,
    fields: &[String],
    row: &Row,
) -> Vec<(String, bool)> {
    let expected = match &row.expected {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    compare_fields(value, fields, |path| match &expected {
        Value::Object(_) | Value::Array(_) => value_at(&expected, path).map(Cow::Borrowed),
        _ => match (row.fields.get(path)?, value_at(value, path)?) {
            // The columns of a CSV file are all texts.
            (Value::String(text), found) if !found.is_string() => {
                serde_json::from_str(text).ok().map(Cow::Owned)
            }
            (column, _) => Some(Cow::Borrowed(column)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Scorer, *};
    use crate::project::MetricSpec;
    use serde_json::json;

    fn scorer(metric: &Value) -> Scorer {
        let fields = metric["fields"].as_array().into_iter().flatten();
        let kind = MetricKind::Json {
            schema: metric.get("schema").cloned(),
            fields: fields.map(|f| f.as_str().unwrap().to_owned()).collect(),
        };
        Scorer::new(&[MetricSpec {
            name: "json".into(),
            kind,
            weight: 1.0,
            threshold: None,
        }])
        .unwrap()
    }

    fn score(metric: &Value, output: &str, row: &Row) -> Score {
        let completion = Completion {
            text: output.into(),
            ..Completion::default()
        };
        scorer(metric).score(&completion, row, None).0.remove(0)
    }

    #[test]
    fn the_table_of_json_is_read_right() {
        let table = include_str!("../../tests/fixtures/reading/json.jsonl");
        let mut wrong = Vec::new();
        for line in table.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let row = Row {
                expected: case.get("expected").filter(|e| !e.is_null()).cloned(),
                ..Row::default()
            };
            let found = score(&case["metric"], case["output"].as_str().unwrap(), &row);
            let is_right = match case["want"].as_f64() {
                Some(want) => !found.unreadable && found.value == want,
                None => found.unreadable,
            };
            let read = case["read"].as_str();
            if !is_right || read.is_some_and(|read| found.answer.as_deref() != Some(read)) {
                wrong.push(format!("{line}: {found:?}"));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }

    #[test]
    fn columns_that_are_texts_are_compared_by_their_value() {
        let columns = json!({"n": "2", "ok": "true", "zip": "01234"});
        let row = Row {
            fields: columns.as_object().unwrap().clone(),
            ..Row::default()
        };
        let metric = json!({"fields": ["n", "ok", "zip"]});
        let output = r#"{"n": 2.0, "ok": true, "zip": "01234"}"#;
        assert_eq!(score(&metric, output, &row).value, 1.0);
        let output = r#"{"n": 3, "ok": true, "zip": 1234}"#;
        assert!((score(&metric, output, &row).value - 1.0 / 3.0).abs() < 1e-12);
    }
}
