//! The scores of an experiment over the rounds of prompting and tuning.

use super::{ReportError, RunReport};
use crate::{
    advise::TunedModels,
    display::{fit, utc, visible},
    store::{Store, Tuning},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// Something of the history, in the order of time.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum HistoryEntry {
    /// A model in a run.
    Run {
        /// From 1: a fine-tuning job, or the first run of a model that was tuned elsewhere, begins the next.
        round: usize,
        /// When it started: UTC, seconds since 1970.
        at: i64,
        run: String,
        model: String,
        tuned: bool,
        /// Name of the best variant.
        best: String,
        /// Its mean score, from 0 to 1.
        score: f64,
        /// Lower end of the 95 % interval of the score.
        low: f64,
        /// Upper end.
        high: f64,
        /// Mean score of a choice that is made on some rows and measured on the others, from 0 to 1.
        held_out: Option<f64>,
        rows: usize,
        dataset: String,
        note: Option<String>,
    },
    /// A fine-tuning job.
    Tuning {
        /// The round that it begins.
        round: usize,
        /// When it was submitted: UTC, seconds since 1970.
        at: i64,
        job: String,
        state: String,
        base: String,
        tuned: Option<String>,
        /// Conversations that it learns from.
        lessons: usize,
        /// Those of them that were made of bad cases.
        bad_cases: usize,
    },
}

/// Runs and fine-tuning jobs of an experiment, the earliest first.
pub fn history(
    store: &Store,
    experiment: &str,
    tuned_models: &TunedModels,
) -> Result<Vec<HistoryEntry>, ReportError> {
    let tuned_model = |t: &Tuning| t.tuned.as_ref().map(|m| format!("{}/{m}", t.endpoint));
    let mut jobs = store.tunings()?;
    jobs.retain(|t| t.experiment == experiment);
    let mut all = Vec::new();
    for run in store.runs()?.iter().rev() {
        if run.experiment != experiment {
            continue;
        }
        // Within one second a run that called the model of a job came after it.
        let is_of_job = |t: &Tuning| {
            let tuned = tuned_model(t);
            t.made_at == run.started_at && run.models.iter().any(|m| tuned == Some(m.to_string()))
        };
        let step = if jobs.iter().any(is_of_job) { 2 } else { 0 };
        let report = RunReport::read(store, store.run(&run.id.0)?)?;
        for part in &report.models {
            let Some(best) = part.ranked().first().copied() else {
                continue;
            };
            let finding = &part.analysis.variants[best];
            let Some(score) = finding.score else { continue };
            let entry = HistoryEntry::Run {
                round: 1,
                at: run.started_at,
                run: run.id.0.clone(),
                model: part.model.to_string(),
                tuned: tuned_models.contains(&part.model),
                best: run.variants[best].name.clone(),
                score: score.value,
                low: score.low,
                high: score.high,
                held_out: part.analysis.best.as_ref().map(|b| b.held_out),
                rows: finding.n,
                dataset: run.dataset.1.clone(),
                note: run.note.clone(),
            };
            all.push((run.started_at, step, entry));
        }
    }
    for t in jobs {
        let entry = HistoryEntry::Tuning {
            round: 1,
            at: t.made_at,
            tuned: tuned_model(&t),
            job: t.job,
            state: t.state,
            base: t.base,
            lessons: t.examples,
            bad_cases: t.bad_cases,
        };
        all.push((t.made_at, 1, entry));
    }
    all.sort_by_key(|(at, step, _)| (*at, *step));
    let mut entries: Vec<HistoryEntry> = all.into_iter().map(|(.., entry)| entry).collect();
    // A round begins with a job, or with the first run of a model that was tuned elsewhere.
    let (mut now, mut known) = (1, BTreeSet::new());
    for entry in &mut entries {
        let (begins, new, round) = match entry {
            HistoryEntry::Tuning { round, tuned, .. } => (true, tuned.clone(), round),
            HistoryEntry::Run {
                round,
                model,
                tuned,
                ..
            } => {
                let model = tuned.then(|| model.clone());
                let begins = model.as_ref().is_some_and(|m| !known.contains(m));
                (begins, model, round)
            }
        };
        now += usize::from(begins);
        known.extend(new);
        *round = now;
    }
    Ok(entries)
}

/// The history as a table.
pub fn history_text(experiment: &str, entries: &[HistoryEntry]) -> String {
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
            HistoryEntry::Run {
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
            HistoryEntry::Tuning {
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
