//! `wording runs merge`: the shards of a run, wherever they were made, become one run of this project.

use super::{
    context::CommandContext,
    output::{Exit, print_as},
    run::typed_command,
};
use crate::{
    cli::OutputFormat,
    display::{thousands, visible},
    model::Shard,
    store::{MergeConflict, RunCounts, RunInfo, RunOrigin, Store, run_id},
};
use anyhow::{Context as _, bail};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Most missing shards that are named one by one.
const NAMED: usize = 20;

/// A run that becomes part of another.
struct Part {
    info: RunInfo,
    counts: RunCounts,
    /// The store that it is in, where that is not the project's.
    from: Option<PathBuf>,
}

impl Part {
    /// The run, where it is, and which shard it is: for messages.
    fn label(&self) -> String {
        let shard = self.info.shard.map(|s| format!(" (shard {s})"));
        let place = self
            .from
            .as_ref()
            .map(|path| format!(" of {}", path.display()));
        let text = format!(
            "{}{}{}",
            self.info.id,
            place.unwrap_or_default(),
            shard.unwrap_or_default()
        );
        visible(&text)
    }
}

/// What came of it.
struct Merged {
    info: RunInfo,
    counts: RunCounts,
    missing: u64,
    missing_shards: Vec<Shard>,
}

/// Merge the named runs into a new run and print a summary.
pub(super) fn merge(
    place: &CommandContext,
    store: &Store,
    named: &[String],
    note: Option<String>,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let parts = parts(store, named)?;
    check_alike(&parts)?;
    let merged = create_merged_run(place, store, &parts, note)?;
    let value = json!({
        "schema_version": 1,
        "run": merged.info.id,
        "state": merged.info.state,
        "planned": merged.info.planned(),
        "completed": merged.counts.completed,
        "failed": merged.counts.failed,
        "missing": merged.missing,
        "missing_shards": merged.missing_shards,
        "merged": parts.iter().map(|part| json!({
            "run": part.info.id, "store": part.from, "shard": part.info.shard, "state": part.info.state,
            "completed": part.counts.completed, "failed": part.counts.failed,
        })).collect::<Vec<_>>(),
    });
    print_as(format, &value, || merge_summary(&merged, parts.len()))?;
    Ok(match merged.missing + merged.counts.failed {
        0 => Exit::Done,
        _ => Exit::Failed,
    })
}

/// The named runs; for a store file, its latest run of each shard.
fn parts(store: &Store, named: &[String]) -> anyhow::Result<Vec<Part>> {
    let mut all: Vec<Part> = Vec::new();
    for name in named {
        let path = Path::new(name);
        let found = if path.is_file() {
            shards_in_store(store, path)?
        } else if name.ends_with(".db") || name.contains(['/', '\\']) {
            bail!("no store {name}; create it with `wording run --store {name}`");
        } else {
            let info = store.run(name)?;
            vec![Part {
                counts: store.counts(&info.id)?,
                from: None,
                info,
            }]
        };
        for part in found {
            let is_new = |p: &Part| (&p.info.id, &p.from) != (&part.info.id, &part.from);
            if all.iter().all(is_new) {
                all.push(part);
            }
        }
    }
    Ok(all)
}

/// Of a store, the latest run of each shard of the plan that was run last.
fn shards_in_store(here: &Store, path: &Path) -> anyhow::Result<Vec<Part>> {
    let whole = |path: &Path| {
        path.canonicalize()
            .with_context(|| format!("cannot read {}", path.display()))
    };
    let path = whole(path)?;
    let other;
    let (store, from) = if whole(here.path())? == path {
        (here, None)
    } else {
        other = Store::open_existing(&path)?;
        (&other, Some(path.clone()))
    };
    let mut found: BTreeMap<Shard, RunInfo> = BTreeMap::new();
    let mut plan: Option<RunInfo> = None;
    for run in store.runs()? {
        let Some(shard) = run.shard.filter(|s| !found.contains_key(s)) else {
            continue;
        };
        let run = store.run(&run.id.0)?;
        let plan = plan.get_or_insert_with(|| run.clone());
        if difference(plan, &run).is_none() {
            found.insert(shard, run);
        }
    }
    if found.is_empty() {
        bail!(
            "{} has no shards (created by `wording run --shard 1/4`); give other runs by id",
            path.display()
        );
    }
    found
        .into_values()
        .map(|info| {
            Ok(Part {
                counts: store.counts(&info.id)?,
                from: from.clone(),
                info,
            })
        })
        .collect()
}

fn difference(a: &RunInfo, b: &RunInfo) -> Option<&'static str> {
    let baseline = (a.baseline != b.baseline).then_some("the baseline");
    a.differs_from(b).or(baseline)
}

