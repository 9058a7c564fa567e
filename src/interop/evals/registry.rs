//! An entry of the open-source registry: samples with `input` and `ideal`, judged by a class of the package.

use super::{
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
};
use serde_json::Value;
use std::path::Path;

/// The experiment of an entry; `None` where its class has no counterpart, which is noted.
pub(super) fn experiment(
    entry: &RegistryEntry,
    root: &Path,
    files: &Files,
    specs: &mut GradedSpecs,
    notes: &mut Notes,
) -> Option<Experiment> {
    let node = &entry.node;
    let class = node.get("class").and_then(Node::text).unwrap_or_default();
    let args = node.get("args");
    let arg = |key: &str| args.and_then(|args| args.get(key));
    let what = format!("the eval `{}`", entry.name);
    let left_out = |why: String, notes: &mut Notes| notes.dropped(&node.at, what.clone(), why);
    if class == "evals.elsuite.modelgraded.classify:ModelBasedClassify" {
        let made = graded::experiment(entry, root, files, specs, notes);
        return made.map_err(|why| left_out(why, notes)).ok();
    }
    let check = match Check::of_class(class, args) {
        Ok(check) => check,
        Err(why) => {
            left_out(why, notes);
            return None;
        }
    };
    let Some(named) = arg("samples_jsonl").and_then(Node::text) else {
        left_out("it names no `samples_jsonl`".into(), notes);
        return None;
    };
    let found = samples(named, root, &node.at, files, notes);
    let shots = shots(args, check, root, files, notes);
    let (found, shots) = match (found, shots) {
        (Ok(found), Ok(shots)) => (found, shots),
        (Err(why), _) | (_, Err(why)) => {
            left_out(why, notes);
            return None;
        }
    };
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
        left_out("none of its samples can be taken over".into(), notes);
        return None;
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
        let why = "it is there, but answers with `NaN` or `Infinity` are JSON for the package and not here";
        notes.dropped(&node.at, what, why);
    }
    let template = template_file(&messages_of("row.input"));
    made.prompts.push(("samples".into(), template));
    Some(made)
}

/// The messages of examples that an eval wants before the last message of each sample.
fn shots(
    args: Option<&Node>,
    check: Check,
    root: &Path,
    files: &Files,
    notes: &mut Notes,
) -> Result<Vec<Value>, String> {
    let arg = |key: &str| args.and_then(|args| args.get(key));
    let few = arg("num_few_shot").filter(|_| check == Check::StartsWith);
    let Some((few, number)) = few.and_then(|few| Some((few, few.number().filter(|n| *n > 0.0)?)))
    else {
        return Ok(Vec::new());
    };
    let named = arg("few_shot_jsonl").and_then(Node::text);
    let named = named.ok_or("it names no `few_shot_jsonl`")?;
    let mut messages = Vec::new();
    for (at, sample) in
        (samples(named, root, &few.at, files, notes)?.into_iter()).take(number as usize)
    {
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
