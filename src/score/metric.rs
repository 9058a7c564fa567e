//! The metrics of an experiment, compiled once and applied to every completion.

use super::{LabelReading, normalize, read_label, rouge_l, token_f1};
use crate::{
    model::{Completion, Row, Score, Scores},
    project::{MetricKind, MetricSpec},
};
use regex::Regex;
use serde_json::Value;

/// Why a metric cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// The pattern or schema is wrong.
    #[error("metric `{metric}`: {message}")]
    Invalid {
        /// Which.
        metric: String,
        /// Why.
        message: String,
    },
    /// This kind is not built yet.
    #[error(
        "metric `{metric}`: the kind `{kind}` is not built yet; use label, exact, normalized, contains, regex, number, json, f1, rouge_l, length, latency or cost"
    )]
    NotBuilt {
        /// Which.
        metric: String,
        /// Its kind.
        kind: &'static str,
    },
}

/// The metrics of an experiment, compiled.
#[derive(Debug)]
pub struct Scorer {
    metrics: Vec<(MetricSpec, Compiled)>,
}

#[derive(Debug)]
enum Compiled {
    Plain,
    Regex(Regex),
    Schema(Box<jsonschema::Validator>),
}

impl Scorer {
    /// Compile; a bad pattern or schema is an error that names the metric.
    pub fn new(metrics: &[MetricSpec]) -> Result<Scorer, ScoreError> {
        let compile = |spec: &MetricSpec| {
            let invalid = |message: String| ScoreError::Invalid {
                metric: spec.name.clone(),
                message,
            };
            let not_built = |kind| {
                Err(ScoreError::NotBuilt {
                    metric: spec.name.clone(),
                    kind,
                })
            };
            let compiled = match &spec.kind {
                MetricKind::Regex { pattern } => {
                    Compiled::Regex(Regex::new(pattern).map_err(|e| invalid(e.to_string()))?)
                }
                MetricKind::Json {
                    schema: Some(schema),
                    ..
                } => Compiled::Schema(Box::new(
                    jsonschema::validator_for(schema).map_err(|e| invalid(e.to_string()))?,
                )),
                MetricKind::Similarity { .. } => return not_built("similarity"),
                MetricKind::Judge { .. } => return not_built("judge"),
                MetricKind::Command { .. } => return not_built("command"),
                _ => Compiled::Plain,
            };
            Ok((spec.clone(), compiled))
        };
        Ok(Scorer {
            metrics: metrics.iter().map(compile).collect::<Result<_, _>>()?,
        })
    }

    /// Names of the metrics, the main one first.
    pub fn names(&self) -> Vec<&str> {
        self.metrics.iter().map(|(m, _)| m.name.as_str()).collect()
    }

    /// Labels of the main metric, where it has a closed set.
    pub fn labels(&self) -> &[String] {
        match self.metrics.first().map(|(m, _)| &m.kind) {
            Some(MetricKind::Label { labels }) => labels,
            _ => &[],
        }
    }

    /// Whether the main metric compares with an expected answer.
    pub fn needs_answer(&self) -> bool {
        self.metrics.first().is_some_and(|(m, _)| {
            !matches!(
                m.kind,
                MetricKind::Contains { text: Some(_) }
                    | MetricKind::Length { .. }
                    | MetricKind::Latency { .. }
                    | MetricKind::Cost { .. }
            ) && !matches!(&m.kind, MetricKind::Json { fields, .. } if fields.is_empty())
        })
    }

    /// Score a completion. `cost_usd` is its price, where known.
    pub fn score(&self, completion: &Completion, row: &Row, cost_usd: Option<f64>) -> Scores {
        let expected = row.expected_text();
        Scores(
            self.metrics
                .iter()
                .map(|(m, c)| one(&m.kind, c, completion, expected.as_deref(), row, cost_usd))
                .collect(),
        )
    }
}

fn yes(value: bool) -> f32 {
    f32::from(u8::from(value))
}

fn read(value: bool, answer: impl Into<String>) -> Score {
    Score {
        value: yes(value),
        answer: Some(answer.into()),
        unreadable: false,
    }
}

const UNREADABLE: Score = Score {
    value: 0.0,
    answer: None,
    unreadable: true,
};

fn one(
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
        MetricKind::Label { labels } => match read_label(text, labels) {
            LabelReading::Found(i) => read(
                has && normalize(&labels[i]) == normalize(wanted),
                labels[i].clone(),
            ),
            LabelReading::Nothing | LabelReading::Ambiguous => UNREADABLE,
        },
        _ if blank
            && !matches!(
                kind,
                MetricKind::Length { .. } | MetricKind::Latency { .. } | MetricKind::Cost { .. }
            ) =>
        {
            UNREADABLE
        }
        MetricKind::Exact => read(has && text == wanted, text),
        MetricKind::Normalized => {
            read(has && normalize(text) == normalize(wanted), normalize(text))
        }
        MetricKind::Contains { text: given } => {
            let needle = normalize(given.as_deref().unwrap_or(wanted));
            Score {
                value: yes(!needle.is_empty() && normalize(text).contains(&needle)),
                answer: None,
                unreadable: false,
            }
        }
        MetricKind::Regex { .. } => match compiled {
            Compiled::Regex(pattern) => match pattern.captures(text) {
                Some(found) => {
                    let answer = found.get(1).or(found.get(0)).map_or("", |m| m.as_str());
                    read(has && normalize(answer) == normalize(wanted), answer)
                }
                None => UNREADABLE,
            },
            _ => UNREADABLE,
        },
        MetricKind::Number { tolerance } => match (last_number(text), last_number(wanted)) {
            (Some(found), Some(wanted)) => read(
                (found - wanted).abs() <= tolerance + 1e-12,
                found.to_string(),
            ),
            (Some(found), None) => read(false, found.to_string()),
            (None, _) => UNREADABLE,
        },
        MetricKind::Json { fields, .. } => json(text, fields, compiled, row),
        MetricKind::F1 => Score {
            value: token_f1(text, wanted) as f32,
            answer: None,
            unreadable: false,
        },
        MetricKind::RougeL => Score {
            value: rouge_l(text, wanted) as f32,
            answer: None,
            unreadable: false,
        },
        MetricKind::Length { min, max } => {
            let n = text.chars().count();
            Score {
                value: yes(min.is_none_or(|m| n >= m) && max.is_none_or(|m| n <= m)),
                answer: None,
                unreadable: false,
            }
        }
        MetricKind::Latency { max_ms } => Score {
            value: yes(completion.latency_ms <= *max_ms),
            answer: None,
            unreadable: false,
        },
        MetricKind::Cost { max_usd } => Score {
            value: yes(cost.is_some_and(|c| c <= *max_usd)),
            answer: None,
            unreadable: cost.is_none(),
        },
        // Refused by `Scorer::new`.
        MetricKind::Similarity { .. } | MetricKind::Judge { .. } | MetricKind::Command { .. } => {
            UNREADABLE
        }
    }
}

