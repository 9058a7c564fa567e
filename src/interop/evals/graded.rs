//! The class `ModelBasedClassify`: a model answers, and a judge names one of some choices.

use super::{
    answer_prompts,
    graded_params::request_params,
    graded_spec::{GradedSpec, GradedSpecs, Piece, pieces},
    graded_values::{flattened, shown},
    records::RegistryEntry,
    samples::samples,
    unlike::{Counted, Unlike},
};
use crate::{
    dialect::python_text,
    interop::{
        Node, NotePlace, Notes,
        files::Files,
        imported_experiment::{EXPECTED, Experiment, ExperimentJudge},
        template_text::{messages_of, role, template_file, verbatim},
        value_limit::ValueLimit,
    },
    read::ChoiceMatch,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, path::Path};

/// The column with what the judge is shown of a sample, where that is not what a column has.
const GRADED: &str = "__graded";
const RUBRIC: &str = "judge.j2";

/// What a name in the question stands for.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    Answer,
    Constant(String),
    Column,
}

/// The experiment of an entry; the error says why there is none.
pub(super) fn experiment(
    entry: &RegistryEntry,
    root: &Path,
    files: &Files,
    specs: &mut GradedSpecs,
    limit: &ValueLimit,
    notes: &mut Notes,
) -> Result<Experiment, String> {
    let at = &entry.node.at;
    let none = Node::from_json(&Value::Null, at);
    let args = entry.node.get("args").unwrap_or(&none);
    let text = |key: &str| args.get(key).and_then(Node::text);
    let one = args.get("multicomp_n").is_none_or(|n| n.json() == json!(1));
    if !one {
        return Err("`multicomp_n`: its judge sees several answers to a sample at once, and judges here see one".into());
    }
    let named = text("modelgraded_spec").ok_or("it names no `modelgraded_spec`")?;
    let spec = specs.find(named, root, at, files, notes)?;
    let added = answer_prompt(
        text("eval_type"),
        &spec,
        root,
        at,
        files,
        notes,
        &entry.name,
    )?;
    let Some(eval_type) = spec.eval_type.as_deref().or(text("eval_type")) else {
        return Err("neither it nor its question has an `eval_type`, so the package fails".into());
    };
    let matches = match text("match_fn") {
        None => ChoiceMatch::default(),
        Some(word) => {
            let found = ChoiceMatch::ALL
                .into_iter()
                .find(|one| one.as_str() == word);
            found.ok_or_else(|| format!("`match_fn: {word}` is unknown"))?
        }
    };
    let params = request_params(args.get("sample_kwargs"))?;
    let judge_params = request_params(args.get("eval_kwargs"))?;
    let question = question(&spec, &added)?;
    let mut constants = Map::from_iter([("n".to_owned(), json!(1))]);
    if let Some(given) = args.get("modelgraded_spec_args") {
        constants.extend(
            given
                .entries()
                .iter()
                .map(|(name, node)| (name.clone(), node.json())),
        );
    }

    let named = text("samples_jsonl").ok_or("it names no `samples_jsonl`")?;
    let found = samples(named, root, at, files, limit, notes)?;
    let mut unlike = Unlike::default();
    let (mut incomplete, mut mixed) = (Counted::default(), Counted::default());
    let names: BTreeSet<&str> = question
        .iter()
        .flat_map(|(_, parts)| names(parts))
        .collect();
    let mut answered: Option<Answered> = None;
    let mut rows: Vec<(Map<String, Value>, Map<String, Value>)> = Vec::new();
    for (at, mut row) in found {
        let prompts = spec.completions.iter().map(|(from, _)| row.get(from));
        let are_prompts = prompts
            .into_iter()
            .all(|value| value.is_some_and(|v| v.is_string() || flattened(v, false).is_some()));
        if !are_prompts {
            unlike.without_prompt.add(&at);
            continue;
        }
        // A column `n` is given twice to the question, at which the package ends with an error.
        let is_known = |name: &&str| {
            constants.contains_key(*name)
                || row.contains_key(*name)
                || spec.completions.iter().any(|(_, to)| to == name)
        };
        if row.contains_key("n") || !names.iter().all(is_known) {
            incomplete.add(&at);
            continue;
        }
        let now = Answered::of(&spec, &row, &names)?;
        match &answered {
            Some(before) if *before != now => {
                mixed.add(&at);
                continue;
            }
            _ => answered = Some(now.clone()),
        }
        let shown: Map<String, Value> = names
            .iter()
            .filter_map(|name| {
                let is_prompt = spec.completions.iter().any(|(from, _)| from == name);
                let text = shown(row.get(*name)?, is_prompt);
                Some(((*name).to_owned(), text.into()))
            })
            .collect();
        if let Answered::ByModel { from, .. } = &now {
            let Some(messages) = unlike.messages(row.get_mut(from), &at, &[]) else {
                continue;
            };
            if !unlike.are_plain(messages, &at) {
                continue;
            }
        }
        if let Some(ideal) = row.get("ideal") {
            let first = ideal.as_array().map_or(Some(ideal), |all| all.first());
            if let Some(first) = first.cloned() {
                row.insert(EXPECTED.into(), first);
            }
        }
        rows.push((row, shown));
    }
    unlike.tell(None, notes);
    incomplete.tell(
        "without a value that the question shows, or with a column `n`",
        "the package fails at them",
        notes,
    );
    mixed.tell(
        "with other answers than the first sample has, or without them",
        "an experiment either has answers or asks for them: import those samples by themselves",
        notes,
    );
    let Some(answered) = answered.filter(|_| !rows.is_empty()) else {
        return Err("none of its samples can be taken over".into());
    };
    if args
        .get("metaeval")
        .is_some_and(|flag| flag.json() == json!(true))
    {
        let why = "the score is that of the judge; how often its choice is the `choice` of the sample is not counted";
        notes.dropped(at, format!("`metaeval` of the eval `{}`", entry.name), why);
    }

    let source = |name: &str| match constants.get(name) {
        Some(value) => Source::Constant(python_text(value)),
        None if name == answered.name() => Source::Answer,
        None => Source::Column,
    };
    let direct: BTreeSet<&str> = names
        .iter()
        .filter(|name| !["output", "expected", "scale"].contains(*name))
        .filter(|name| {
            rows.iter()
                .all(|(row, shown)| row.get(**name) == shown.get(**name))
        })
        .copied()
        .collect();
    let mut rubric = String::new();
    for (of, parts) in &question {
        rubric += &role(of);
        for part in parts {
            rubric += &match part {
                Piece::Text(text) => verbatim(text),
                Piece::Name(name) => match source(name) {
                    Source::Answer => "{{ output }}".into(),
                    Source::Constant(text) => verbatim(&text),
                    Source::Column if direct.contains(name.as_str()) => {
                        format!("{{{{ row[{}] }}}}", json!(name))
                    }
                    Source::Column => format!("{{{{ row.{GRADED}[{}] }}}}", json!(name)),
                },
            };
        }
    }
    let shows_answer = names.iter().any(|name| source(name) == Source::Answer);
    if !shows_answer {
        return Err("its question does not show the answer that is judged".into());
    }
    let kept: Vec<&str> = names
        .iter()
        .filter(|name| source(name) == Source::Column && !direct.contains(**name))
        .copied()
        .collect();
    let mut made = Experiment {
        name: entry.name.clone(),
        ..Experiment::default()
    };
    for (mut row, mut shown) in rows {
        shown.retain(|name, _| kept.contains(&name.as_str()));
        if !shown.is_empty() {
            row.insert(GRADED.into(), shown.into());
        }
        if let Answered::Given { to } = &answered {
            let text = row.get(to).map(python_text).unwrap_or_default();
            row.insert("__output".into(), text.into());
        }
        made.rows.push(row);
    }
    match &answered {
        // A judge scores what a model says, so one repeats them.
        Answered::Given { .. } => {
            let why = "its samples have their own answers, which demo/echo repeats: keep it as the model, and set only that of the judge";
            notes.changed(at, format!("the model of the eval `{}`", entry.name), why);
            made.models = vec!["demo/echo".into()];
            let text = format!("{}{{{{ row.__output }}}}", role("user"));
            made.prompts.push(("given".into(), template_file(&text)));
        }
        Answered::ByModel { from, .. } => {
            made.models = vec!["demo/echo".into()];
            made.params = params;
            let list = format!("row[{}]", json!(from));
            let template = template_file(&messages_of(&list));
            made.prompts.push(("samples".into(), template));
        }
    }
    made.graders.push((RUBRIC.into(), template_file(&rubric)));
    let what = format!("the scores of the eval `{}`", entry.name);
    made.judge = Some(ExperimentJudge {
        model: "demo/echo".into(),
        rubric: RUBRIC.into(),
        params: judge_params,
        evals: json!({
            "choices": scaled(&spec.choices, at, what, notes),
            "lines": if eval_type.starts_with("cot_classify") { "last" } else { "first" },
            "match": matches.as_str(),
        }),
    });
    Ok(made)
}

