//! A run: planned, started, paused, stopped, resumed; its events counted.

use super::{live, plan, plan_estimate, view_state::leave};
use crate::{
    engine::{RunControl, RunEvent, RunSummary, StopCause, descriptor_shortages},
    model::{Outcome, RunId, TrialRecord},
    narrate::{endpoint_warning, few_descriptors, policy::eliminated, quality},
    outcome::{CellState, Grid},
    read::{answer_text, normalize},
    tui::model::{
        Confirmation, Effect, GridSource, Job, Model, Overlay, Phase, Progress, RunCommand, Screen,
    },
};
use std::sync::Arc;

/// Show what would be sent; where it is shown already, send it.
pub(super) fn run(model: &mut Model, out: &mut Vec<Effect>) {
    let shown = matches!(model.view.overlays.last(), Some(Overlay::Plan));
    if !shown && !model.view.overlays.is_empty() {
        return;
    }
    if model.is_running() {
        return model.refuse("a run is in progress; x stops it, p pauses it");
    }
    if model.wording_search.is_on() {
        return model.refuse("a search is in progress (W); run when it ends");
    }
    if model.shows_old_run() {
        plan::close_run(model, out);
    }
    let plan = match (&model.answers.table, &model.workspace.plan) {
        (Err(message), _) => {
            let message = message.clone();
            return model.open(Overlay::Message(message));
        }
        (_, None) => return,
        (_, Some(plan)) => Arc::clone(plan),
    };
    if let Some(message) = &model.workspace.plan_error {
        return model.open(Overlay::Message(message.clone()));
    }
    if plan.variants.is_empty() {
        return model.open(Overlay::Problems { at: 0 });
    }
    if shown {
        model.view.overlays.pop();
        start(model, None, out);
    } else {
        model.open(Overlay::Plan);
    }
}

/// Send the plan, or go on with a run of it.
pub(super) fn start(model: &mut Model, resume: Option<RunId>, out: &mut Vec<Effect>) {
    let Some(plan) = model.workspace.plan.clone() else {
        return;
    };
    if let Some(message) = &model.workspace.plan_error {
        return model.open(Overlay::Message(message.clone()));
    }
    if let Err(error) = plan.require_templates() {
        return model.open(Overlay::Message(error.to_string()));
    }
    let shortages = descriptor_shortages(&model.workspace.project, &plan.models, None);
    if let Some(shortage) = shortages.first() {
        let (wanted, allowed) = (shortage.wanted, shortage.allowed);
        model.refuse(few_descriptors(&shortage.endpoint, wanted, allowed));
    }
    model.run.eliminated.clear();
    model.run.progress = Some(Progress::new(
        plan.len(),
        plan.experiment.budget,
        model.clock.now,
    ));
    live::count(model);
    if model.view.screen == Screen::Runs || model.view.screen == Screen::Edit {
        (model.view.screen, model.cursor.pane, model.view.zoom) = (Screen::Grid, 0, false);
    }
    out.push(Effect::Start(plan, resume));
}

/// Send failed and missing trials again.
pub(super) fn retry(model: &mut Model, out: &mut Vec<Effect>) {
    if model.is_running() {
        return model.refuse("a run is in progress; retry failed trials when it ends");
    }
    if model.wording_search.is_on() {
        return model.refuse("a search is in progress (W); retry when it ends");
    }
    let exact = model
        .answers
        .source
        .as_ref()
        .and_then(|source| source.resumable().cloned());
    let Some(run) = exact.filter(|_| {
        model
            .answers
            .table
            .as_ref()
            .is_ok_and(|t| t.run().is_none())
    }) else {
        return model.refuse("No previous run matches these prompts. Press r to start one.");
    };
    let missing: usize = model.answers.grids.iter().map(unanswered).sum();
    let unscored = model
        .run
        .progress
        .as_ref()
        .and_then(|p| p.stats.scoring.as_ref())
        .is_some_and(|scoring| scoring.missing > 0);
    match missing {
        0 if !unscored => model.notify("nothing to retry: every trial has an answer"),
        // A few calls are what the key says; many may cost more than one thinks of.
        0..=MOST_UNASKED => start(model, Some(run), out),
        _ => model.open(Overlay::Ask(Confirmation::Resume(run, missing))),
    }
}

/// Trials that are sent again without a question.
const MOST_UNASKED: usize = 16;

/// Trials without an answer. One that nothing can score, since nobody labelled its row, has one.
fn unanswered(grid: &Grid) -> usize {
    let answers = (0..grid.variants()).map(|variant| grid.totals(variant).answers);
    let trials = grid.variants() * grid.rows() * grid.samples();
    trials.saturating_sub(answers.sum::<u64>() as usize)
}

