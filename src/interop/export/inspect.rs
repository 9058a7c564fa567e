//! A task of Inspect: samples with the messages of each prompt, and a script that sends them and calls `wording score`.

use super::{
    ExportedExperiment, ExportedFiles,
    exportable::{
        Sendable, base_url, called_by_chat, exportable_variants, file_names, messages, offers_tools,
    },
    scored::{note_made_of_others, record, scored, scored_rows, settings},
};
use crate::interop::Notes;
use serde_json::{Value, json};

/// The experiment as a task of Inspect.
pub fn to_inspect(exported: &ExportedExperiment) -> ExportedFiles {
    let mut notes = Notes::default();
    let mut variants = exportable_variants(exported, Sendable::default(), &mut notes);
    variants.retain(|variant| {
        let offers_tools = offers_tools(variant);
        if offers_tools {
            let what = format!("the variant `{}`", variant.name);
            let why = "its parameters offer tools, whose calls Inspect answers and sends again";
            notes.dropped(&variant.at, what, why);
        }
        !offers_tools
    });
    let models = called_by_chat(exported, &mut notes);
    note_made_of_others(exported, false, &mut notes);
    if let Some(metric) = exported
        .metrics
        .iter()
        .find(|metric| metric.scores_thoughts())
    {
        let what = format!("the metric `{}`", metric.spec.name);
        let why =
            "Inspect takes text between `<think>` tags out of the answer, and the metric scores it";
        notes.dropped(&metric.at, what, why);
    }
    let metrics = scored(exported, &exported.metrics, &mut notes);
    let rows = scored_rows(exported, &metrics, &mut notes);
    let names = file_names(&variants);
    let mut files = Vec::new();
    let mut tasks = Vec::new();
    for (variant, name) in variants.iter().zip(&names) {
        let mut lines = String::new();
        for (r, row) in &rows {
            let target: Vec<_> = row.right_texts();
            let sample = json!({
                "id": row.id, "input": messages(&variant.prompts[*r]), "target": target,
                "metadata": {"row": record(exported, row)},
            });
            lines += &format!("{sample}\n");
        }
        if variant.params.contains_key("metadata") {
            let why = "Inspect does not send it";
            notes.dropped(&variant.at, "the parameter `metadata`", why);
        }
        let file = format!("{name}.jsonl");
        tasks.push(json!({"name": variant.name, "file": file, "params": variant.params}));
        files.push((file.into(), lines));
    }
    let mut experiment = settings(exported, &metrics);
    experiment["samples"] = json!(exported.samples);
    experiment["variants"] = tasks.into();
    let called: Vec<Value> = models
        .iter()
        .map(|model| {
            if !model.endpoint.headers.is_empty() {
                let what = format!("the headers of `{}`", model.endpoint.name);
                notes.dropped(&exported.at, what, "they are not sent by the task");
            }
            json!({
                "endpoint": model.endpoint.name, "name": model.name, "base_url": base_url(model),
                "api_key_env": model.endpoint.api_key_env,
            })
        })
        .collect();
    experiment["models"] = called.into();
    files.push(("experiment.json".into(), format!("{experiment:#}\n")));
    files.push(("task.py".into(), include_str!("task.py").to_owned()));
    ExportedFiles {
        files,
        variants: variants.len(),
        rows: rows.len(),
        notes: notes.finish(),
        next: "python task.py".into(),
    }
}
