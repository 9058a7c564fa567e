//! `wording runs merge`: the shards of a run, wherever they were made, become one run of this project.

use super::{
    context::CommandContext,
    output::{Exit, print_as},
};
use crate::{
    cli::OutputFormat,
    display::{count, thousands, visible},
    model::{RunId, Shard},
    store::{Merged, Store},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

/// Most missing shards that are named one by one.
const NAMED: usize = 20;

/// Merge the named runs into a new run and print a summary.
pub(super) fn merge(
    place: &CommandContext,
    store: &Store,
    named: &[String],
    note: Option<String>,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let merged = Merged::create(store, named, place.command(), note)?;
    if merged.several_commits {
        place.messages.note(
            "the shards ran at different commits with the same templates and rows; the merged run has no commit",
        );
    }
    print_as(format, &MergedRun::new(&merged), || merge_summary(&merged))?;
    Ok(match merged.missing + merged.counts.failed {
        0 => Exit::Done,
        _ => Exit::Failed,
    })
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MergedRun<'a> {
    /// Always 1.
    schema_version: u32,
    run: &'a RunId,
    state: &'a str,
    /// Trials of the whole run.
    planned: u64,
    completed: u64,
    failed: u64,
    /// Trials that no shard has.
    missing: u64,
    missing_shards: &'a [Shard],
    merged: Vec<MergedShard<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MergedShard<'a> {
    run: &'a RunId,
    /// The store that it was in; null for that of the project.
    #[serde(serialize_with = "crate::display::lossy_path_or_null")]
    store: Option<&'a Path>,
    shard: Option<Shard>,
    state: &'a str,
    completed: u64,
    failed: u64,
}

impl MergedRun<'_> {
    fn new(merged: &Merged) -> MergedRun<'_> {
        let parts = merged.parts.iter().map(|part| MergedShard {
            run: &part.info.id,
            store: part.from.as_deref(),
            shard: part.info.shard,
            state: &part.info.state,
            completed: part.counts.completed,
            failed: part.counts.failed,
        });
        MergedRun {
            schema_version: 1,
            run: &merged.info.id,
            state: &merged.info.state,
            planned: merged.info.planned(),
            completed: merged.counts.completed,
            failed: merged.counts.failed,
            missing: merged.missing,
            missing_shards: &merged.missing_shards,
            merged: parts.collect(),
        }
    }
}

fn merge_summary(merged: &Merged) -> String {
    let parts = merged.parts.len();
    let counts = &merged.counts;
    let mut text = format!(
        "{} made of {parts} run{}: {} of {} trials have an answer, {} failed\n",
        merged.info.id,
        if parts == 1 { "" } else { "s" },
        thousands(counts.completed),
        thousands(merged.info.planned()),
        thousands(counts.failed),
    );
    if merged.missing > 0 {
        let shards: Vec<String> = merged.missing_shards.iter().map(Shard::to_string).collect();
        let named = match shards.len() {
            0 => "a shard was interrupted".to_owned(),
            n if n > NAMED => format!("{n} shards are missing"),
            1 => format!("shard {} is missing", shards.join("")),
            _ => format!("shards {} are missing", shards.join(", ")),
        };
        text += &format!(
            "{} missing: {named}; send with `wording run {} --resume {}`\n",
            count(merged.missing as usize, "trial"),
            visible(&merged.info.experiment),
            merged.info.id
        );
    }
    text + &format!(
        "next: `wording report {}` shows the scores\n",
        merged.info.id
    )
}
