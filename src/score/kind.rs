//! The score that each kind of metric gives an answer, with what it read of it and where.

use super::{
    Assertions,
    contains::contains,
    judged::{Judged, Scored, UNREADABLE, trimmed},
    probability::{LabelProbabilities, unasked, unreadable},
    rouge_l, token_f1,
    tool_calls::ToolCallScorer,
};
use crate::{
    model::{Row, Score},
    project::MetricKind,
    read::{
        FieldComparison, JsonShape, LabelReader, Reading, Unreadable, compare_fields,
        expected_number, normalize, read_json, read_number, value_at,
    },
};
use regex::Regex;
use serde_json::Value;
use std::borrow::Cow;

/// What a metric needs, compiled once.
#[derive(Debug)]
pub(super) enum Compiled {
    Plain,
    Labels(LabelReader),
    Probabilities(LabelProbabilities),
    Regex(Regex),
    Schema(Box<jsonschema::Validator>),
    ToolCalls(ToolCallScorer),
}

fn yes(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// Score an answer by one metric.
pub(super) fn judge(kind: &MetricKind, compiled: &Compiled, scored: &Scored<'_>) -> Judged {
    let text = scored.answer.text();
    let best = |grade: &dyn Fn(&str) -> f64| {
        let grades = scored.expected.iter().map(|wanted| grade(wanted));
        grades.fold(0.0, f64::max)
    };
    let is_right = |test: &dyn Fn(&str) -> bool| best(&|wanted| yes(test(wanted)));
    let normal = || Reading::new(normalize(text), trimmed(text));
    match kind {
        MetricKind::Length { min, max } => {
            let n = text.chars().count();
            let is_within = min.is_none_or(|m| n >= m) && max.is_none_or(|m| n <= m);
            Score::new(yes(is_within)).into()
        }
        MetricKind::Latency { max_ms } => {
            Score::new(yes(scored.completion.latency_ms <= *max_ms)).into()
        }
        MetricKind::Cost { max_usd } => match scored.cost_usd {
            Some(cost) => Score::new(yes(cost <= *max_usd)).into(),
            None => UNREADABLE.into(),
        },
        MetricKind::Assertions {
            column,
            part,
            promptfoo,
            thoughts,
            ..
        } => {
            let Ok(list) = Assertions::from_row(scored.row, column) else {
                return Score::MISSING.into();
            };
            let output = promptfoo.map(|form| form.output(scored.completion));
            let seen = match &output {
                Some(output) => output,
                None if *thoughts => scored.completion.message_text(),
                None => text,
            };
            let verdicts = list.judge(seen, scored.completion, scored.cost_usd);
            let outcome = list.outcome(&verdicts);
            outcome
                .map_or(Score::MISSING, |outcome| outcome.part(part))
                .into()
        }
        // The engine runs a program for this, also where the answer is empty.
        MetricKind::Command { .. } => Score::MISSING.into(),
        // An answer without text may call a tool, and one without a call may be right.
        MetricKind::ToolCalls(spec) => match compiled {
            Compiled::ToolCalls(scorer) => scorer.judge(spec, scored),
            _ => Unreadable::Absent.into(),
        },
        MetricKind::Probability { .. } if let Some(reason) = scored.missing() => unreadable(reason),
        // An empty answer is judged as any other.
        MetricKind::Judge { evals: Some(_), .. } => Score::MISSING.into(),
        _ if let Some(reason) = scored.missing() => reason.into(),
        // The engine calls a model for these.
        MetricKind::Similarity { .. } | MetricKind::Judge { .. } => Score::MISSING.into(),
        MetricKind::Label { .. } => match compiled {
            Compiled::Labels(reader) => match reader.read(text) {
                Ok(found) => {
                    let value = is_right(&|wanted| reader.index_of(wanted) == Some(found.value));
                    Judged::read(value, found.map(|label| reader.name(label).to_owned()))
                }
                Err(reason) => reason.into(),
            },
            _ => Unreadable::Absent.into(),
        },
        // The engine calls the model for its prior.
        MetricKind::Probability { content_free, .. } if !content_free.is_empty() => unasked(),
        MetricKind::Probability { score, .. } => match compiled {
            Compiled::Probabilities(labels) => labels.judge(scored, *score, None),
            _ => Unreadable::Absent.into(),
        },
        MetricKind::Exact => Judged::read(
            is_right(&|wanted| text == wanted),
            Reading::new(text.to_owned(), 0..text.len()),
        ),
        MetricKind::Normalized => {
            let read = normal();
            let value = is_right(&|wanted| read.value == normalize(wanted));
            Judged::read(value, read)
        }
        MetricKind::Contains { text: given } => {
            let read = normal();
            let holds = |needle: &str| contains(&read.value, &normalize(needle));
            let value = match given {
                Some(needle) => yes(holds(needle)),
                None => is_right(&holds),
            };
            Judged::whole(value, text)
        }
        MetricKind::Regex { .. } => match compiled {
            Compiled::Regex(pattern) => match pattern.captures(text) {
                Some(found) => {
                    let Some(group) = found.get(1).or(found.get(0)) else {
                        return Unreadable::Absent.into();
                    };
                    let answer = normalize(group.as_str());
                    let value = is_right(&|wanted| answer == normalize(wanted));
                    Judged::read(
                        value,
                        Reading::new(group.as_str().to_owned(), group.range()),
                    )
                }
                None => Unreadable::Absent.into(),
            },
            _ => Unreadable::Absent.into(),
        },
        MetricKind::Number { tolerance, format } => match read_number(text, format) {
            Ok(found) => {
                let is_it = |wanted: &Value| {
                    expected_number(wanted, format)
                        .is_some_and(|wanted| found.value.is_within(&wanted, *tolerance))
                };
                let value = yes(scored.row.right_answers().into_iter().flatten().any(is_it));
                Judged::read(value, found.map(|number| number.to_string()))
            }
            Err(reason) => reason.into(),
        },
        MetricKind::Json { fields, .. } => {
            let schema = match compiled {
                Compiled::Schema(schema) => Some(&**schema),
                _ => None,
            };
            judge_json(text, JsonShape { schema, fields }, scored.row)
        }
        MetricKind::F1 => Judged::whole(best(&|wanted| token_f1(text, wanted)), text),
        MetricKind::RougeL => Judged::whole(best(&|wanted| rouge_l(text, wanted)), text),
    }
}

/// Read JSON and compare its fields with the expected ones; the score is 0 if the schema rejects it.
fn judge_json(text: &str, shape: JsonShape<'_>, row: &Row) -> Judged {
    let found = match read_json(text, shape) {
        Ok(found) => found,
        Err(reason) => return reason.into(),
    };
    let is_valid = shape
        .schema
        .is_none_or(|schema| schema.is_valid(&found.value));
    let results = json_field_results(&found.value, shape.fields, row);
    let right = results.iter().filter(|field| field.is_equal).count();
    let value = match results.len() {
        0 => yes(is_valid),
        all => yes(is_valid) * right as f64 / all as f64,
    };
    Judged::read(value, found.map(|value| value.to_string()))
}

/// Each field, with whether its value is the expected one. If the expected answer is not JSON, the fields are compared with the
/// columns of the row; if it is a list of objects, with the one of them that has most of the values.
pub(super) fn json_field_results(
    value: &Value,
    fields: &[String],
    row: &Row,
) -> Vec<FieldComparison> {
    let expected = match &row.expected {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let with = |expected: &Value| {
        compare_fields(value, fields, |path| match expected {
            Value::Object(_) | Value::Array(_) => value_at(expected, path).cloned().map(Cow::Owned),
            _ => match (row.fields.get(path)?, value_at(value, path)) {
                // The columns of a CSV file are all texts.
                (Value::String(text), Some(found)) if !found.is_string() => {
                    serde_json::from_str(text).ok().map(Cow::Owned)
                }
                (column, _) => Some(Cow::Owned(column.clone())),
            },
        })
    };
    match &expected {
        Value::Array(any) if value.is_object() && any.iter().any(Value::is_object) => {
            let right =
                |results: &Vec<FieldComparison>| results.iter().filter(|f| f.is_equal).count();
            let all = any.iter().map(with);
            all.max_by_key(right).unwrap_or_default()
        }
        one => with(one),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Scorer, *};
    use crate::{model::Completion, project::MetricSpec};
    use serde_json::json;

    fn scorer(metric: &Value) -> Scorer {
        let fields = metric["fields"].as_array().into_iter().flatten();
        let kind = MetricKind::Json {
            schema_file: None,
            schema: metric.get("schema").cloned(),
            fields: fields.map(|f| f.as_str().unwrap().to_owned()).collect(),
        };
        Scorer::new(&[MetricSpec {
            name: "json".into(),
            kind,
            weight: 1.0,
            threshold: None,
            reply: None,
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
