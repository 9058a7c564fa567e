//! The metrics of an experiment, compiled once and applied to every completion.

use super::{
    AnswerReading, MetricReading, ScoreError,
    judged::{Judged, Scored, UNREADABLE},
    kind::{Compiled, json_field_results, judge},
    named_reply::{NoReply, named_reply},
    probability::{LabelProbabilities, PARTS},
    tool_calls::ToolCallScorer,
};
use crate::{
    model::{Completion, Row, Score, Scores},
    project::{MetricKind, MetricSpec},
    read::{AnswerText, FieldComparison, LabelReader, Unreadable, json_validator},
};
use regex::Regex;
use std::borrow::Cow;

/// The metrics of an experiment, compiled.
#[derive(Debug)]
pub struct Scorer {
    pub(super) metrics: Vec<(MetricSpec, Compiled)>,
    /// Whether weights are given: then the weighted mean is a score too.
    total: bool,
    /// Labels of the main metric.
    labels: Vec<String>,
    /// Fields of `json` metrics that compare several, each a score of its own: the metric's place, and `metric.field`.
    fields: Vec<(usize, String)>,
}

impl Scorer {
    /// Compile; an invalid pattern or schema is an error that names the metric.
    pub fn new(metrics: &[MetricSpec]) -> Result<Scorer, ScoreError> {
        let compile = |spec: &MetricSpec| {
            let invalid = |message: String| ScoreError::Invalid {
                metric: spec.name.clone(),
                message,
            };
            let compiled = match &spec.kind {
                MetricKind::Label { labels } => {
                    Compiled::Labels(LabelReader::new(labels).map_err(|e| invalid(e.to_string()))?)
                }
                MetricKind::Probability { labels, .. } => Compiled::Probabilities(
                    LabelProbabilities::new(labels).map_err(|e| invalid(e.to_string()))?,
                ),
                MetricKind::Regex { pattern } => {
                    Compiled::Regex(Regex::new(pattern).map_err(|e| invalid(e.to_string()))?)
                }
                MetricKind::Json {
                    schema: Some(schema),
                    ..
                } => Compiled::Schema(Box::new(json_validator(schema).map_err(invalid)?)),
                MetricKind::ToolCalls(spec) => {
                    Compiled::ToolCalls(ToolCallScorer::new(spec).map_err(invalid)?)
                }
                MetricKind::Command { command, .. } if command.is_empty() => {
                    return Err(invalid(
                        "`command` is empty; for example command = [\"python3\", \"score.py\"]"
                            .into(),
                    ));
                }
                _ => Compiled::Plain,
            };
            Ok((spec.clone(), compiled))
        };
        Ok(Scorer {
            metrics: metrics.iter().map(compile).collect::<Result<_, _>>()?,
            total: metrics.len() > 1 && metrics.iter().any(|m| m.weight != 1.0),
            labels: match metrics.first().map(|m| &m.kind) {
                Some(MetricKind::Label { labels } | MetricKind::Probability { labels, .. }) => {
                    labels.iter().map(|label| label.name.clone()).collect()
                }
                _ => Vec::new(),
            },
            fields: (metrics.iter().enumerate())
                .flat_map(|(at, metric)| {
                    let names = part_names(metric).into_iter();
                    names.map(move |field| (at, format!("{}.{field}", metric.name)))
                })
                .collect(),
        })
    }

    /// Names of the metrics, the main one first, then `total`, if weights are given, then the fields.
    pub fn names(&self) -> Vec<&str> {
        let names = self.metrics.iter().map(|(m, _)| m.name.as_str());
        let fields = self.fields.iter().map(|(_, name)| name.as_str());
        names
            .chain(self.total.then_some("total"))
            .chain(fields)
            .collect()
    }

    /// The metrics as configured.
    pub fn metrics(&self) -> impl Iterator<Item = &MetricSpec> {
        self.metrics.iter().map(|(m, _)| m)
    }

    /// The score from which a row is correct by the main metric.
    pub fn threshold(&self) -> f64 {
        self.metrics.first().map_or(1.0, |(m, _)| m.correct_from())
    }

    /// Labels of the main metric; empty if it has none.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The reader of the main metric's labels, if it has any.
    pub fn label_reader(&self) -> Option<&LabelReader> {
        match self.metrics.first() {
            Some((_, Compiled::Labels(reader))) => Some(reader),
            Some((_, Compiled::Probabilities(labels))) => Some(&labels.reader),
            _ => None,
        }
    }

    /// Whether the main metric compares with an expected answer.
    pub fn needs_answer(&self) -> bool {
        let main = self.metrics.first();
        main.is_some_and(|(metric, _)| metric.kind.compares_expected())
    }

