//! Scores by `wording score`: what a script beside the export hands to it, so that a metric means the same in every tool.

use super::{ExportedExperiment, ExportedMetric};
use crate::{interop::Notes, model::Row, project::MetricSpec, score::Scorer};
use serde_json::{Value, json};

/// The metrics that `wording score` can compute of a row and a text; the others are noted.
pub(super) fn scored<'a>(
    exported: &ExportedExperiment,
    metrics: impl IntoIterator<Item = &'a ExportedMetric>,
    notes: &mut Notes,
) -> Vec<&'a ExportedMetric> {
    let is_scored = |metric: &&ExportedMetric| match metric.needs_more_than_text(&exported.rows) {
        Some(why) => {
            let what = format!("the metric `{}`", metric.spec.name);
            notes.dropped(&metric.at, what, why);
            false
        }
        None => true,
    };
    metrics.into_iter().filter(is_scored).collect()
}

/// Note the scores that are made of those of metrics: those of fields, and their total where the tool has none.
pub(super) fn note_made_of_others(
    exported: &ExportedExperiment,
    has_total: bool,
    notes: &mut Notes,
) {
    let metrics = &exported.metrics;
    let specs: Vec<MetricSpec> = metrics.iter().map(|metric| metric.spec.clone()).collect();
    let Ok(scorer) = Scorer::new(&specs) else {
        return;
    };
    let names = scorer.names().into_iter().skip(specs.len());
    for name in names.filter(|name| !has_total || *name != "total") {
        let of = |metric: &&ExportedMetric| {
            let field = name.strip_prefix(&*metric.spec.name);
            field.is_some_and(|field| field.starts_with('.'))
        };
        let at = metrics.iter().find(of).map_or(&exported.at, |m| &m.at);
        let why = "only the scores of metrics are exported; `wording report` shows it";
        notes.changed(at, format!("the score `{name}`"), why);
    }
}

/// The rows that these metrics can score, by their numbers; the others are noted. Without an expected answer there is no score,
/// which would count as a wrong answer there.
pub(super) fn scored_rows<'a>(
    exported: &'a ExportedExperiment,
    metrics: &[&ExportedMetric],
    notes: &mut Notes,
) -> Vec<(usize, &'a Row)> {
    let compares = metrics.iter().find(|m| m.spec.kind.compares_expected());
    let mut rows = Vec::new();
    for (r, row) in exported.rows.iter().enumerate() {
        match compares {
            Some(metric) if row.expected.is_none() => {
                let why = format!(
                    "it has no expected answer, which the metric `{}` compares with",
                    metric.spec.name
                );
                notes.dropped(&exported.place_of(row), format!("row {}", row.id), why);
            }
            _ => rows.push((r, &**row)),
        }
    }
    rows
}

/// The row as `wording score` reads it, with the answer that is expected of it.
pub(super) fn record(exported: &ExportedExperiment, row: &Row) -> Value {
    let mut fields = row.fields.clone();
    if let Some(expected) = &row.expected {
        fields.insert(exported.answer.clone(), expected.clone());
    }
    fields.into()
}

/// What a script has to know to call `wording score`.
pub(super) fn settings(exported: &ExportedExperiment, metrics: &[&ExportedMetric]) -> Value {
    let metrics = metrics.iter();
    let metrics: Vec<Value> = metrics
        .map(|metric| json!({"name": metric.spec.name, "correct_from": metric.spec.correct_from()}))
        .collect();
    json!({"project": exported.project, "experiment": exported.name, "metrics": metrics})
}