fn control(model: &Model) -> Option<RunControl> {
    let progress = model.run.progress.as_ref().filter(|p| p.is_on())?;
    progress.control.clone()
}

/// Stop the run; the second time, give up what is in progress.
pub(super) fn stop(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(progress) = model.run.progress.as_mut().filter(|p| p.is_on()) else {
        return model.refuse("no run is in progress");
    };
    let order = if progress.phase == Phase::Stopping {
        RunCommand::Abort
    } else {
        RunCommand::Stop
    };
    progress.phase = Phase::Stopping;
    // What is asked before the engine has begun is reported to it when it has.
    out.extend(progress.control.clone().map(|c| Effect::Tell(c, order)));
}

/// Pause the run, or go on; beyond a cap only when asked.
pub(super) fn pause(model: &mut Model, out: &mut Vec<Effect>) {
    if model.run.progress.as_ref().is_some_and(Progress::capped) {
        return model.open(Overlay::Ask(Confirmation::BeyondCap));
    }
    let Some(progress) = model.run.progress.as_mut().filter(|p| p.is_on()) else {
        return model.refuse("no run is in progress");
    };
    let order = match progress.phase {
        Phase::Paused(_) => {
            progress.phase = Phase::Going;
            RunCommand::Proceed
        }
        Phase::Going => {
            progress.phase = Phase::Paused("paused".into());
            RunCommand::Pause
        }
        _ => return model.refuse("the run is already stopping"),
    };
    out.extend(progress.control.clone().map(|c| Effect::Tell(c, order)));
}

/// Twice the caps, then on with the run.
pub(super) fn beyond_cap(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(run) = (model.answers.source.as_ref()).and_then(|source| source.run.clone()) else {
        return;
    };
    let at = model.workspace.experiment;
    let budget = &mut model.workspace.project.experiments[at].budget;
    budget.calls = budget.calls.map(|n| n.saturating_mul(2));
    budget.usd = budget.usd.map(|x| x * 2.0);
    budget.time = budget.time.map(|t| t.saturating_mul(2));
    model.workspace.resume_run = Some(run);
    plan::plan(model, out);
}

/// Quit; during a run, ask first.
pub(super) fn quit(model: &mut Model, out: &mut Vec<Effect>) {
    match model.view.overlays.last() {
        Some(Overlay::Ask(Confirmation::Quit)) => really_quit(model, out),
        Some(_) => {
            model.view.overlays.pop();
        }
        None if model.is_running() || model.wording_search.is_on() => {
            model.open(Overlay::Ask(Confirmation::Quit))
        }
        None => leave(model, out),
    }
}

/// Quit during a run; progress is saved.
pub(super) fn really_quit(model: &Model, out: &mut Vec<Effect>) {
    if let Some(control) = control(model) {
        out.push(Effect::Tell(control, RunCommand::Abort));
    }
    leave(model, out);
}

/// The engine has begun; what was asked of the run meanwhile is reported to it.
pub(super) fn started(model: &mut Model, control: RunControl, out: &mut Vec<Effect>) {
    if let Some(progress) = &mut model.run.progress {
        let order = match progress.phase {
            Phase::Stopping => Some(RunCommand::Stop),
            Phase::Paused(_) => Some(RunCommand::Pause),
            Phase::Going | Phase::Ended(_) => None,
        };
        out.extend(order.map(|order| Effect::Tell(control.clone(), order)));
        progress.control = Some(control);
    }
}