    /// Score a completion. `cost_usd` is its cost, if known.
    pub fn score(&self, completion: &Completion, row: &Row, cost_usd: Option<f64>) -> Scores {
        let answer = AnswerText::new(&completion.text);
        let all = self.metrics.len() + usize::from(self.total) + self.fields.len();
        let mut scores = Vec::with_capacity(all);
        let mut parts = Vec::new();
        self.judge(&answer, completion, row, cost_usd, |judged, _| {
            scores.push(judged.score);
            parts.push(judged.parts);
        });
        if self.total {
            scores.push(self.total_of(&scores));
        }
        if !self.fields.is_empty() {
            for (at, ((metric, _), parts)) in self.metrics.iter().zip(parts).enumerate() {
                match &metric.kind {
                    MetricKind::Json { fields, .. } if fields.len() > 1 => {
                        scores.extend(field_scores(fields, &scores[at], row));
                    }
                    _ => scores.extend(parts),
                }
            }
        }
        Scores(scores)
    }

    /// What each metric reads in a completion: the answer text, what of it was read, where it stands in the output, and why
    /// nothing could be read. Pure, so that it is computed when somebody looks. Metrics that call a model or a program are
    /// [missing](Score::MISSING).
    pub fn explain<'a>(
        &self,
        completion: &'a Completion,
        row: &Row,
        cost_usd: Option<f64>,
    ) -> AnswerReading<'a> {
        let answer = AnswerText::new(&completion.text);
        let mut names = self.metrics.iter().map(|(spec, _)| &spec.name);
        let mut metrics = Vec::with_capacity(self.metrics.len());
        self.judge(
            &answer,
            completion,
            row,
            cost_usd,
            |judged, has_expected| {
                metrics.push(MetricReading {
                    has_expected,
                    metric: names.next().cloned().unwrap_or_default(),
                    score: judged.score,
                    span: judged.span.map(|span| answer.span_in_output(span)),
                    unreadable: judged.unreadable,
                });
            },
        );
        AnswerReading { metrics, answer }
    }

    /// The fields that a `json` metric compares, in the answer that it read; none for other metrics.
    pub fn compare_fields(&self, metric: usize, answer: &str, row: &Row) -> Vec<FieldComparison> {
        match self.metrics.get(metric).map(|(spec, _)| &spec.kind) {
            Some(MetricKind::Json { fields, .. }) => serde_json::from_str(answer)
                .map_or(Vec::new(), |value| json_field_results(&value, fields, row)),
            _ => Vec::new(),
        }
    }

    /// An answer that is right where the expected one lists several, of which any is: the first.
    pub fn first_right_answer(&self, row: &Row) -> Option<String> {
        let mut kinds = self.metrics().map(|spec| &spec.kind);
        let is_list = kinds.any(|kind| kind.compares_expected() && !kind.takes_any_shape());
        let first = row.right_texts().into_iter().next();
        first.filter(|_| is_list).map(Cow::into_owned)
    }

    /// What each metric makes of an answer, in their order, and whether the row has what it compares with.
    fn judge(
        &self,
        answer: &AnswerText<'_>,
        completion: &Completion,
        row: &Row,
        cost_usd: Option<f64>,
        mut on_judged: impl FnMut(Judged, bool),
    ) {
        let expected = row.right_texts();
        let scored = Scored {
            answer,
            completion,
            row,
            expected: &expected,
            cost_usd,
        };
        for (spec, compiled) in &self.metrics {
            let judged = match &spec.reply {
                None => judge(&spec.kind, compiled, &scored),
                Some(name) => judge_reply(name, &spec.kind, compiled, &scored),
            };
            match has_expected(&spec.kind, row) {
                true => on_judged(judged, true),
                false => on_judged(judged.without_score(), false),
            }
        }
    }

    /// Whether a metric scores a reply of a conversation by its name, so that answers need all replies.
    pub fn reads_replies(&self) -> bool {
        self.metrics.iter().any(|(spec, _)| spec.reply.is_some())
    }

    /// The metrics that call a model or a program, with their positions: [`Scorer::score`] leaves them
    /// [missing](Score::MISSING), and the caller passes the result to [`Scorer::complete`].
    pub fn external_metrics(&self) -> impl Iterator<Item = (usize, &MetricSpec)> {
        let specs = self.metrics.iter().map(|(m, _)| m).enumerate();
        specs.filter(|(_, m)| m.kind.is_asked())
    }

    /// Set the score that a model or a program gave for a metric, and update the total.
    pub fn complete(&self, scores: &mut Scores, metric: usize, score: Score) {
        let Some(place) = scores
            .0
            .get_mut(metric)
            .filter(|_| metric < self.metrics.len())
        else {
            return;
        };
        *place = score;
        if self.total && scores.0.len() > self.metrics.len() {
            scores.0[self.metrics.len()] = self.total_of(&scores.0[..self.metrics.len()]);
        }
    }

    /// Set the score of a metric and those of its parts.
    pub fn complete_parts(&self, scores: &mut Scores, metric: usize, all: Vec<Score>) {
        let mut all = all.into_iter();
        let Some(main) = all.next() else { return };
        self.complete(scores, metric, main);
        let first = self.metrics.len() + usize::from(self.total);
        let places = self.fields.iter().zip(scores.0.iter_mut().skip(first));
        let places = places.filter(|((of_metric, _), _)| *of_metric == metric);
        for ((_, place), score) in places.zip(all) {
            *place = score;
        }
    }

    /// The weighted mean of all metrics; missing if one is.
    fn total_of(&self, scores: &[Score]) -> Score {
        if scores.iter().any(Score::is_missing) {
            return Score::MISSING;
        }
        let weights = || self.metrics.iter().map(|(m, _)| m.weight);
        let sum: f64 = weights().zip(scores).map(|(w, s)| w * s.value).sum();
        let all: f64 = weights().sum();
        Score::new(if all > 0.0 { sum / all } else { 0.0 })
    }
}

