//! An entry of the open-source registry: samples with `input` and `ideal`, judged by a class of the package.

use super::{
    arguments::{check_entry, number_of_examples},
    check::{Check, F1_SCORE},
    graded,
    graded_spec::GradedSpecs,
    records::RegistryEntry,
    samples::samples,
    unlike::Unlike,
};
use crate::interop::{
    Node, Notes,
    files::Files,
    imported_experiment::{EXPECTED, Experiment},
    template_text::{messages_of, template_file},
    value_limit::ValueLimit,
};
use serde_json::Value;
use std::path::Path;

/// The experiment of an entry; the error says why the package or this program refuses it.
pub(super) fn experiment(
    entry: &RegistryEntry,
    root: &Path,
    files: &Files,
    specs: &mut GradedSpecs,
    limit: &ValueLimit,
    notes: &mut Notes,
) -> Result<Experiment, String> {
    let node = &entry.node;
    let class = node.get("class").and_then(Node::text).unwrap_or_default();
    check_entry(&entry.name, class, node.get("args"))?;
    match class {
        "evals.elsuite.modelgraded.classify:ModelBasedClassify" => {
            graded::experiment(entry, root, files, specs, limit, notes)
        }
        _ => compared(entry, class, root, files, limit, notes),
    }
}

/// The experiment of an entry whose answers are compared with ideal ones; the error says why there is none.
fn compared(
    entry: &RegistryEntry,
    class: &str,
    root: &Path,
    files: &Files,
    limit: &ValueLimit,
    notes: &mut Notes,
) -> Result<Experiment, String> {
    let node = &entry.node;
    let args = node.get("args");
    let arg = |key: &str| args.and_then(|args| args.get(key));
    let check = Check::of_class(class, args)?;
    let named = arg("samples_jsonl").and_then(Node::text);
    let named = named.ok_or("it names no `samples_jsonl`")?;
    let found = samples(named, root, &node.at, files, limit, notes)?;
    let shots = shots(args, check, root, files, limit, notes)?;
    let mut made = Experiment {
        name: entry.name.clone(),
        models: vec!["demo/echo".into()],
        criteria: vec!["match".into()],
        ..Experiment::default()
    };
    let mut unlike = Unlike::default();
    for (at, mut row) in found {
        let Some(messages) = unlike.messages(row.get_mut("input"), &at, &shots) else {
            continue;
        };
        // Examples stand before the last message.
        let before = messages.len().saturating_sub(1);
        messages.splice(before..before, shots.iter().cloned());
        if !unlike.are_plain(messages, &at) {
            continue;
        }
        let Some(assertion) = check.assertion(&row) else {
            unlike.without_ideal.add(&at);
            continue;
        };
        let first = match row.get("ideal") {
            Some(Value::Array(all)) => all.first(),
            one => one,
        };
        if let Some(first) = first.cloned() {
            row.insert(EXPECTED.into(), first);
        }
        if check == Check::Fuzzy {
            let f1 = Check::f1_score(&assertion);
            Experiment::assert(&mut row, f1);
        }
        Experiment::assert(&mut row, assertion);
        made.rows.push(row);
    }
    unlike.tell(Some(check), notes);
    if made.rows.is_empty() {
        return Err("none of its samples can be taken over".into());
    }
    if !matches!(check, Check::Includes { .. }) {
        made.params.insert("temperature".into(), 0.into());
    }
    let most = match check {
        Check::Json => Some(512.0),
        Check::Fuzzy => {
            made.criteria.push(F1_SCORE.into());
            Some(100.0)
        }
        _ => None,
    };
    if let Some(most) = most {
        let most = arg("max_tokens").and_then(Node::number).unwrap_or(most) as u64;
        made.params.insert("max_tokens".into(), most.into());
    }
    if check == Check::IsJson {
        let what = format!("the eval `{}`", entry.name);
        let why = "it is there, but answers with `NaN` or `Infinity` are JSON for the package and not here";
        notes.dropped(&node.at, what, why);
    }
    let template = template_file(&messages_of("row.input"));
    made.prompts.push(("samples".into(), template));
    Ok(made)
}

/// The messages of examples that an eval wants before the last message of each sample.
fn shots(
    args: Option<&Node>,
    check: Check,
    root: &Path,
    files: &Files,
    limit: &ValueLimit,
    notes: &mut Notes,
) -> Result<Vec<Value>, String> {
    let arg = |key: &str| args.and_then(|args| args.get(key));
    let number = match check {
        Check::StartsWith => number_of_examples(args)?,
        _ => 0,
    };
    if number == 0 {
        return Ok(Vec::new());
    }
    let named = arg("few_shot_jsonl").and_then(|node| Some((node.text()?, &node.at)));
    let (named, at) = named.ok_or("it names no `few_shot_jsonl`")?;
    let mut messages = Vec::new();
    let left = limit.left();
    let found = samples(named, root, at, files, limit, notes)?;
    // Only a few are kept.
    limit.reset(left);
    for (at, sample) in found.into_iter().take(number) {
        match sample.get("sample") {
            Some(Value::Array(all)) if all.iter().all(Value::is_object) => {
                messages.extend(all.iter().cloned());
            }
            _ => {
                return Err(format!(
                    "the example at {at} has no list of messages in `sample`"
                ));
            }
        }
    }
    Ok(messages)
}
