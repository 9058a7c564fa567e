//! Evaluated rows that are trained on: the dataset without them.

use crate::{
    commands::context::CommandContext,
    engine::{Plan, RowSet},
    source::replace_file,
    tune::{Example, ExportReport, Origin},
};
use anyhow::Context as _;
use serde_json::Value;
use std::{collections::HashSet, path::Path};

/// The whole dataset, sealed rows too, without the rows that are trained on and those that are bad cases or rated.
pub(super) fn spend(
    place: &CommandContext,
    plan: &Plan,
    evaluated: &[(String, String)],
    kept: &[Example],
    dir: &Path,
    report: &mut ExportReport,
) -> anyhow::Result<()> {
    let left: HashSet<&str> = evaluated.iter().map(|(id, _)| id.as_str()).collect();
    for row in plan.dataset.rows() {
        let row = row?;
        if !left.contains(row.id.as_str()) {
            report.spent.push(row.id.clone());
        }
    }
    if report.spent.is_empty() {
        return Ok(());
    }
    let root = &place.project.root;
    let of_sample = kept.iter().filter(|e| e.origin == Origin::Unsampled);
    let trained: HashSet<&str> = (of_sample.map(|example| example.row.id.as_str()))
        .chain(report.spent.iter().map(String::as_str))
        .collect();
    let mut text = String::new();
    for row in RowSet::read(&place.project, &plan.experiment)?
        .into_whole_file()
        .rows()
    {
        let row = row?;
        if !trained.contains(row.id.as_str()) {
            text += &Value::Object(row.fields.clone()).to_string();
            text.push('\n');
        }
    }
    // The dataset itself may be such a file of an earlier round.
    let used = root.join(&plan.experiment.dataset).canonicalize().ok();
    let name = (1..)
        .map(|n| match n {
            1 => "evaluation.jsonl".to_owned(),
            n => format!("evaluation-{n}.jsonl"),
        })
        .find(|name| used.is_none() || dir.join(name).canonicalize().ok() != used)
        .unwrap_or_default();
    replace_file(&dir.join(&name), text)
        .with_context(|| format!("cannot write {}", dir.join(&name).display()))?;
    let sealed = match plan.experiment.sealed {
        Some(_) => ", which has the sealed rows too",
        None => "",
    };
    report.warnings.push(format!(
        "{} no longer evaluated, as bad cases or ratings of them are used for training: from now on evaluate on {} (dataset = …){sealed}, or the scores are meaningless",
        match report.spent.len() {
            1 => "1 row is".to_owned(),
            n => format!("{n} rows are"),
        },
        dir.join(&name).display()
    ));
    report.files.push(name);
    Ok(())
}
