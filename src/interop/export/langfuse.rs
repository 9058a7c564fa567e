//! Items of Langfuse's datasets: one dataset per wording, its items with the messages as input.

use super::{
    ExportedExperiment, ExportedFiles,
    exportable::{Sendable, exportable_variants, messages},
};
use crate::interop::Notes;
use serde_json::json;

/// The experiment as dataset items: one JSON object per line, as `POST /api/public/dataset-items` takes them.
pub fn to_langfuse(exported: &ExportedExperiment) -> ExportedFiles {
    let mut notes = Notes::default();
    let sendable = Sendable {
        developer: true,
        ..Sendable::default()
    };
    let mut lines = String::new();
    for variant in exportable_variants(exported, sendable, &mut notes) {
        let dataset = format!("{}/{}", exported.name, variant.name);
        for (row, prompt) in exported.rows.iter().zip(&variant.prompts) {
            let item = json!({
                "datasetName": dataset, "id": format!("{dataset}/{}", row.id),
                "input": messages(prompt), "expectedOutput": row.expected,
                "metadata": {"row_id": row.id, "params": variant.params, "columns": row.fields},
            });
            lines += &format!("{item}\n");
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
        notes: notes.finish(),
        next: "send each line to POST /api/public/dataset-items, or to create_dataset_item of the Python package".into(),
    }
}