/// Runs are merged only where they are parts of the same plan.
fn check_alike(parts: &[Part]) -> anyhow::Result<()> {
    let Some(first) = parts.first() else {
        return Ok(());
    };
    for part in parts {
        if let Some(policy) = &part.info.policy {
            bail!(
                "cannot merge {}: --{} chose its trials by their scores, which shards cannot",
                part.label(),
                policy.name()
            );
        }
        if let Some(what) = difference(&first.info, &part.info) {
            bail!(
                "{} and {} are not shards of one run: {what} differs; run all shards with the same files and flags",
                first.label(),
                part.label()
            );
        }
    }
    Ok(())
}

/// Create the merged run; deleted again if an error occurs.
fn create_merged_run(
    place: &CommandContext,
    store: &Store,
    parts: &[Part],
    note: Option<String>,
) -> anyhow::Result<Merged> {
    let info = info(place, parts, note)?;
    let at = store.begin_run(&info)?;
    let taken = parts.iter().try_for_each(|part| {
        match store.merge_run(at, part.from.as_deref(), &part.info)? {
            None => Ok(()),
            Some(clash) => bail!("{}", conflict_message(&info, part, clash)),
        }
    });
    if let Err(error) = taken {
        store.delete_run(&info.id)?;
        return Err(error);
    }
    let now = store.counts(&info.id)?;
    let missing = info.planned().saturating_sub(now.completed + now.failed);
    let state = match (missing, now.failed) {
        (0, 0) => "finished",
        (0, _) => "failed",
        _ => "stopped",
    };
    let sum = |of: fn(&RunCounts) -> u64| parts.iter().map(|p| of(&p.counts)).sum::<u64>();
    let elapsed = parts.iter().map(|p| p.counts.elapsed_s).sum();
    store.end_run(at, state, elapsed, sum(|c| c.sent), sum(|c| c.retries))?;
    Ok(Merged {
        info: store.run(&info.id.0)?,
        counts: store.counts(&info.id)?,
        missing,
        missing_shards: missing_shards(parts),
    })
}

/// What is kept of the merged run: what its parts have in common.
fn info(place: &CommandContext, parts: &[Part], note: Option<String>) -> anyhow::Result<RunInfo> {
    let Some(first) = parts.first() else {
        bail!("give the runs or stores to merge");
    };
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let origins = || parts.iter().filter_map(|p| p.info.origin.as_ref());
    let commits: BTreeSet<Option<&str>> = origins().map(|o| o.commit.as_deref()).collect();
    if commits.len() > 1 {
        place.messages.note(
            "the shards ran at different commits with the same templates and rows; the merged run has no commit",
        );
    }
    let commit = commits.first().copied().flatten();
    let origin = RunOrigin {
        command: Some(typed_command()),
        commit: commit.filter(|_| commits.len() == 1).map(str::to_owned),
        dirty: origins().any(|o| o.dirty),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let started = parts.iter().map(|p| p.info.started_at).min();
    Ok(RunInfo {
        id: run_id(now.as_millis() as u64),
        started_at: started.unwrap_or(first.info.started_at),
        state: "running".into(),
        shard: None,
        note,
        origin: Some(origin),
        ..first.info.clone()
    })
}

/// Shards of which no run was named, where all that were are of one number of shards.
fn missing_shards(parts: &[Part]) -> Vec<Shard> {
    let there: BTreeSet<Shard> = parts.iter().filter_map(|p| p.info.shard).collect();
    let counts: BTreeSet<u32> = there.iter().map(|s| s.count()).collect();
    let of = match counts.len() {
        1 if parts.iter().all(|p| p.info.shard.is_some()) => counts.first().copied(),
        _ => None,
    };
    (1..=of.unwrap_or(0))
        .filter_map(|number| Shard::new(number, of?))
        .filter(|shard| !there.contains(shard))
        .collect()
}

fn conflict_message(info: &RunInfo, part: &Part, clash: MergeConflict) -> String {
    let id = clash.trial;
    let variant = info
        .variants
        .get(id.variant as usize)
        .map_or("", |v| v.name.as_str());
    let model = info
        .models
        .get(id.model as usize)
        .map(ToString::to_string)
        .unwrap_or_default();
    let what = if clash.only_scores {
        "a different score for the same answer"
    } else {
        "a different answer"
    };
    format!(
        "{} has {what} than an earlier run for the same trial: row {}, variant {}, {}, sample {}. Leave one of \
         the two out; nothing was merged",
        part.label(),
        visible(&info.heads.id(id.row as usize)),
        visible(variant),
        visible(&model),
        id.sample + 1,
    )
}

fn merge_summary(merged: &Merged, parts: usize) -> String {
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
            "{} trials are open: {named}; send them with `wording run {} --resume {}`\n",
            thousands(merged.missing),
            visible(&merged.info.experiment),
            merged.info.id
        );
    }
    text + &format!("wording report {} shows the scores\n", merged.info.id)
}