/// Whether a row has what a metric compares answers with.
fn has_expected(kind: &MetricKind, row: &Row) -> bool {
    match kind {
        _ if row.expected.is_some() || !kind.compares_expected() => true,
        // Fields are compared with columns.
        MetricKind::Json { fields, .. } => {
            let column = |field: &String| field.split(['.', '[']).next().unwrap_or("").to_owned();
            (fields.iter()).any(|field| {
                row.fields.contains_key(field) || row.fields.contains_key(&column(field))
            })
        }
        _ => false,
    }
}

/// The parts of a metric that have scores of their own.
fn part_names(metric: &MetricSpec) -> Vec<&str> {
    match &metric.kind {
        MetricKind::Json { fields, .. } if fields.len() > 1 => {
            fields.iter().map(String::as_str).collect()
        }
        MetricKind::Probability { .. } => PARTS.to_vec(),
        _ => Vec::new(),
    }
}

/// The score of each field, from the JSON that its metric read.
fn field_scores(fields: &[String], score: &Score, row: &Row) -> Vec<Score> {
    let read = score.answer.as_deref().map(serde_json::from_str);
    match read {
        Some(Ok(value)) => json_field_results(&value, fields, row)
            .into_iter()
            .map(|field| Score::new(f64::from(u8::from(field.is_equal))))
            .collect(),
        _ if score.is_missing() => vec![Score::MISSING; fields.len()],
        _ => vec![UNREADABLE; fields.len()],
    }
}

