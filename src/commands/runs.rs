//! `wording runs`: list, show and delete runs, check their store.

use super::{
    context::CommandContext,
    merge::merge,
    output::{Exit, print, print_as, print_json},
};
use crate::{
    analysis::WearAdvice,
    cli::{Global, OutputFormat, RunsArgs, RunsCommand},
    display::{count, one_line, thousands, utc, visible},
    engine::{RowSet, SealedRows},
    model::{ModelRef, RunId, Shard},
    narrate::{
        seal::{opening_list, seal_note},
        wear::wear_sentences,
    },
    report::{RowSetWear, wear},
    store::{RunInfo, SealOpeningRecord, Store, StoreCheck, StoreProblem},
};
use schemars::JsonSchema;
use serde::Serialize;

pub fn runs(global: &Global, args: &RunsArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open_to_read(global)?;
    let store = place.store()?;
    if args.check {
        return check(&store, args.format);
    }
    if args.wear {
        return wear_ledger(&place, &store, args.format);
    }
    match &args.command {
        None | Some(RunsCommand::List) => {
            let runs = store.all_runs()?;
            let openings = store.seal_openings(None)?;
            let list: Vec<RunSummary<'_>> = runs.iter().map(RunSummary::new).collect();
            print_as(args.format, &list, || {
                table(&runs) + openings_text(&openings).trim_end()
            })?;
        }
        Some(RunsCommand::Show { run }) => {
            let run = store.find_run(run)?;
            let openings = store.seal_openings(Some(&run.experiment))?;
            print_as(args.format, &run, || show(&run, &openings))?;
        }
        Some(RunsCommand::Merge { parts, note }) => {
            return merge(&place, &store, parts, note.clone(), args.format);
        }
        Some(RunsCommand::Delete { runs }) => {
            // All are looked up first, so that a wrong id deletes nothing.
            let found: Vec<RunInfo> = runs
                .iter()
                .map(|id| store.find_run(id))
                .collect::<Result<_, _>>()?;
            let mut deleted = DeletedRuns {
                schema_version: 1,
                deleted: Vec::new(),
            };
            for run in found {
                store.delete_run(&run.id)?;
                if args.format == OutputFormat::Human {
                    print(&format!(
                        "deleted {}; its answers stay in the store and new runs reuse them",
                        run.id
                    ))?;
                }
                deleted.deleted.push(run.id);
            }
            if args.format == OutputFormat::Json {
                print_json(&deleted)?;
            }
        }
    }
    Ok(Exit::Done)
}

/// What every set of rows has been used for.
fn wear_ledger(
    place: &CommandContext,
    store: &Store,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let sets = wear(store, None, u64::MAX)?;
    let openings = store.seal_openings(None)?;
    let row_sets = sets.iter().map(|set| RowSetUse {
        rows: set.clone(),
        advice: set.finding.advice(),
    });
    let ledger = WearLedger {
        schema_version: 1,
        row_sets: row_sets.collect(),
        openings: openings.clone(),
    };
    print_as(format, &ledger, || {
        if sets.is_empty() {
            return "no runs yet; start one with `wording run`".to_owned();
        }
        let texts: Vec<String> = sets.iter().map(|set| wear_text(place, set)).collect();
        texts.join("\n") + openings_text(&openings).trim_end()
    })?;
    Ok(Exit::Done)
}

fn wear_text(place: &CommandContext, set: &RowSetWear) -> String {
    let head = format!(
        "{} · {} · {}{} · {}\n",
        one_line(&set.experiment),
        one_line(&set.model.to_string()),
        count(set.finding.rows, "row"),
        if set.sealed { " (sealed)" } else { "" },
        count(set.runs, "run")
    );
    if set.sealed {
        return head
            + &format!(
                "  {} compared on them; their scores stay closed here.\n",
                count(set.finding.wordings, "wording")
            );
    }
    let experiment = place.project.experiment(Some(&set.experiment)).ok();
    let sealed = experiment.filter(|e| e.sealed.is_some());
    let sealed = sealed.and_then(|e| RowSet::read(&place.project, e).ok());
    let sealed = sealed.and_then(|rows| rows.sealed().map(SealedRows::len));
    let sentences = wear_sentences(&set.finding, sealed).into_iter();
    head + &sentences
        .map(|said| format!("  {said}\n"))
        .collect::<String>()
}

