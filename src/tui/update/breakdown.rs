//! Figures of labels and slices: asked for while a lens shows them and the grid has changed.

use crate::{
    report::Breakdown,
    tui::model::{Effect, Job, Lens, Model, Screen},
};
use std::sync::Arc;

/// Ask for what is out of date; one at a time.
pub(super) fn follow(model: &mut Model, out: &mut Vec<Effect>) {
    let wanted = (
        model.answers.changes,
        model.cursor.model,
        model.answers.baseline,
    );
    let is_shown = model.view.screen == Screen::Grid
        && matches!(model.view.settings.lens, Lens::Labels | Lens::Slices);
    if !is_shown
        || model.jobs.requested.broken_down == Some(wanted)
        || model.jobs.pending.breakdown.is_some()
    {
        return;
    }
    let (Some(spec), Some(cells), Ok(table)) =
        (model.analysis_spec(), model.cells(), &model.answers.table)
    else {
        return;
    };
    let job = Job::BreakDown(wanted, cells.clone(), Arc::clone(table), spec);
    model.jobs.pending.breakdown = Some(wanted);
    model.jobs.requested.broken_down = Some(wanted);
    out.push(job.into());
}

/// Take the figures, where they are still of the grid shown.
pub(super) fn take(model: &mut Model, of: (u64, usize, usize), found: Arc<Breakdown>) {
    if model.jobs.pending.breakdown != Some(of) {
        return;
    }
    model.jobs.pending.breakdown = None;
    if of.1 == model.cursor.model && of.2 == model.answers.baseline {
        model.findings.breakdown = Some(found);
    }
}
