//! Merging: the shards of a run, wherever they were made, become one run of a store.

use super::{MergeConflict, RunCounts, RunInfo, RunOrigin, Store, StoreError, run_id, unix_now};
use crate::{
    display::visible,
    model::{CutPrompts, EndpointWarning, Shard},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

/// Why runs are not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("give the runs or stores to merge")]
    Nothing,
    #[error("no store {0}; create it with `wording run --store {0}`")]
    NoStore(String),
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} has no shards (created by `wording run --shard 1/4`); give other runs by id", .0.display())]
    NoShards(PathBuf),
    #[error("cannot merge {run}: --{policy} chose its trials by their scores, which shards cannot")]
    Policy { run: String, policy: &'static str },
    #[error(
        "{first} and {other} are not shards of one run: {what} differs; run all shards with the same files and flags"
    )]
    Different {
        first: String,
        other: String,
        what: &'static str,
    },
    #[error("{0}")]
    Conflict(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A run that becomes part of another.
#[derive(Debug)]
pub struct MergedPart {
    pub info: RunInfo,
    pub counts: RunCounts,
    /// The store that it is in, where that is not the project's.
    pub from: Option<PathBuf>,
}

impl MergedPart {
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

/// A merged run, and what is missing in it.
#[derive(Debug)]
pub struct Merged {
    pub parts: Vec<MergedPart>,
    pub info: RunInfo,
    pub counts: RunCounts,
    pub missing: u64,
    pub missing_shards: Vec<Shard>,
    /// The parts ran at different commits, so the merged run has none.
    pub several_commits: bool,
}

impl Merged {
    /// Merge the named runs into a new run of a store; `command` is what was typed.
    pub fn create(
        store: &Store,
        named: &[String],
        command: String,
        note: Option<String>,
    ) -> Result<Merged, MergeError> {
        let parts = parts(store, named)?;
        check_alike(&parts)?;
        create_merged_run(store, parts, command, note)
    }
}

/// The named runs; for a store file, its latest run of each shard.
fn parts(store: &Store, named: &[String]) -> Result<Vec<MergedPart>, MergeError> {
    let mut all: Vec<MergedPart> = Vec::new();
    for name in named {
        let path = Path::new(name);
        let found = if path.is_file() {
            shards_in_store(store, path)?
        } else if name.ends_with(".db") || name.contains(['/', '\\']) {
            return Err(MergeError::NoStore(name.clone()));
        } else {
            let info = store.run(name)?;
            vec![MergedPart {
                counts: store.counts(&info.id)?,
                from: None,
                info,
            }]
        };
        for part in found {
            let is_new = |p: &MergedPart| (&p.info.id, &p.from) != (&part.info.id, &part.from);
            if all.iter().all(is_new) {
                all.push(part);
            }
        }
    }
    Ok(all)
}

/// Of a store, the latest run of each shard of the plan that was run last.
fn shards_in_store(here: &Store, path: &Path) -> Result<Vec<MergedPart>, MergeError> {
    let whole = |path: &Path| {
        path.canonicalize().map_err(|source| MergeError::Read {
            path: path.to_path_buf(),
            source,
        })
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
        return Err(MergeError::NoShards(path));
    }
    found
        .into_values()
        .map(|info| {
            Ok(MergedPart {
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
fn check_alike(parts: &[MergedPart]) -> Result<(), MergeError> {
    let Some(first) = parts.first() else {
        return Ok(());
    };
    for part in parts {
        if let Some(policy) = &part.info.policy {
            return Err(MergeError::Policy {
                run: part.label(),
                policy: policy.name(),
            });
        }
        if let Some(what) = difference(&first.info, &part.info) {
            return Err(MergeError::Different {
                first: first.label(),
                other: part.label(),
                what,
            });
        }
    }
    Ok(())
}

/// Create the merged run; deleted again if an error occurs.
fn create_merged_run(
    store: &Store,
    parts: Vec<MergedPart>,
    command: String,
    note: Option<String>,
) -> Result<Merged, MergeError> {
    let (info, several_commits) = merged_info(&parts, command, note)?;
    let at = store.begin_run(&info)?;
    let taken = parts.iter().try_for_each(|part| {
        match store.merge_run(at, part.from.as_deref(), &part.info)? {
            None => Ok(()),
            Some(clash) => Err(MergeError::Conflict(conflict_message(&info, part, clash))),
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
        missing_shards: missing_shards(&parts),
        several_commits,
        parts,
    })
}

/// What is kept of the merged run: what its parts have in common; and whether they ran at different commits.
fn merged_info(
    parts: &[MergedPart],
    command: String,
    note: Option<String>,
) -> Result<(RunInfo, bool), MergeError> {
    let first = parts.first().ok_or(MergeError::Nothing)?;
    let now = unix_now();
    let origins = || parts.iter().filter_map(|p| p.info.origin.as_ref());
    let commits: BTreeSet<Option<&str>> = origins().map(|o| o.commit.as_deref()).collect();
    let commit = commits.first().copied().flatten();
    let origin = RunOrigin {
        command: Some(command),
        commit: commit.filter(|_| commits.len() == 1).map(str::to_owned),
        dirty: origins().any(|o| o.dirty),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut cut_prompts = Vec::new();
    let mut endpoint_warnings = Vec::new();
    for part in parts {
        CutPrompts::add(&mut cut_prompts, &part.info.cut_prompts);
        EndpointWarning::add(&mut endpoint_warnings, &part.info.endpoint_warnings);
    }
    let started = parts.iter().map(|p| p.info.started_at).min();
    let info = RunInfo {
        id: run_id(now.as_millis() as u64),
        started_at: started.unwrap_or(first.info.started_at),
        state: "running".into(),
        shard: None,
        cut_prompts,
        endpoint_warnings,
        note,
        origin: Some(origin),
        ..first.info.clone()
    };
    Ok((info, commits.len() > 1))
}

/// Shards of which no run was named, where all that were are of one number of shards.
fn missing_shards(parts: &[MergedPart]) -> Vec<Shard> {
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

fn conflict_message(info: &RunInfo, part: &MergedPart, clash: MergeConflict) -> String {
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
