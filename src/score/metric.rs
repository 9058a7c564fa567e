//! The metrics of an experiment, compiled once and applied to every completion.

use super::{LabelReader, LabelReading, normalize, rouge_l, token_f1};
use crate::{
    model::{Completion, Row, Score, Scores},
    project::{MetricKind, MetricSpec},
};
use regex::Regex;
use serde_json::Value;
use std::{borrow::Cow, sync::LazyLock};

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
    /// Weights are given: their mean is a score of its own.
    total: bool,
}

#[derive(Debug)]
enum Compiled {
    Plain,
    Labels(LabelReader),
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
                MetricKind::Label { labels } => Compiled::Labels(LabelReader::new(labels)),
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
            total: metrics.len() > 1 && metrics.iter().any(|m| m.weight != 1.0),
        })
    }

    /// Names of the metrics, the main one first; last comes `total` where weights are given.
    pub fn names(&self) -> Vec<&str> {
        let names = self.metrics.iter().map(|(m, _)| m.name.as_str());
        names.chain(self.total.then_some("total")).collect()
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
        let expected = match &row.expected {
            None => None,
            Some(Value::String(text)) => Some(Cow::Borrowed(text.as_str())),
            Some(other) => Some(Cow::Owned(other.to_string())),
        };
        let mut scores: Vec<Score> = self
            .metrics
            .iter()
            .map(|(m, c)| {
                let mut score = one(&m.kind, c, completion, expected.as_deref(), row, cost_usd);
                if let Some(threshold) = m.threshold {
                    // Scores are in single precision: 0.7 must reach 0.7.
                    score.value = yes(f64::from(score.value) >= threshold - 1e-6);
                }
                score
            })
            .collect();
        if self.total {
            scores.push(self.total_of(&scores));
        }
        Scores(scores)
    }

    /// The weighted mean of all metrics.
    fn total_of(&self, scores: &[Score]) -> Score {
        let weights = || self.metrics.iter().map(|(m, _)| m.weight);
        let sum: f64 = weights()
            .zip(scores)
            .map(|(w, s)| w * f64::from(s.value))
            .sum();
        let all: f64 = weights().sum();
        Score {
            value: if all > 0.0 { (sum / all) as f32 } else { 0.0 },
            answer: None,
            unreadable: false,
        }
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
        MetricKind::Label { .. } => match compiled {
            Compiled::Labels(reader) => match reader.read(text) {
                LabelReading::Found(i) => read(has && reader.is(i, wanted), &*reader.labels()[i]),
                LabelReading::Nothing | LabelReading::Ambiguous => UNREADABLE,
            },
            _ => UNREADABLE,
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

/// The last number in a text; thousands may be set apart by commas, and a sign belongs to it where no word or number stands
/// right before.
fn last_number(text: &str) -> Option<f64> {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[-−+]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?").ok());
    let found = NUMBER.as_ref()?.find_iter(text).last()?;
    let joined = text[..found.start()]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let plain = found.as_str().replace(',', "").replace('−', "-");
    let number: f64 = plain.parse().ok()?;
    Some(if joined { number.abs() } else { number })
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
    // Where the expected answer is no JSON, the columns of the row are what the fields are compared with.
    let wanted = |path: &str| match &expected {
        Value::Object(_) | Value::Array(_) => at(&expected, path),
        _ => row.fields.get(path),
    };
    let right = fields
        .iter()
        .filter(|f| match (at(&value, f), wanted(f)) {
            (Some(a), Some(b)) => same(a, b),
            _ => false,
        })
        .count();
    Score {
        value: if valid {
            right as f32 / fields.len() as f32
        } else {
            0.0
        },
        answer: Some(value.to_string()),
        unreadable: false,
    }
}

/// What stands at a dotted path: keys of objects, and numbers from 0 for the places of lists. A key that holds dots itself is
/// found whole.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |v, key| match v {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// Whether two values are the same: numbers by value, so that 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

/// The JSON in a text: all of it, or what stands in the first fence or between the first brace
/// or bracket and the last.
fn find_json(text: &str) -> Option<Value> {
    let inner = text
        .split("```")
        .nth(1)
        .map(|f| f.trim_start_matches("json"));
    let between = |open: char, close: char| {
        text.find(open)
            .zip(text.rfind(close))
            .filter(|(a, b)| a < b)
            .map(|(a, b)| &text[a..=b])
    };
    let (object, list) = (between('{', '}'), between('[', ']'));
    // What opens first holds the other.
    let (first, second) = match (text.find('{'), text.find('[')) {
        (Some(a), Some(b)) if b < a => (list, object),
        _ => (object, list),
    };
    [Some(text), inner, first, second]
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
    fn numbers_are_read_as_people_write_them() {
        for (text, number) in [
            ("between 3-4", 4.0),
            ("it is -4.", -4.0),
            ("x = −2.5e3", -2500.0),
            ("1,007.25 in all", 1007.25),
            ("a .5 share", 0.5),
        ] {
            assert_eq!(last_number(text), Some(number), "{text}");
        }
        assert_eq!(last_number("none, - or ."), None);
    }

    #[test]
    fn fields_are_found_in_lists_and_compared_with_columns() {
        let value = json!({"a": [{"b": 1}], "c.d": "x"});
        assert_eq!(at(&value, "a.0.b"), Some(&json!(1)));
        assert_eq!(
            (at(&value, "c.d"), at(&value, "a.1.b")),
            (Some(&json!("x")), None)
        );
        let fields = || MetricKind::Json {
            schema: None,
            fields: vec!["0.n".into()],
        };
        assert_eq!(
            score(fields(), "It is [{\"n\": 2.0}].", json!([{"n": 2}])).value,
            1.0
        );
        assert_eq!(score(fields(), "[]", json!([{"n": 2}])).value, 0.0);
    }

    #[test]
    fn thresholds_make_right_or_wrong_and_weights_a_total() {
        let spec = |name: &str, kind, weight, threshold| MetricSpec {
            name: name.into(),
            kind,
            weight,
            threshold,
        };
        let scorer = Scorer::new(&[
            spec("f1", MetricKind::F1, 3.0, Some(0.5)),
            spec("exact", MetricKind::Exact, 1.0, None),
        ])
        .unwrap();
        assert_eq!(scorer.names(), ["f1", "exact", "total"]);
        let row = Row {
            index: 0,
            id: "r0".into(),
            fields: Default::default(),
            expected: Some(json!("a cat sat down")),
            cluster: None,
        };
        let completion = Completion {
            text: "the cat sat".into(),
            ..Completion::default()
        };
        let values: Vec<f32> = scorer
            .score(&completion, &row, None)
            .0
            .iter()
            .map(|s| s.value)
            .collect();
        assert_eq!(values, [1.0, 0.0, 0.75]);
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
