//! Scores by `wording score`: what a script beside the export hands to it, so that a metric means the same in every tool.

use super::{ExportedExperiment, ExportedMetric};
use crate::{interop::Notes, model::Row};
use serde_json::{Value, json};

/// The metrics that `wording score` can compute of a row and a text; the others are noted.
pub(super) fn scored<'a>(
    metrics: impl IntoIterator<Item = &'a ExportedMetric>,
    notes: &mut Notes,
) -> Vec<&'a ExportedMetric> {
    let is_scored = |metric: &&ExportedMetric| match metric.needs_more_than_text() {
        Some(why) => {
            let what = format!("the metric `{}`", metric.spec.name);
            notes.dropped(&metric.at, what, why);
            false
        }
        None => true,
    };
    metrics.into_iter().filter(is_scored).collect()
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
