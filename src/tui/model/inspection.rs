//! The sample under the cursor, part by part: what the inspector shows, and what can be copied of it.

use super::{session::Model, table::Table};
use crate::{
    model::{Opinion, Outcome, Score, TrialRecord},
    narrate::{
        labels::opinion_words,
        reading::{measured_words, reading_words, reply_words},
    },
    project::MetricKind,
    read::FieldComparison,
    score::MetricReading,
};
use std::fmt::Write as _;

/// Longer outputs are not read again: what is shown is read with every frame.
const MOST_EXPLAINED: usize = 64 << 10;

/// One metric of a sample.
pub(crate) struct MetricLine {
    pub name: String,
    /// `None` where it has none yet.
    pub score: Option<f64>,
    pub reading: MetricReading,
    /// What was read, or why nothing was.
    pub words: String,
    /// What judges said.
    pub reasons: Vec<String>,
    /// The fields that a `json` metric compares.
    pub fields: Vec<FieldComparison>,
}

impl MetricLine {
    /// Whether the score is of something that was read or measured; what is unreadable counts as 0.
    pub(crate) fn is_read(&self) -> bool {
        !self.reading.score.unreadable && self.reading.unreadable.is_none()
    }
}

/// The metrics of a sample: score, reading, reasons. The place of a reading in the output, and why nothing could be read, are
/// known where the metrics of the run are, and still read the same.
pub(crate) fn metric_lines(model: &Model, table: &Table, record: &TrialRecord) -> Vec<MetricLine> {
    let found = explained(table, record).unwrap_or_default();
    let replies = scored_replies(table);
    let is_truncated = (record.outcome.completion()).is_some_and(|c| c.is_truncated());
    let opinions: Vec<&Opinion> = (model.answers.opinions.1.iter())
        .filter(|opinion| opinion.id == record.id)
        .collect();
    let line = |(place, (metric, score)): (usize, (&String, &Score))| {
        let same = found.get(place).filter(|found| {
            found.score.answer == score.answer && found.score.unreadable == score.unreadable
        });
        let reading = MetricReading {
            metric: metric.clone(),
            score: score.clone(),
            span: same.and_then(|found| found.span.clone()),
            has_expected: same.is_none_or(|found| found.has_expected),
            unreadable: same.and_then(|found| found.unreadable),
        };
        let reasons = opinions.iter().filter(|o| o.metric as usize == place);
        let measured = kind_of(table, place)
            .zip(record.outcome.completion())
            .and_then(|(kind, completion)| measured_words(kind, completion, record.cost_usd));
        let row = record.id.row as usize;
        let read = score.answer.as_deref();
        let words = match (replies.get(place).copied().flatten(), measured) {
            (Some(reply), _) => reply_words(reply, &reading_words(&reading, false)),
            (None, Some(measured)) if score.answer.is_none() && !score.unreadable => measured,
            (None, _) => reading_words(&reading, is_truncated),
        };
        MetricLine {
            name: metric.clone(),
            score: score.known(),
            words,
            reasons: reasons.map(|o| opinion_words(o)).collect(),
            fields: read
                .and_then(|read| compared_fields(table, place, row, read))
                .unwrap_or_default(),
            reading,
        }
    };
    let scores = table.metrics.iter().zip(&record.scores.0).enumerate();
    scores.map(line).collect()
}

/// The reply that each metric scores, where it is not the last one; none where the metrics of the project are not those of the run.
fn scored_replies(table: &Table) -> Vec<Option<&str>> {
    let metrics = table
        .scorer()
        .into_iter()
        .flat_map(|scorer| scorer.metrics());
    metrics.map(|metric| metric.reply.as_deref()).collect()
}

/// What a metric is, where the metrics of the run are known.
fn kind_of(table: &Table, metric: usize) -> Option<&MetricKind> {
    Some(&table.scorer()?.metrics().nth(metric)?.kind)
}

fn explained(table: &Table, record: &TrialRecord) -> Option<Vec<MetricReading>> {
    let scorer = table.scorer()?;
    let completion = record.outcome.completion()?;
    if completion.text.len() > MOST_EXPLAINED {
        return None;
    }
    let row = table.data(record.id.row as usize)?;
    let reading = scorer.explain(completion, &row, record.cost_usd);
    Some(reading.metrics)
}