/// Report what is wrong with a store.
fn check(store: &Store, format: OutputFormat) -> anyhow::Result<Exit> {
    let checked = store.check()?;
    print_as(format, &checked, || check_text(&checked))?;
    Ok(match checked.problems.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn check_text(checked: &StoreCheck) -> String {
    let mut text = format!(
        "{}: {}, {}, {} KiB\n",
        checked.store.display(),
        count(checked.runs, "run"),
        count(checked.answers, "answer"),
        thousands(checked.bytes.div_ceil(1024)),
    );
    for run in &checked.running {
        text += &format!(
            "{} is being run by process {} since {} UTC\n",
            run.run,
            run.pid,
            utc(run.since)
        );
    }
    for run in &checked.interrupted {
        text += &format!("{run} was interrupted; continue with `wording run --resume {run}`\n");
    }
    for StoreProblem { problem, action } in &checked.problems {
        text += &format!("problem: {}\n  {action}\n", visible(problem));
    }
    if checked.problems.is_empty() {
        text += "no problems found\n";
    }
    text
}

/// A run in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunSummary<'a> {
    run: &'a RunId,
    experiment: &'a str,
    /// UTC, in seconds since 1970.
    started_at: i64,
    /// `running`, `finished`, `stopped`, `failed` or `interrupted`.
    state: &'a str,
    variants: usize,
    models: &'a [ModelRef],
    samples: usize,
    /// Which part of the trials, where not all.
    shard: Option<Shard>,
    of_sealed_rows: bool,
    seed: u64,
    note: Option<&'a str>,
}

impl RunSummary<'_> {
    pub(super) fn new(run: &RunInfo) -> RunSummary<'_> {
        RunSummary {
            run: &run.id,
            experiment: &run.experiment,
            started_at: run.started_at,
            state: &run.state,
            variants: run.variants.len(),
            models: &run.models,
            samples: run.samples,
            shard: run.shard,
            of_sealed_rows: run.is_of_sealed_rows(),
            seed: run.seed,
            note: run.note.as_deref(),
        }
    }
}

/// What `--wear` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WearLedger {
    /// Always 1.
    schema_version: u32,
    row_sets: Vec<RowSetUse>,
    /// Openings of sealed rows.
    openings: Vec<SealOpeningRecord>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RowSetUse {
    rows: RowSetWear,
    advice: WearAdvice,
}

/// What `delete` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DeletedRuns {
    /// Always 1.
    schema_version: u32,
    deleted: Vec<RunId>,
}

fn table(runs: &[RunInfo]) -> String {
    if runs.is_empty() {
        return "no runs yet; start one with `wording run`".into();
    }
    let width = runs
        .iter()
        .map(|r| r.experiment.chars().count())
        .max()
        .unwrap_or(0)
        .max(10);
    let mut text = format!(
        "{:<13} {:<width$} {:<16} {:<8} {:>8} {:>7}  note\n",
        "run", "experiment", "started (UTC)", "state", "variants", "samples"
    );
    for run in runs {
        text += &format!(
            "{:<13} {:<width$} {:<16} {:<8} {:>8} {:>7}  {}\n",
            run.id.0,
            run.experiment,
            utc(run.started_at),
            run.state,
            run.variants.len(),
            run.samples,
            if run.is_of_sealed_rows() {
                format!(
                    "[sealed rows] {}",
                    visible(run.note.as_deref().unwrap_or(""))
                )
                .trim_end()
                .to_owned()
            } else {
                visible(run.note.as_deref().unwrap_or(""))
            },
        );
    }
    text
}

/// The openings of each experiment's sealed rows.
fn openings_text(openings: &[SealOpeningRecord]) -> String {
    let mut experiments: Vec<&str> = openings.iter().map(|o| o.experiment.as_str()).collect();
    experiments.sort_unstable();
    experiments.dedup();
    let lists = experiments.into_iter().map(|experiment| {
        let own = openings.iter().filter(|o| o.experiment == experiment);
        "\n".to_owned() + &opening_list(experiment, &own.cloned().collect::<Vec<_>>())
    });
    lists.collect()
}

fn show(run: &RunInfo, openings: &[SealOpeningRecord]) -> String {
    let models: Vec<String> = run
        .models
        .iter()
        .map(|m| {
            if m.is_stand_in() {
                format!("{m} (a stand-in, not a language model)")
            } else {
                m.to_string()
            }
        })
        .collect();
    let mut text = format!(
        "{} · {} · {} · {}\nmodels    {}\nrows      {} of {} ({})\nsamples   {}\nseed      {}\nmetrics   {}\n",
        run.id,
        run.experiment,
        utc(run.started_at),
        run.state,
        models.join(", "),
        run.rows,
        run.dataset.0.display(),
        run.dataset.1.get(..12).unwrap_or(&run.dataset.1),
        run.samples,
        run.seed,
        run.metrics.join(", "),
    );
    if !run.params.is_empty() {
        text += &format!(
            "params    {}\n",
            serde_json::Value::Object(run.params.clone())
        );
    }
    if let Some(seal) = &run.seal {
        text += &format!("sealed    {}\n", seal_note(seal, openings));
    }
    if let Some(shard) = run.shard {
        text += &format!("shard     {shard}\n");
    }
    if let Some(note) = &run.note {
        text += &format!("note      {}\n", visible(note));
    }
    for (i, variant) in run.variants.iter().enumerate() {
        text += &format!(
            "{} {}\n",
            if i == run.baseline { "*" } else { " " },
            variant.name
        );
    }
    text + "* is the baseline; see the scores with `wording report`"
}