/// Who answers the samples.
#[derive(Debug, Clone, PartialEq)]
enum Answered {
    /// A model, to the prompt in a column.
    ByModel { from: String, to: String },
    /// The answers are in a column.
    Given { to: String },
}

impl Answered {
    fn of(
        spec: &GradedSpec,
        row: &Map<String, Value>,
        names: &BTreeSet<&str>,
    ) -> Result<Answered, String> {
        let mut open = spec
            .completions
            .iter()
            .filter(|(_, to)| !row.contains_key(to));
        match (open.next(), open.next()) {
            (Some((first, _)), Some((second, _))) => Err(format!(
                "each sample has several prompts to be answered, `{first}` and `{second}`, and trials here have one"
            )),
            (Some((from, to)), None) => Ok(Answered::ByModel {
                from: from.clone(),
                to: to.clone(),
            }),
            _ => {
                let mut shown = spec.completions.iter().rev();
                let (_, to) = shown
                    .find(|(_, to)| names.contains(to.as_str()))
                    .ok_or("its question does not show the answer that is judged")?;
                Ok(Answered::Given { to: to.clone() })
            }
        }
    }

    /// What the question calls the answer.
    fn name(&self) -> &str {
        match self {
            Answered::ByModel { to, .. } | Answered::Given { to } => to,
        }
    }
}