/// What a metric makes of one reply of a conversation. It has no span: the output that is shown is the last reply.
fn judge_reply(name: &str, kind: &MetricKind, compiled: &Compiled, scored: &Scored<'_>) -> Judged {
    let reply = match named_reply(scored.completion, name) {
        Ok(reply) => reply,
        Err(NoReply::Lacking) => return Unreadable::NoReply.into(),
        Err(NoReply::Unknown) => return Score::MISSING.into(),
    };
    let completion = Completion::of_reply(reply);
    let answer = AnswerText::new(&completion.text);
    let judged = judge(
        kind,
        compiled,
        &Scored {
            answer: &answer,
            completion: &completion,
            ..*scored
        },
    );
    Judged {
        span: None,
        ..judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GivenReply;
    use serde_json::{Value, json};

    fn with_answer(value: f64, answer: &str) -> Score {
        Score {
            answer: Some(answer.into()),
            ..Score::new(value)
        }
    }

    fn spec(name: &str, kind: MetricKind, weight: f64, threshold: Option<f64>) -> MetricSpec {
        MetricSpec {
            name: name.into(),
            kind,
            reply: None,
            weight,
            threshold,
        }
    }

    fn score_all(scorer: &Scorer, text: &str, expected: Value) -> Scores {
        let completion = Completion {
            text: text.into(),
            ..Completion::default()
        };
        let row = Row {
            expected: Some(expected),
            ..Row::default()
        };
        scorer.score(&completion, &row, None)
    }

    fn score(kind: MetricKind, text: &str, expected: Value) -> Score {
        let scorer = Scorer::new(&[spec("m", kind, 1.0, None)]).unwrap();
        score_all(&scorer, text, expected).0.remove(0)
    }

    #[test]
    fn each_kind_judges_as_documented() {
        let label = || MetricKind::Label {
            labels: vec!["yes".into(), "no".into()],
        };
        assert_eq!(
            score(label(), "Yes.", json!("yes")),
            with_answer(1.0, "yes")
        );
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
            with_answer(1.0, "b")
        );
        assert_eq!(
            score(
                MetricKind::Number {
                    tolerance: 0.5,
                    format: Default::default()
                },
                "so 3 + 4 is 1,007.2.",
                json!(1007)
            )
            .value,
            1.0
        );
        assert_eq!(score(MetricKind::Exact, " ", json!("yes")), UNREADABLE);
        let fields = MetricKind::Json {
            schema_file: None,
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
    fn fields_are_found_in_lists_and_compared_with_columns() {
        let fields = || MetricKind::Json {
            schema_file: None,
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
    fn thresholds_leave_scores_as_they_are_and_weights_make_a_total() {
        let scorer = Scorer::new(&[
            spec("f1", MetricKind::F1, 3.0, Some(0.5)),
            spec("exact", MetricKind::Exact, 1.0, None),
        ])
        .unwrap();
        assert_eq!(scorer.names(), ["f1", "exact", "total"]);
        let scores = score_all(&scorer, "the cat sat", json!("a cat sat down"));
        let values: Vec<f64> = scores.0.iter().map(|s| s.value).collect();
        let f1 = values[0];
        assert!(f1 > 0.5 && f1 < 1.0, "{f1}");
        assert_eq!(values, [f1, 0.0, 0.75 * f1]);
        assert_eq!(scorer.threshold(), 0.5);
    }

    #[test]
    fn a_reply_is_scored_by_its_name_and_the_last_one_without() {
        let contains = || MetricKind::Contains { text: None };
        let mut draft = spec("draft", contains(), 1.0, None);
        draft.reply = Some("draft".into());
        let scorer = Scorer::new(&[draft, spec("last", contains(), 1.0, None)]).unwrap();
        assert!(scorer.reads_replies());
        let reply = |name: &str, text: &str| GivenReply {
            name: name.into(),
            text: text.into(),
        };
        let mut completion = Completion {
            text: "no".into(),
            replies: vec![reply("draft", "yes"), reply("2", "no")],
            ..Completion::default()
        };
        let row = Row {
            expected: Some(json!("yes")),
            ..Row::default()
        };
        let scores = scorer.score(&completion, &row, None).0;
        assert_eq!([scores[0].value, scores[1].value], [1.0, 0.0]);
        let reading = scorer.explain(&completion, &row, None);
        assert_eq!(reading.metrics[0].span, None, "no place in the last reply");
        // Another conversation has no such reply; of an answer alone nothing is known.
        completion.replies[0].name = "plan".into();
        let reading = scorer.explain(&completion, &row, None);
        assert_eq!(reading.metrics[0].unreadable, Some(Unreadable::NoReply));
        completion.replies.clear();
        assert!(scorer.score(&completion, &row, None).0[0].is_missing());
    }

    #[test]
    fn a_row_without_an_expected_answer_is_read_and_not_scored() {
        let labels = MetricKind::Label {
            labels: vec!["yes".into(), "no".into()],
        };
        let scorer = Scorer::new(&[
            spec("label", labels, 1.0, None),
            spec(
                "short",
                MetricKind::Length {
                    min: None,
                    max: Some(3),
                },
                1.0,
                None,
            ),
        ])
        .unwrap();
        let completion = |text: &str| Completion {
            text: text.into(),
            ..Completion::default()
        };
        let row = Row::default();
        let scores = scorer.score(&completion("No."), &row, None).0;
        assert!(scores[0].is_missing() && !scores[1].is_missing());
        assert_eq!(scores[0].answer.as_deref(), Some("no"));
        let no = completion("No.");
        let reading = scorer.explain(&no, &row, None);
        assert!(!reading.metrics[0].has_expected && reading.metrics[1].has_expected);
        // What cannot be read is no wrong answer either.
        let scores = scorer.score(&completion("perhaps"), &row, None).0;
        assert!(scores[0].is_missing() && scores[0].unreadable);
    }

    #[test]
    fn external_metrics_and_the_total_are_missing_until_completed() {
        let similarity = MetricKind::Similarity {
            model: "demo/embed".parse().unwrap(),
        };
        let scorer = Scorer::new(&[
            spec("exact", MetricKind::Exact, 1.0, None),
            spec("near", similarity, 3.0, Some(0.5)),
        ])
        .unwrap();
        let external: Vec<usize> = scorer.external_metrics().map(|(i, _)| i).collect();
        assert_eq!(external, [1]);
        let mut scores = score_all(&scorer, "yes", json!("yes"));
        let missing: Vec<bool> = scores.0.iter().map(Score::is_missing).collect();
        assert_eq!(missing, [false, true, true]);
        scorer.complete(&mut scores, 1, Score::new(0.4));
        let values: Vec<f64> = scores.0.iter().map(|s| s.value).collect();
        assert_eq!(values, [1.0, 0.4, 0.55]);
        // An empty answer is unreadable: nobody is called about it.
        let blank = score_all(&scorer, " ", json!("yes"));
        assert!(blank.0.iter().all(|s| !s.is_missing()) && blank.0[1].unreadable);
    }
}