/// Count what happened in the run.
pub(super) fn event(model: &mut Model, event: RunEvent, out: &mut Vec<Effect>) {
    let now = model.clock.now;
    if let Some(progress) = &mut model.run.progress {
        progress.fold(&event, now);
    }
    match event {
        RunEvent::RunStarted { run, .. } => {
            if let Ok(t) = &model.answers.table {
                let shape = [t.models.len(), t.variants(), t.rows, t.samples];
                let known = model.answers.source.take();
                model.answers.source = Some(GridSource::with_run(known, run, shape));
            }
        }
        RunEvent::TrialStarted { id } => {
            // A conversation starts with each of its calls.
            model.answers.streams.remove(&id);
            if let Some(grid) = model.answers.grids.get_mut(id.model as usize) {
                let (v, r, s) = (id.variant as usize, id.row as usize, id.sample as usize);
                grid.mark(v, r, s, CellState::Running);
            }
        }
        RunEvent::Delta { id, text } => {
            let stream = model.answers.streams.entry(id).or_default();
            // What is looked at while it comes is its end; the whole answer comes when it is done.
            if stream.len() < 1 << 16 {
                stream.push_str(&text);
            }
        }
        RunEvent::TrialRetried { id, .. } => {
            model.answers.streams.remove(&id);
        }
        RunEvent::TrialFinished(record) => {
            model.answers.streams.remove(&record.id);
            if is_newer(model, &record) {
                live::add(model, &record);
                record_trial(model, record);
            }
        }
        RunEvent::VariantsEliminated {
            model: index,
            variants,
            round,
            rows,
            cause,
        } => {
            model.notify(eliminated(variants.len(), round, rows, cause));
            model
                .run
                .eliminated
                .extend(variants.iter().map(|v| (index, *v)));
        }
        RunEvent::PromptsCut(cut) => model.refuse(quality::cut_prompts(&cut)),
        RunEvent::EndpointWarned(warning) => model.refuse(endpoint_warning(&warning)),
        RunEvent::TrialScored { record, .. } => {
            // They are read again.
            model.answers.opinions = Default::default();
            if is_newer(model, &record) {
                record_trial(model, record);
            }
        }
        RunEvent::ScoringStarted { .. }
        | RunEvent::ReusableFound { .. }
        | RunEvent::TrialsSkipped { .. }
        | RunEvent::ProgramStderr { .. }
        | RunEvent::SlowedDown { .. }
        | RunEvent::EndpointDown { .. }
        | RunEvent::EndpointBack { .. }
        | RunEvent::Paused { .. }
        | RunEvent::Continued => {}
        RunEvent::RunFinished(summary) => finished(model, &summary, out),
    }
}

/// Whether an outcome takes the place of what its cell shows. An answer that is known stays where a call failed, and with
/// its score where the same answer is still to be scored.
fn is_newer(model: &Model, record: &TrialRecord) -> bool {
    let id = record.id;
    let (v, r, s) = (id.variant as usize, id.row as usize, id.sample as usize);
    let grid = model.answers.grids.get(id.model as usize);
    if !grid.is_some_and(|grid| grid.cell(v, r, s).state.is_answered()) {
        return true;
    }
    match CellState::of(record) {
        CellState::Failed(_) => false,
        CellState::Unscored | CellState::UnscoredUnreadable => !record.reused,
        _ => true,
    }
}

fn record_trial(model: &mut Model, record: Arc<TrialRecord>) {
    model.answers.changes += 1;
    let id = record.id;
    if let Some(source) = &mut model.answers.source {
        source.set_live(id);
    }
    if let Some(grid) = model.answers.grids.get_mut(id.model as usize) {
        grid.record(&record);
        if let Outcome::Completed(completion) = &record.outcome {
            let (v, r, s) = (id.variant as usize, id.row as usize, id.sample as usize);
            grid.set_output(v, r, s, || normalize(&answer_text(&completion.text)));
        }
    }
    model.answers.outputs.keep(record);
}

fn finished(model: &mut Model, summary: &RunSummary, out: &mut Vec<Effect>) {
    model.answers.streams.clear();
    model.answers.changes += 1;
    for board in &mut model.answers.grids {
        board.settle();
    }
    if let Some(kept) = &mut model.answers.source {
        kept.ended = summary.stopped.is_some().then(|| "stopped".into());
    }
    model.findings.live.clear();
    let run = model.answers.source.as_ref().and_then(|s| s.run.clone());
    if let (Some(_), Some(run), None) = (&model.workspace.policy, run, &summary.cause) {
        out.push(Job::Conclude(run).into());
    }
    if let Some(reason) = summary
        .stopped
        .clone()
        .filter(|_| summary.cause == Some(StopCause::Failure))
    {
        model.open(Overlay::Message(reason));
    }
    model.jobs.rearrange();
    if model.workspace.stale {
        plan::touched(model, &[], out);
    } else if let Some(plan) = model.workspace.plan.clone() {
        plan_estimate::request_estimate(model, plan, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Cell;

    #[test]
    fn an_answer_without_a_score_is_one() {
        let mut grid = Grid::new(1, 4, 1);
        for (row, state) in [CellState::Unscored, CellState::Scored]
            .into_iter()
            .enumerate()
        {
            grid.set(
                0,
                row,
                0,
                Cell {
                    state,
                    ..grid.cell(0, row, 0)
                },
            );
        }
        assert_eq!(unanswered(&grid), 2);
    }
}
