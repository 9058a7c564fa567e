//! An entry of the open-source registry: samples with `input` and `ideal`, judged by a class of the package.

use super::records::RegistryEntry;
use crate::{
    interop::{
        Node, NotePlace, Notes,
        files::Files,
        imported_experiment::{EXPECTED, Experiment},
        template_text::{messages_of, template_file},
    },
    source::as_typed,
};
use serde_json::{Map, Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The experiment of an entry; `None` where its class has no counterpart, which is noted.
pub(super) fn experiment(
    entry: &RegistryEntry,
    root: &Path,
    files: &Files,
    notes: &mut Notes,
) -> Option<Experiment> {
    let node = &entry.node;
    let class = node.get("class").and_then(Node::text).unwrap_or_default();
    let args = node.get("args");
    let text = |key: &str| args.and_then(|args| args.get(key)).and_then(Node::text);
    let number = |key: &str| args.and_then(|args| args.get(key)).and_then(Node::number);
    let what = format!("the eval `{}`", entry.name);
    let kind = match class.rsplit(':').next().unwrap_or_default() {
        "Match" => Check::StartsWith,
        "Includes" => {
            let fold = args
                .and_then(|args| args.get("ignore_case"))
                .map(Node::json);
            Check::Includes {
                fold: fold == Some(Value::Bool(true)),
            }
        }
        "JsonMatch" => Check::Json,
        other => {
            let why = match other {
                "FuzzyMatch" => "it accepts an answer that contains the ideal one or is contained in it, which no metric does: try `contains`".to_owned(),
                "ModelBasedClassify" => "its question is for a judge: write it as the rubric of a `judge` metric".to_owned(),
                _ => format!("the class `{class}` is not known"),
            };
            notes.dropped(&node.at, what, why);
            return None;
        }
    };
    let Some(samples) = text("samples_jsonl") else {
        notes.dropped(&node.at, what, "it names no `samples_jsonl`");
        return None;
    };
    let Some(path) = samples_file(samples, root, &node.at.file) else {
        notes.dropped(
            &node.at,
            what,
            format!("its samples `{samples}` are not in the folder"),
        );
        return None;
    };
    let mut made = Experiment {
        name: entry.name.split('.').next().unwrap_or_default().to_owned(),
        models: vec!["demo/echo".into()],
        criteria: vec!["match".into()],
        ..Experiment::default()
    };
    // The first sample of each kind.
    let (mut without_prompt, mut named) = (None, None);
    let samples = match files.text(&path, &node.at) {
        Ok(text) => text,
        Err(error) => {
            notes.dropped(&node.at, what, error.to_string());
            return None;
        }
    };
    let file: Arc<Path> = as_typed(&path).into();
    // A carriage return ends a line too, but not one of the file.
    let lines = samples.split('\n').enumerate();
    let lines = lines.flat_map(|(n, line)| line.split('\r').map(move |part| (n, part)));
    for (n, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let at = NotePlace {
            file: Arc::clone(&file),
            line: Some(n + 1),
        };
        let Ok(Value::Object(mut row)) = serde_json::from_str::<Value>(line) else {
            notes.dropped(&at, "a sample", "it is no JSON object");
            continue;
        };
        match row.get("input") {
            Some(Value::Array(messages)) => {
                if messages.iter().any(|m| m.get("name").is_some()) {
                    named.get_or_insert(at);
                }
            }
            // A text is sent as a system message.
            Some(Value::String(text)) => {
                let text = text.clone();
                row.insert("input".into(), json!([{"role": "system", "content": text}]));
            }
            _ => {
                without_prompt.get_or_insert(at);
            }
        }
        kind.assert(&mut row);
        made.rows.push(row);
    }
    if let Some(at) = &without_prompt {
        notes.dropped(
            at,
            what.clone(),
            "samples without an `input` of messages or text have no prompt",
        );
    }
    if let Some(at) = &named {
        notes.dropped(
            at,
            "`name` in messages",
            "messages are sent with role and content",
        );
    }
    let few = args.and_then(|args| args.get("num_few_shot"));
    if let Some(few) = few.filter(|few| few.number().is_some_and(|n| n > 0.0)) {
        notes.dropped(
            &few.at,
            "`num_few_shot`",
            "make the samples of `few_shot_jsonl` the `shots` of the experiment",
        );
    }
    if !matches!(kind, Check::Includes { .. }) {
        made.params.insert("temperature".into(), 0.into());
    }
    if kind == Check::Json {
        let most = number("max_tokens").unwrap_or(512.0) as u64;
        made.params.insert("max_tokens".into(), most.into());
    }
    let template = template_file(&messages_of("row.input"));
    made.prompts.push(("samples".into(), template));
    Some(made)
}

/// How the package compares an answer with the ideal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    StartsWith,
    Includes {
        fold: bool,
    },
    /// Equal as JSON.
    Json,
}

impl Check {
    /// Give a row its assertion, and what is expected to be seen.
    fn assert(self, row: &mut Map<String, Value>) {
        let ideal: Vec<Value> = match row.get("ideal") {
            Some(Value::Array(all)) => all.clone(),
            Some(one) => vec![one.clone()],
            None => return,
        };
        if let Some(first) = ideal.first() {
            row.insert(EXPECTED.into(), first.clone());
        }
        let texts = ideal.iter().filter_map(Value::as_str);
        let assertion = match self {
            Check::StartsWith => {
                let texts: Vec<String> = texts.map(escape).collect();
                json!({"type": "regex", "value": format!("^(?:{})", texts.join("|")), "metric": "match"})
            }
            Check::Includes { fold } => {
                let kind = if fold {
                    "icontains-any"
                } else {
                    "contains-any"
                };
                json!({"type": kind, "value": ideal, "metric": "match"})
            }
            Check::Json => {
                let parsed = texts.filter_map(|text| serde_json::from_str::<Value>(text).ok());
                let each: Vec<Value> = parsed
                    .map(|value| json!({"type": "equals", "value": value}))
                    .collect();
                // Any of them is enough.
                let enough = 1.0 / each.len().max(1) as f64;
                json!({"type": "assert-set", "assert": each, "threshold": enough, "metric": "match"})
            }
        };
        Experiment::assert(row, assertion);
    }
}

/// A text as a regular expression of JavaScript.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\^$.|?*+()[]{}/".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Samples are named from the folder `data` beside `evals`.
fn samples_file(samples: &str, root: &Path, registry: &Path) -> Option<PathBuf> {
    let beside = registry.parent().unwrap_or(Path::new("."));
    let above = beside.parent().unwrap_or(Path::new("."));
    let root = if root.is_dir() { root } else { beside };
    let places = [
        root.join("data").join(samples),
        root.join("registry/data").join(samples),
        above.join("data").join(samples),
        beside.join("data").join(samples),
        root.join(samples),
        beside.join(samples),
    ];
    places.into_iter().find(|path| path.is_file())
}
