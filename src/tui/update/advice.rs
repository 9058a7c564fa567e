//! The advice on the screen: asked for anew where answers or bad cases came since, and not more often than it can be drawn.

use crate::{
    narrate::advice::Advice,
    tui::model::{AdviceSpec, Effect, Job, Model, Overlay},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Rest between two drawings during a run: all grids are analyzed for each.
const PAUSE: Duration = Duration::from_secs(2);
/// An answer that is later than that is not waited for.
const LATE: Duration = Duration::from_secs(120);

/// Ask for the advice where it is looked at and out of date.
pub(super) fn follow(model: &mut Model, out: &mut Vec<Effect>) {
    let looked_at = model
        .view
        .overlays
        .iter()
        .any(|o| matches!(o, Overlay::Advice { .. }));
    if !looked_at || model.jobs.requested.advised == Some(model.answers.changes) {
        return;
    }
    let within = |since: Instant, rest| model.clock.now.saturating_duration_since(since) < rest;
    if model
        .jobs
        .pending
        .advice
        .is_some_and(|(_, since)| within(since, LATE))
        || model.is_running()
            && model
                .jobs
                .pending
                .advised
                .is_some_and(|last| within(last, PAUSE))
    {
        return;
    }
    let (Ok(table), Some(analysis)) = (&model.answers.table, model.analysis_spec()) else {
        return;
    };
    let missing = match table.run() {
        Some(_) if model.workspace.is_bundle => {
            Some("a bundle lacks the project that it is drawn from; ask in the project".to_owned())
        }
        Some(run) if run.experiment != model.spec().name => Some(format!(
            "the project has no experiment `{}`",
            run.experiment
        )),
        _ => None,
    };
    if let Some(why) = missing {
        model.jobs.requested.advised = Some(model.answers.changes);
        model.findings.advice = Some(Err(why));
        return;
    }
    let number = model.jobs.pending.number + 1;
    let spec = AdviceSpec {
        number,
        experiment: Box::new(model.spec().clone()),
        plan: model.workspace.plan.clone(),
        table: Arc::clone(table),
        cells: model.answers.grids.clone(),
        analysis,
        run: (model.answers.source.as_ref()).and_then(|source| source.run.clone()),
    };
    model.jobs.pending.number = number;
    model.jobs.pending.advice = Some((number, model.clock.now));
    model.jobs.requested.advised = Some(model.answers.changes);
    out.push(Job::Advise(Box::new(spec)).into());
}

pub(super) fn advised(model: &mut Model, number: u64, drawn: Result<Advice, String>) {
    if model
        .jobs
        .pending
        .advice
        .is_some_and(|(asked, _)| asked == number)
    {
        model.jobs.pending.advice = None;
        model.jobs.pending.advised = Some(model.clock.now);
        model.findings.advice = Some(drawn.map(Arc::new));
    }
}
