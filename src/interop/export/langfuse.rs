//! Items of Langfuse's datasets: one dataset per wording, its items with the messages as input.

use super::{
    ExportedExperiment, ExportedFiles,
    exportable::{Sendable, exportable_variants, messages},
};
use crate::interop::Notes;
use serde_json::json;
use std::collections::BTreeSet;

/// Most characters of an item's id, by the types of Langfuse's package, 5.0.4.
const MOST_OF_ID: usize = 255;

/// The experiment as dataset items: one JSON object per line, as `POST /api/public/dataset-items` takes them.
pub fn to_langfuse(exported: &ExportedExperiment) -> ExportedFiles {
    let mut notes = Notes::default();
    let sendable = Sendable {
        developer: true,
        ..Sendable::default()
    };
    let mut lines = String::new();
    let variants = exportable_variants(exported, sendable, &mut notes);
    let mut rows = BTreeSet::new();
    for variant in &variants {
        let dataset = format!("{}/{}", exported.name, variant.name);
        for (row, prompt) in exported.rows.iter().zip(&variant.prompts) {
            let id = format!("{dataset}/{}", row.id);
            if id.chars().count() > MOST_OF_ID {
                let why = format!(
                    "Langfuse takes ids of {MOST_OF_ID} characters at most: give the row a shorter one"
                );
                notes.dropped(&exported.place_of(row), format!("row {}", row.id), why);
                continue;
            }
            let item = json!({
                "datasetName": dataset, "id": id,
                "input": messages(prompt), "expectedOutput": row.expected,
                "metadata": {"row_id": row.id, "params": variant.params, "columns": row.fields},
            });
            lines += &format!("{item}\n");
            rows.insert(&row.id);
        }
    }
    for metric in &exported.metrics {
        let what = format!("the metric `{}`", metric.spec.name);
        let why = "items have no evaluators: score the outputs with `wording score`";
        notes.dropped(&metric.at, what, why);
    }
    for model in &exported.models {
        let what = format!("the model `{}`", model.reference());
        let why = "items name no model; the parameters are in their metadata";
        notes.changed(&exported.at, what, why);
    }
    if exported.samples > 1 {
        let why = "items do not say how often they are sent";
        notes.dropped(&exported.at, "`samples`", why);
    }
    ExportedFiles {
        files: vec![("dataset-items.jsonl".into(), lines)],
        variants: variants.len(),
        rows: rows.len(),
        notes: notes.finish(),
        next: "create the datasets that the lines name, and send each line to POST /api/public/dataset-items".into(),
    }
}