/// The last number in a text; thousands may be set apart by commas.
fn last_number(text: &str) -> Option<f64> {
    text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-')))
        .filter_map(|part| {
            part.trim_end_matches(['.', ',', '-'])
                .replace(',', "")
                .parse::<f64>()
                .ok()
        })
        .next_back()
}

fn json(text: &str, fields: &[String], compiled: &Compiled, row: &Row) -> Score {
    let Some(value) = find_json(text) else {
        return UNREADABLE;
    };
    let valid = match compiled {
        Compiled::Schema(schema) => schema.is_valid(&value),
        _ => true,
    };
    if fields.is_empty() {
        return read(valid, value.to_string());
    }
    let expected = match &row.expected {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let at = |value: &Value, path: &str| {
        path.split('.')
            .try_fold(value.clone(), |v, key| v.get(key).cloned())
    };
    let right = fields
        .iter()
        .filter(|f| at(&value, f).is_some_and(|v| Some(v) == at(&expected, f)))
        .count();
    let value_of = if valid {
        right as f32 / fields.len() as f32
    } else {
        0.0
    };
    Score {
        value: value_of,
        answer: Some(value.to_string()),
        unreadable: false,
    }
}

/// The JSON in a text: all of it, or what stands in the first fence or between the first brace and the last.
fn find_json(text: &str) -> Option<Value> {
    let inner = text
        .split("```")
        .nth(1)
        .map(|f| f.trim_start_matches("json"));
    let braces = text
        .find('{')
        .zip(text.rfind('}'))
        .filter(|(a, b)| a < b)
        .map(|(a, b)| &text[a..=b]);
    [Some(text), inner, braces]
        .into_iter()
        .flatten()
        .find_map(|t| serde_json::from_str(t.trim()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn score(kind: MetricKind, text: &str, expected: Value) -> Score {
        let scorer = Scorer::new(&[MetricSpec {
            name: "m".into(),
            kind,
            weight: 1.0,
            threshold: None,
        }])
        .unwrap();
        let row = Row {
            index: 0,
            id: "r0".into(),
            fields: Default::default(),
            expected: Some(expected),
            cluster: None,
        };
        scorer
            .score(
                &Completion {
                    text: text.into(),
                    ..Completion::default()
                },
                &row,
                None,
            )
            .0
            .remove(0)
    }

    #[test]
    fn each_kind_judges_as_documented() {
        let label = || MetricKind::Label {
            labels: vec!["yes".into(), "no".into()],
        };
        assert_eq!(score(label(), "Yes.", json!("yes")), read(true, "yes"));
        assert_eq!(score(label(), "maybe", json!("yes")), UNREADABLE);
        assert_eq!(score(MetricKind::Exact, "yes ", json!("yes")).value, 0.0);
        assert_eq!(
            score(MetricKind::Normalized, " Yes!", json!("yes")).value,
            1.0
        );
        assert_eq!(
            score(
                MetricKind::Contains { text: None },
                "oh YES indeed",
                json!("yes")
            )
            .value,
            1.0
        );
        assert_eq!(
            score(
                MetricKind::Regex {
                    pattern: "answer: (\\w+)".into()
                },
                "answer: b",
                json!("b")
            ),
            read(true, "b")
        );
        assert_eq!(
            score(
                MetricKind::Number { tolerance: 0.5 },
                "so 3 + 4 is 1,007.2.",
                json!(1007)
            )
            .value,
            1.0
        );
        assert_eq!(score(MetricKind::Exact, " ", json!("yes")), UNREADABLE);
        let fields = MetricKind::Json {
            schema: Some(json!({"required": ["a"]})),
            fields: vec!["a".into(), "b.c".into()],
        };
        assert_eq!(
            score(
                fields,
                "Sure:\n```json\n{\"a\": 1, \"b\": {\"c\": 3}}\n```",
                json!({"a": 1, "b": {"c": 2}})
            )
            .value,
            0.5
        );
    }

    #[test]
    fn what_is_not_built_says_so() {
        let spec = MetricSpec {
            name: "nice".into(),
            kind: MetricKind::Similarity {
                model: "demo/icl".parse().unwrap(),
            },
            weight: 1.0,
            threshold: None,
        };
        assert!(
            Scorer::new(&[spec])
                .unwrap_err()
                .to_string()
                .contains("not built yet")
        );
    }
}