/// The parts of each message of the question, with its role.
fn question(spec: &GradedSpec, added: &str) -> Result<Vec<(String, Vec<Piece>)>, String> {
    let last = spec.prompt.len().saturating_sub(1);
    let each = spec.prompt.iter().enumerate().map(|(n, (role, text))| {
        let text = match n == last {
            true => format!("{text}{added}"),
            false => text.clone(),
        };
        let why = "its question is not a format string with plain names";
        Ok((role.clone(), pieces(&text).ok_or(why)?))
    });
    each.collect()
}

fn names(parts: &[Piece]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match part {
        Piece::Name(name) => Some(name.as_str()),
        Piece::Text(_) => None,
    })
}

/// What is added to the question by the `eval_type` of an eval.
fn answer_prompt(
    eval_type: Option<&str>,
    spec: &GradedSpec,
    root: &Path,
    at: &NotePlace,
    files: &Files,
    notes: &mut Notes,
    name: &str,
) -> Result<String, String> {
    let Some(eval_type) = eval_type else {
        return Ok(String::new());
    };
    if spec.is_chat {
        return Err("the package adds its `eval_type` to the messages of the question again with every sample".into());
    }
    let folder = match root.is_dir() {
        true => root,
        false => super::folder_of(root),
    };
    let own = answer_prompts::own(eval_type)
        .ok_or_else(|| format!("its `eval_type` `{eval_type}` is unknown"))?;
    let choices = answer_prompts::listed(spec.choices.iter().map(|(text, _)| text.as_str()));
    let text = match answer_prompts::of_package(eval_type, folder, at, files) {
        Some(text) => text,
        None => {
            notes.dropped(
                at,
                format!("`eval_type: {eval_type}` of the eval `{name}`"),
                "the sentence that the package adds to the question is not copied: another one is in its place. Import the registry from the package's folder, and both send the same",
            );
            own.to_owned()
        }
    };
    Ok(format!("\n\n{}", text.replace("{choices}", &choices)))
}

/// Choices with scores between 0 and 1.
fn scaled(choices: &[(String, f64)], at: &NotePlace, what: String, notes: &mut Notes) -> Value {
    let scores = || choices.iter().map(|(_, score)| *score);
    let (low, high) = (
        scores().fold(f64::INFINITY, f64::min),
        scores().fold(f64::NEG_INFINITY, f64::max),
    );
    let is_share = low >= 0.0 && high <= 1.0;
    if !is_share {
        let why = format!(
            "they are from {low} to {high}, and from 0 to 1 here: a score s is (s − {low}) / {}",
            high - low
        );
        notes.dropped(at, what, why);
    }
    let scaled = |score: f64| match is_share {
        true => score,
        false if high > low => (score - low) / (high - low),
        false => 1.0,
    };
    let each = choices.iter();
    each.map(|(text, score)| json!({"text": text, "score": scaled(*score)}))
        .collect()
}
