//! Scores by formula during a run: each answer counts at once, however long the analysis takes.

use crate::{
    analysis::Live,
    model::{Score, TrialRecord},
    tui::model::Model,
};

/// Most samples that are counted anew where the key that asked for it waits; above, the analysis alone tells.
const MOST: usize = 4_000_000;

/// Count anew: a run began, or other models or another baseline are looked at.
pub(super) fn count(model: &mut Model) {
    model.findings.live.clear();
    if !model.is_running() {
        return;
    }
    let mut held = 0;
    for m in model.shown_models() {
        let Some(grid) = model.answers.grids.get(m) else {
            continue;
        };
        held += grid.held();
        if held > MOST {
            return;
        }
        let mut live = Live::new(grid.variants(), grid.rows(), model.answers.baseline);
        grid.each(|variant, row, _, cell| {
            if let Some(score) = cell.score {
                live.add(variant, row, score);
            }
        });
        model.findings.live.insert(m, live);
    }
}

/// Count one that came, before it is written into its cell, in place of the score that the cell has.
pub(super) fn add(model: &mut Model, record: &TrialRecord) {
    let (v, r, s) = (record.id.variant, record.id.row, record.id.sample);
    let (v, r, s) = (v as usize, r as usize, s as usize);
    let m = record.id.model as usize;
    let Some(grid) = model.answers.grids.get(m) else {
        return;
    };
    let known = grid.score(v, r, s);
    let live = model.findings.live.get_mut(&m);
    if let (Some(live), Some(_)) = (live, record.outcome.completion()) {
        if let Some(known) = known {
            live.remove(v, r, known);
        }
        if let Some(score) = record.scores.main().map_or(Some(0.0), Score::known) {
            live.add(v, r, score);
        }
    }
}