/// The fields that a `json` metric compares, in the JSON that it read on a row; `None` where they are not known: the metric
/// is another, or unknown.
pub(crate) fn compared_fields(
    table: &Table,
    metric: usize,
    row: usize,
    read: &str,
) -> Option<Vec<FieldComparison>> {
    let scorer = table.scorer()?;
    if !matches!(kind_of(table, metric)?, MetricKind::Json { .. }) {
        return None;
    }
    let fields = scorer.compare_fields(metric, read, &*table.data(row)?);
    (!fields.is_empty()).then_some(fields)
}

/// The columns of the row: name and value.
pub(crate) fn row_fields(table: &Table, row: usize) -> Vec<(String, String)> {
    match table.data(row) {
        Some(data) => {
            let text = |value: &serde_json::Value| match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            };
            let fields = data.fields.iter();
            fields.map(|(k, value)| (k.clone(), text(value))).collect()
        }
        None => vec![(String::new(), table.row(row).input)],
    }
}

/// How the call of a sample went: name and value.
pub(crate) fn call_facts(
    model: &Model,
    table: &Table,
    record: &TrialRecord,
) -> Vec<(&'static str, String)> {
    let asked = table.models.get(record.id.model as usize);
    let mut facts = vec![("model", asked.map_or(String::new(), ToString::to_string))];
    match &record.outcome {
        Outcome::Failed(failure) => facts.push(("failed", failure.to_string())),
        Outcome::Completed(c) => {
            let served = c.served_by.clone();
            let served = served.unwrap_or_else(|| "as requested".into());
            facts.push(("server model", served));
            facts.extend(c.fingerprint.clone().map(|f| ("fingerprint", f)));
            facts.push(("finish", c.finish.as_str().to_owned()));
            let about = if c.usage.estimated { "~" } else { "" };
            let part = |n: u64, of: &str| match n {
                0 => String::new(),
                n => format!(" ({n} {of})"),
            };
            let tokens = format!(
                "{about}{} in{}, {about}{} out{}",
                c.usage.prompt,
                part(c.usage.cached, "cached"),
                c.usage.completion,
                part(c.usage.reasoning, "reasoning"),
            );
            facts.push(("tokens", tokens));
            let cost = record.cost_usd.map(|usd| format!("${usd:.6}"));
            facts.push(("cost", cost.unwrap_or_else(|| "price unknown".into())));
            if c.latency_ms > 0.0 {
                let first = c
                    .first_token_ms
                    .map(|ms| format!(", first token {ms:.0} ms"));
                let first = first.unwrap_or_default();
                facts.push(("latency", format!("{:.0} ms{first}", c.latency_ms)));
            }
        }
    }
    facts.push(match (record.attempts, record.reused) {
        (_, true) => ("answer", "reused from the store".into()),
        (1, _) => ("attempts", "1".into()),
        (n, _) => ("attempts", n.to_string()),
    });
    let source = model.answers.source.as_ref();
    let place = source.and_then(|source| source.place(record.id));
    if let Some(crate::engine::AnswerPlace::Trial(run, _)) = place {
        facts.push(("run", run.to_string()));
    }
    facts
}

/// The record of the sample under the cursor.
pub(crate) fn current_record(model: &Model) -> Option<&TrialRecord> {
    let id = model.trial(model.cursor.variant, model.cursor.sample);
    model.answers.outputs.get(id).map(|record| &**record)
}

/// The metrics as a text.
pub(crate) fn metrics_text(lines: &[MetricLine]) -> String {
    let mut text = String::new();
    for line in lines {
        let score = line.score.filter(|_| line.is_read());
        let score = score.map_or("–".into(), |score| format!("{score:.2}"));
        let _ = writeln!(text, "{}\t{score}\t{}", line.name, line.words);
        for reason in &line.reasons {
            let _ = writeln!(text, "\t\t{reason}");
        }
    }
    text
}

/// Names and values as a text, one per line.
pub(crate) fn facts_text(facts: &[(impl AsRef<str>, String)]) -> String {
    let mut text = String::new();
    for (name, value) in facts {
        let _ = writeln!(text, "{}: {value}", name.as_ref());
    }
    text
}
