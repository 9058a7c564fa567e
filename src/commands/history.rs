//! `wording history`: the scores of an experiment over the rounds of prompting and tuning.

use super::{
    context::CommandContext,
    output::{Exit, print_as},
};
use crate::{
    advise::is_tuned,
    cli::{Global, HistoryArgs},
    display::{fit, visible},
    report::RunReport,
    report::utc,
};
use serde::Serialize;

/// Something of the history, in the order of time.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Entry {
    /// A model in a run.
    Run {
        round: usize,
        at: i64,
        run: String,
        model: String,
        tuned: bool,
        best: String,
        score: f64,
        low: f64,
        high: f64,
        held_out: Option<f64>,
        rows: usize,
        dataset: String,
        note: Option<String>,
    },
    /// A fine-tuning job; a new round begins with it.
    Tuning {
        round: usize,
        at: i64,
        job: String,
        state: String,
        base: String,
        tuned: Option<String>,
        lessons: usize,
        bad_cases: usize,
    },
}

impl Entry {
    fn timestamp(&self) -> i64 {
        match self {
            Entry::Run { at, .. } | Entry::Tuning { at, .. } => *at,
        }
    }
}

pub fn history(global: &Global, args: &HistoryArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let experiment = place.project.experiment(args.experiment.as_deref())?;
    let store = place.store()?;
    let mut entries = Vec::new();
    let mut runs = store.runs()?;
    runs.reverse();
    for run in runs.iter().filter(|r| r.experiment == experiment.name) {
        let report = RunReport::read(&store, store.run(&run.id.0)?)?;
        for part in &report.models {
            let Some(best) = part.ranked().first().copied() else {
                continue;
            };
            let finding = &part.analysis.variants[best];
            let Some(score) = finding.score else { continue };
            entries.push(Entry::Run {
                round: 1,
                at: run.started_at,
                run: run.id.0.clone(),
                model: part.model.to_string(),
                tuned: is_tuned(&part.model),
                best: run.variants[best].name.clone(),
                score: score.value,
                low: score.low,
                high: score.high,
                held_out: part.analysis.best.as_ref().map(|b| b.held_out),
                rows: finding.n,
                dataset: run.dataset.1.clone(),
                note: run.note.clone(),
            });
        }
    }
    for t in store.tunings()? {
        if t.experiment == experiment.name {
            entries.push(Entry::Tuning {
                round: 1,
                at: t.made_at,
                job: t.job,
                state: t.state,
                base: t.base,
                tuned: t.tuned.map(|m| format!("{}/{m}", t.endpoint)),
                lessons: t.examples,
                bad_cases: t.bad_cases,
            });
        }
    }
    // Within one second a run that asked the model of a job came after it.
    let tuned_of = |e: &Entry| match e {
        Entry::Tuning { tuned, .. } => tuned.clone(),
        Entry::Run { .. } => None,
    };
    let known: Vec<(String, i64)> = entries
        .iter()
        .filter_map(|e| Some((tuned_of(e)?, e.timestamp())))
        .collect();
    let after_job = |e: &Entry| match e {
        Entry::Run { run, at, .. } => models_of_run(&entries, run)
            .any(|model| known.iter().any(|(m, made)| m == model && made == at)),
        Entry::Tuning { .. } => false,
    };
    let late: Vec<bool> = entries.iter().map(after_job).collect();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|i| {
        let step = match (&entries[*i], late[*i]) {
            (Entry::Run { .. }, false) => 0,
            (Entry::Tuning { .. }, _) => 1,
            (Entry::Run { .. }, true) => 2,
        };
        (entries[*i].timestamp(), step)
    });
    let mut sorted: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
    let mut entries: Vec<Entry> = order.iter().filter_map(|i| sorted[*i].take()).collect();
    let mut now = 1;
    for entry in &mut entries {
        match entry {
            Entry::Tuning { round, .. } => {
                now += 1;
                *round = now;
            }
            Entry::Run { round, .. } => *round = now,
        }
    }
    print_as(args.format, &entries, || table(&experiment.name, &entries))?;
    Ok(Exit::Done)
}

/// Models that a run called.
fn models_of_run<'a>(entries: &'a [Entry], id: &'a str) -> impl Iterator<Item = &'a String> {
    entries.iter().filter_map(move |e| match e {
        Entry::Run { run, model, .. } if run == id => Some(model),
        _ => None,
    })
}

fn table(experiment: &str, entries: &[Entry]) -> String {
    if entries.is_empty() {
        return format!("no runs of `{experiment}` yet; start one with `wording run {experiment}`");
    }
    let mut text = format!(
        "{:>5}  {:<16}  {:<30} {:<22} {:>18} {:>9} {:>5}\n",
        "round", "when (UTC)", "model", "best wording", "score %", "held out", "rows"
    );
    let mut data: Option<&str> = None;
    for entry in entries {
        let line = match entry {
            Entry::Run {
                round,
                at,
                model,
                best,
                score,
                low,
                high,
                held_out,
                rows,
                dataset,
                note,
                ..
            } => {
                let other = data.is_some_and(|d| d != dataset);
                data = Some(dataset);
                format!(
                    "{round:>5}  {:<16}  {:<30} {:<22} {:>18} {:>9} {rows:>5}{}{}",
                    utc(*at),
                    fit(model, 30),
                    fit(best, 22),
                    format!(
                        "{:.1} ({:.1}–{:.1})",
                        score * 100.0,
                        low * 100.0,
                        high * 100.0
                    ),
                    held_out.map_or("–".to_owned(), |h| format!("{:.1}", h * 100.0)),
                    if other { "  (other data)" } else { "" },
                    note.as_ref().map_or(String::new(), |n| format!("  {n}"))
                )
            }
            Entry::Tuning {
                round,
                at,
                state,
                base,
                tuned,
                lessons,
                bad_cases,
                ..
            } => format!(
                "{round:>5}  {:<16}  tuned {base} on {lessons} examples, {bad_cases} of them bad cases: {}",
                utc(*at),
                tuned.as_deref().unwrap_or(state)
            ),
        };
        text += &visible(&line);
        text.push('\n');
    }
    text
}
