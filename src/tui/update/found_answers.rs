//! What the store knows of the plan, put into the grids.

use crate::{
    engine::CurrentAnswers,
    model::TrialId,
    outcome::CellState,
    tui::model::{GridSource, Model, NewestRun},
};
use std::sync::Arc;

/// What the store knows of the plan was found, or a part of it. In a run, its own outcomes come before.
pub(super) fn loaded(model: &mut Model, number: u64, mut found: CurrentAnswers, newest: NewestRun) {
    let is_current = model.jobs.pending.latest == Some(number);
    let fits = model.answers.table.as_ref().is_ok_and(|t| {
        is_current
            && t.run().is_none()
            && (found.grids.iter()).all(|b| (b.variants(), b.rows()) == (t.variants(), t.rows))
            && found.grids.len() == t.models.len()
    });
    if !fits {
        return;
    }
    let in_run = model.is_running() && keep_outcomes_of_run(model, &mut found);
    let CurrentAnswers { grids, sources } = found;
    model.answers.grids = grids;
    model.answers.changes += 1;
    model.jobs.rearrange();
    if in_run && let Some(source) = &mut model.answers.source {
        source.answers = Some(sources);
        return;
    }
    let is_empty = sources.runs().is_empty() && newest.run.is_none();
    model.answers.source = (!is_empty).then_some(GridSource {
        run: newest.run,
        answers: Some(sources),
        is_resumable: newest.is_resumable,
        ended: newest.ended,
        wear: newest.wear,
    });
}

/// Put what the run in progress came to so far over what was found beside it. `false` where it has not begun.
fn keep_outcomes_of_run(model: &Model, found: &mut CurrentAnswers) -> bool {
    let Some(source) = &model.answers.source else {
        return false;
    };
    let (Some(run), Some(live)) = (&source.run, &source.answers) else {
        return false;
    };
    if !live.is_in_run() {
        return false;
    }
    let sources = Arc::make_mut(&mut found.sources);
    sources.begin_run(run.clone());
    for (m, (grid, shown)) in (0..).zip(found.grids.iter_mut().zip(&model.answers.grids)) {
        shown.each(|v, r, s, cell| {
            let id = TrialId {
                variant: v as u32,
                model: m,
                row: r as u32,
                sample: s as u32,
            };
            if live.is_live(id) {
                grid.copy(shown, (v, r, s), (v, r, s));
                sources.set_live(id);
            } else if cell.state == CellState::Running {
                grid.mark(v, r, s, cell.state);
            }
        });
    }
    true
}
