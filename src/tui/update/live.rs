//! Scores by formula during a run: each answer counts at once, however long the analysis takes.

use crate::{analysis::Live, model::TrialRecord, outcome::Grid, tui::model::Model};

/// Most samples that are counted anew where the key that asked for it waits; above, the analysis alone tells.
const MOST: usize = 4_000_000;

/// Count anew: a run began, or another model or another baseline is looked at.
pub(super) fn count(model: &mut Model) {
    let few = |c: &&Grid| c.held() <= MOST;
    let running = model.is_running();
    model.findings.live = model.cells().filter(|c| running && few(c)).map(|cells| {
        let mut live = Live::new(cells.variants(), cells.rows(), model.answers.baseline);
        cells.each(|variant, row, _, cell| {
            if let Some(score) = cell.score {
                live.add(variant, row, score);
            }
        });
        live
    });
}

/// Count one that came, before it is written into its cell.
pub(super) fn add(model: &mut Model, record: &TrialRecord) {
    let (v, r, s) = (record.id.variant, record.id.row, record.id.sample);
    let (v, r, s) = (v as usize, r as usize, s as usize);
    let known = |cells: &Grid| cells.cell(v, r, s).state.is_answered();
    if record.id.model as usize != model.cursor.model || model.cells().is_none_or(known) {
        return;
    }
    if let (Some(live), Some(_)) = (&mut model.findings.live, record.outcome.completion()) {
        live.add(v, r, record.scores.main().map_or(0.0, |s| s.value));
    }
}
