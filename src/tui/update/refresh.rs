//! What follows by itself when the grid or the view changed: rows are arranged, the grid is analyzed, wordings are
//! compared, outputs are read. During a run this happens a few times a second, not with every answer.

use super::{
    advice, breakdown, leaderboard,
    output_reads::{read_opinions, read_outputs},
    preview,
};
use crate::{
    analysis::{Analysis, VariantFinding},
    tui::model::{Against, Arrangement, Effect, Job, Model, RowChanges, Screen},
};
use std::{sync::Arc, time::Duration};

/// During a run, rows are not arranged and compared with every answer.
fn is_paused(model: &Model, what: usize) -> bool {
    const PAUSE: Duration = Duration::from_millis(400);
    model.is_running()
        && model.jobs.pending.rested[what]
            .is_some_and(|last| model.clock.now.saturating_duration_since(last) < PAUSE)
}

/// Ask for what is out of date. `settled`: not in the middle of a stream of events.
pub(super) fn follow(model: &mut Model, settled: bool, out: &mut Vec<Effect>) {
    if !settled && model.is_running() {
        return;
    }
    arrange(model, out);
    analyse(model, out);
    leaderboard::follow(model);
    breakdown::follow(model, out);
    compare(model, out);
    read_outputs(model, out);
    read_opinions(model, out);
    advice::follow(model, out);
    preview::follow(model, out);
}

/// The number of the next job.
pub(super) fn number(model: &mut Model) -> u64 {
    model.jobs.pending.number += 1;
    model.jobs.pending.number
}

fn arrange(model: &mut Model, out: &mut Vec<Effect>) {
    if model.jobs.requested.arranged == Some(model.answers.changes)
        || model.jobs.pending.arrange.is_some()
        || is_paused(model, 0)
    {
        return;
    }
    let number = number(model);
    let spec = model.arrange_spec(number);
    let (Ok(table), Some(_)) = (&model.answers.table, model.cells()) else {
        return;
    };
    let job = Job::Arrange(model.answers.grids.clone(), Arc::clone(table), spec);
    model.jobs.pending.arrange = Some(number);
    model.jobs.pending.rested[0] = Some(model.clock.now);
    model.jobs.requested.arranged = Some(model.answers.changes);
    out.push(job.into());
}

/// Take the rows as arranged; the cursor stays on its row, or goes to the place where it was.
pub(super) fn arranged(model: &mut Model, arrangement: Arrangement) {
    if model.jobs.pending.arrange != Some(arrangement.number) {
        return;
    }
    model.jobs.pending.arrange = None;
    let place = model.row_position();
    let rows = Arc::clone(&arrangement.rows);
    if let Some(problem) = &arrangement.problem {
        model.refuse(format!(
            "every row is shown, for the filter is invalid: {problem}"
        ));
    }
    model.answers.arrangement = arrangement;
    if !rows.iter().any(|r| *r as usize == model.cursor.row)
        && let Some(row) = rows.get(place.min(rows.len().saturating_sub(1)))
    {
        model.cursor.row = *row as usize;
    }
}

fn analyse(model: &mut Model, out: &mut Vec<Effect>) {
    let wanted = (model.answers.changes, model.answers.baseline);
    let requested = &model.jobs.requested.analysed;
    let outdated = |m: &usize| requested.get(m) != Some(&wanted);
    // Of several, the one that has waited longest.
    let outdated = leaderboard::models_to_analyse(model).filter(outdated);
    let Some(of) = outdated.min_by_key(|m| requested.get(m).map(|(changes, _)| *changes)) else {
        return;
    };
    if let Some((_, since)) = model.jobs.pending.analysis {
        // One at a time; a late one is not waited for forever.
        if model.clock.now.saturating_duration_since(since) < Duration::from_secs(120) {
            return;
        }
    }
    let pause = Duration::from_secs_f64((model.jobs.pending.analysis_s * 4.0).clamp(0.3, 30.0));
    if model.is_running()
        && model
            .jobs
            .pending
            .analysed
            .is_some_and(|last| model.clock.now.saturating_duration_since(last) < pause)
    {
        return;
    }
    let (Some(spec), Some(cells)) = (model.analysis_spec(), model.answers.grids.get(of)) else {
        return;
    };
    let number = model.jobs.pending.number + 1;
    out.push(Job::Analyse(number, of, cells.clone(), spec).into());
    model.jobs.pending.number = number;
    model.jobs.pending.analysis = Some((number, model.clock.now));
    model.jobs.requested.analysed.insert(of, wanted);
}

/// Take an analysis, where it is still of the grid shown.
pub(super) fn analysed(model: &mut Model, number: u64, of: usize, analysis: Analysis) {
    let Some((asked, since)) = model.jobs.pending.analysis else {
        return;
    };
    if asked != number {
        return;
    }
    model.jobs.pending.analysis = None;
    model.jobs.pending.analysed = Some(model.clock.now);
    model.jobs.pending.analysis_s = model
        .clock
        .now
        .saturating_duration_since(since)
        .as_secs_f64();
    let grid = model.answers.grids.get(of);
    if grid.is_some_and(|grid| grid.variants() == analysis.variants.len()) {
        model.findings.analyses.insert(of, analysis);
        model.findings.number += 1;
    }
}

fn compare(model: &mut Model, out: &mut Vec<Effect>) {
    let wanted = (
        model.answers.changes,
        model.cursor.model,
        model.cursor.variant,
        model.answers.baseline,
    );
    if model.view.screen != Screen::Diff
        || model.jobs.requested.compared == Some(wanted)
        || model.jobs.pending.effects.is_some()
        || is_paused(model, 1)
    {
        return;
    }
    let Some((before, after, link)) = model.sides() else {
        return;
    };
    let number = number(model);
    model.jobs.pending.effects = Some(number);
    model.jobs.pending.rested[1] = Some(model.clock.now);
    model.jobs.requested.compared = Some(wanted);
    // The difference to the baseline is found with the whole grid; that to another run is found here.
    let spec = model.analysis_spec().filter(|_| against_run(model));
    out.push(Job::Compare(before, after, link, number, spec.map(Box::new)).into());
}

fn against_run(model: &Model) -> bool {
    matches!(model.diff.against, Against::Run(_))
}

/// Take the difference to another run.
pub(super) fn judged(model: &mut Model, number: u64, finding: Box<VariantFinding>) {
    if model.jobs.pending.effects == Some(number) {
        model.jobs.pending.effects = None;
        let of = model
            .jobs
            .requested
            .compared
            .map(|(_, model, variant, _)| (model, variant));
        model.diff.finding = of.map(|of| (of, finding));
    }
}

pub(super) fn compared(model: &mut Model, effects: RowChanges) {
    if model.jobs.pending.effects == Some(effects.number) {
        // Its difference is still to come.
        if !against_run(model) {
            model.jobs.pending.effects = None;
        }
        let row = model.cursor.row as u32;
        let at = effects.rows.iter().position(|(r, _)| *r == row);
        model.diff.at = at.unwrap_or(model.diff.at.min(effects.rows.len().saturating_sub(1)));
        model.diff.effects = Arc::new(effects);
    }
}
