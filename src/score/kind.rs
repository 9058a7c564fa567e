//! The score that each kind of metric gives a completion.

use super::{Assertions, LabelReader, LabelReading, json, normalize, rouge_l, token_f1};
use crate::{
    model::{Completion, Row, Score},
    project::MetricKind,
    read::{expected_number, read_number},
};
use regex::Regex;

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
            json::compare(text, fields, schema, row)
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
