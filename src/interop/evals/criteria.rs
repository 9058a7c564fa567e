//! Testing criteria as assertions of rows; what is not run here is kept beside the project.

use super::{
    messages::{OUTPUT, question},
    reference::{fill, sole},
};
use crate::interop::{
    NotePlace, Notes,
    imported_experiment::{EXPECTED, Experiment},
    slug,
    template_text::template_file,
    unique_names::UniqueNames,
};
use serde_json::{Map, Value, json};

/// Give each row the assertions of a criterion, or note why there are none.
pub(super) fn add_criterion(
    criterion: &Value,
    at: &NotePlace,
    names: &mut UniqueNames,
    made: &mut Experiment,
    notes: &mut Notes,
) {
    let own = criterion["name"].as_str().filter(|name| !name.is_empty());
    let own = own.unwrap_or("criterion");
    let name = names.unique(own);
    if name != own && criterion["name"] == own {
        let why = format!("another criterion has its name: it is `{name}` here");
        notes.changed(at, format!("the criterion `{own}`"), why);
    }
    let kind = criterion["type"].as_str().unwrap_or_default();
    let text = |key: &str| criterion[key].as_str().unwrap_or_default();
    let what = format!("the criterion `{name}`");
    let asked = question(&criterion["input"], at, notes);
    let mut leave_out = |why: &str| notes.dropped(at, what.clone(), why);
    match kind {
        "string_check" => {
            let (mut input, mut reference) = (text("input"), text("reference"));
            let operation = text("operation");
            if is_output(reference) && ["eq", "ne"].contains(&operation) {
                (input, reference) = (reference, input);
            }
            if !is_output(input) {
                return leave_out(
                    "only checks of `{{ sample.output_text }}` as a whole are taken over: write it as a `json` or `command` metric",
                );
            }
            let kind = match operation {
                "eq" => "equals",
                "ne" => "not-equals",
                "like" => "contains",
                "ilike" => "icontains",
                other => return leave_out(&format!("the operation `{other}` is unknown")),
            };
            let missing = for_each_row(made, reference, |row, value| {
                if operation != "ne" && sole(reference).is_some() {
                    row.entry(EXPECTED).or_insert_with(|| value.clone().into());
                }
                // Every text contains the empty one.
                let assertion = match (kind, value.is_empty()) {
                    ("contains" | "icontains", true) => {
                        json!({"type": "regex", "value": "^", "metric": name})
                    }
                    _ => json!({"type": kind, "value": value, "metric": name}),
                };
                Experiment::assert(row, assertion);
            });
            if let Some(field) = missing {
                leave_out(&format!("rows without `{field}` are not checked by it"));
            }
            made.criteria.push(name);
        }
        "text_similarity" if text("evaluation_metric") == "rouge_1" && is_output(text("input")) => {
            let threshold = criterion["pass_threshold"].as_f64().unwrap_or(0.75);
            let missing = for_each_row(made, text("reference"), |row, value| {
                row.entry(EXPECTED).or_insert_with(|| value.clone().into());
                // Nothing is like the empty text.
                let assertion = match value.is_empty() {
                    true => json!({"type": "regex", "value": "[^\\s\\S]", "metric": name}),
                    false => {
                        json!({"type": "rouge-n", "value": value, "threshold": threshold, "metric": name})
                    }
                };
                Experiment::assert(row, assertion);
            });
            if let Some(field) = missing {
                leave_out(&format!("rows without `{field}` are not checked by it"));
            }
            leave_out(
                "`rouge-n`, which counts words in its own way, is in its place: compare scores near the threshold",
            );
            made.criteria.push(name);
        }
        "text_similarity" => {
            let metric = text("evaluation_metric");
            if sole(text("reference")).is_some() {
                for_each_row(made, text("reference"), |row, value| {
                    row.entry(EXPECTED).or_insert_with(|| value.into());
                });
            }
            leave_out(&format!(
                "`{metric}` is not computed here: add a `similarity`, `f1` or `rouge_l` metric"
            ));
        }
        "label_model" | "score_model" => {
            keep_grader(made, &name, "j2", template_file(&asked));
            let scale = match kind {
                "label_model" => format!(
                    "labels {}, of which {} pass",
                    criterion["labels"], criterion["passing_labels"]
                ),
                _ => format!("range {}", criterion["range"]),
            };
            leave_out(&format!(
                "a question to {} ({scale}), kept in graders/: make it the `rubric` of a `judge` metric, which asks for a grade from 1 to `scale`",
                text("model")
            ));
        }
        "python" => {
            keep_grader(made, &name, "py", text("source").to_owned());
            leave_out(
                "programs of others are not run: it is kept in graders/, to be called by a `command` metric",
            );
        }
        other => leave_out(&format!("criteria of type `{other}` are unknown")),
    }
}

/// Whether a text is the output and nothing else: blanks around it are compared there.
fn is_output(text: &str) -> bool {
    sole(text) == Some(OUTPUT) && text.trim() == text
}

/// Do something with each row and what the reference is there; a field that some row lacks.
fn for_each_row(
    made: &mut Experiment,
    reference: &str,
    mut act: impl FnMut(&mut Map<String, Value>, String),
) -> Option<String> {
    let mut missing = None;
    for row in &mut made.rows {
        match fill(reference, row) {
            Ok(value) => act(row, value),
            Err(field) => missing = Some(field),
        }
    }
    missing
}

/// Keep a grader under its name, or a number where that is none or taken.
fn keep_grader(made: &mut Experiment, name: &str, extension: &str, text: String) {
    let own = format!("{}.{extension}", slug(name));
    let is_free = !own.starts_with('.') && made.graders.iter().all(|(file, _)| *file != own);
    let file = match is_free {
        true => own,
        false => format!("grader-{}.{extension}", made.graders.len() + 1),
    };
    made.graders.push((file, text));
}
