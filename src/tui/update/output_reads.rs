//! Outputs, prompts and opinions that are looked at and not at hand: read from the store, and kept.

use crate::{
    engine::AnswerPlace,
    model::{Prompt, RunId, TrialId, TrialRecord},
    outcome::CellState,
    tui::model::{
        Against, Effect, GridColumn, Job, Model, Other, Overlay, Screen, Table, excerpt_sample,
    },
};
use std::{collections::HashSet, sync::Arc};

/// Most trials that are read at once.
const MOST_TRIALS: usize = 256;

/// Read the outputs that are looked at and not at hand.
pub(super) fn read_outputs(model: &mut Model, out: &mut Vec<Effect>) {
    let inspects = matches!(model.view.overlays.last(), Some(Overlay::Row { .. }));
    if model.view.screen == Screen::Runs && !inspects {
        return;
    }
    let (Some(cells), Some(kept)) = (model.cells(), &model.answers.source) else {
        return;
    };
    let (here, row) = (model.cursor.column(), model.cursor.row);
    let mut places: Vec<(GridColumn, usize)> = (model.view.measured.shown.iter())
        .map(|column| (*column, model.cursor.sample))
        .collect();
    if inspects || model.view.screen == Screen::Diff {
        for column in [here, model.baseline_of(here)] {
            places.extend((0..cells.samples()).map(|s| (column, s)));
        }
    } else {
        places.push((here, model.cursor.sample));
    }
    places.sort_unstable();
    places.dedup();
    let mut wanted = Vec::new();
    for (column, sample) in places {
        if let Some(cells) = model.answers.grids.get(column.model)
            && column.variant < cells.variants()
            && row < cells.rows()
        {
            let id = column.trial(row, sample);
            let state = cells.cell(column.variant, row, sample).state;
            let there = has_outcome(state)
                .then(|| kept.place(id))
                .flatten()
                .filter(|_| {
                    let outputs = &model.answers.outputs;
                    outputs.get(id).is_none() || outputs.lacks_conversation(id)
                });
            if let Some(there) = there
                && !model.jobs.pending.trials.contains(&(None, id))
            {
                wanted.push((id, there));
            }
        }
    }
    wanted.truncate(MOST_TRIALS);
    if !wanted.is_empty() {
        request_trials(model, None, wanted, out);
    }
    if let (Against::Run(other), Ok(table)) = (&model.diff.against, &model.answers.table)
        && model.view.screen == Screen::Diff
        && let Some(run) = other.table.run().map(|info| info.id.clone())
        && let Some(wanted) = missing_outputs(model, other, table, &run)
    {
        request_trials(model, Some(run), wanted, out);
    }
}

/// Read what judges said of the cell that is inspected.
pub(super) fn read_opinions(model: &mut Model, out: &mut Vec<Effect>) {
    let inspects = matches!(model.view.overlays.last(), Some(Overlay::Row { .. }));
    let (true, Some(cells), Some(kept)) = (inspects, model.cells(), &model.answers.source) else {
        return;
    };
    let (v, row) = (model.cursor.variant, model.cursor.row);
    let cell = model.trial(v, 0);
    if model.answers.opinions.0 == Some(cell) || v >= cells.variants() || row >= cells.rows() {
        return;
    }
    let samples = (0..cells.samples()).map(|sample| model.trial(v, sample));
    let places: Vec<_> = samples
        .filter_map(|here| Some((here, kept.place(here)?)))
        .collect();
    model.answers.opinions = (Some(cell), Vec::new());
    out.push(Job::Opinions(cell, places).into());
}

/// Read the first words of outputs in cells on the screen, where the metric reads no answer.
pub(super) fn read_excerpts(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(source) = &model.answers.source else {
        return;
    };
    let mut wanted = Vec::new();
    for row in &model.view.measured.rows {
        for column in &model.view.measured.shown {
            let Some(cells) = model.answers.grids.get(column.model) else {
                continue;
            };
            let variant = column.variant;
            let summary = cells.summary(variant, *row);
            let Some(sample) = excerpt_sample(cells, (variant, *row), &summary) else {
                continue;
            };
            let id = column.trial(*row, sample);
            if model.answers.outputs.excerpt(id).is_none()
                && !model.jobs.pending.excerpts.contains(&id)
                && let Some(place) = source.place(id)
            {
                wanted.push((id, place));
            }
        }
    }
    if !wanted.is_empty() {
        let ids = wanted.iter().map(|(id, _)| *id);
        model.jobs.pending.excerpts.extend(ids);
        let plan = model.workspace.plan.clone();
        let plan = plan.filter(|_| !model.shows_old_run());
        out.push(Job::Excerpts(wanted, plan).into());
    }
}

/// Keep first words of outputs. What the store does not have is not asked for again.
pub(super) fn excerpts(model: &mut Model, asked: &[TrialId], found: Vec<(TrialId, Arc<str>)>) {
    // Those of a grid that was replaced meanwhile are not waited for any more.
    if asked
        .iter()
        .all(|id| !model.jobs.pending.excerpts.contains(id))
    {
        return;
    }
    for (id, words) in found {
        if model.jobs.pending.excerpts.remove(&id) {
            model.answers.outputs.keep_excerpt(id, words);
        }
    }
}

fn has_outcome(state: CellState) -> bool {
    !matches!(state, CellState::Pending | CellState::Running)
}

/// Outputs of the run compared with that are looked at and not at hand.
fn missing_outputs(
    model: &Model,
    other: &Other,
    table: &Table,
    run: &RunId,
) -> Option<Vec<(TrialId, AnswerPlace)>> {
    let (v, m) = (
        model.other_variant(other, table),
        model.other_model(other, table),
    );
    let row = other.link.earlier(model.cursor.row)?;
    let cells = other.boards.get(m)?;
    let wanted: Vec<(TrialId, AnswerPlace)> = (0..cells.samples())
        .filter(|s| has_outcome(cells.cell(v, row, *s).state))
        .map(|s| TrialId {
            variant: v as u32,
            model: m as u32,
            row: row as u32,
            sample: s as u32,
        })
        .filter(|id| {
            other.outputs.get(*id).is_none()
                && !(model.jobs.pending.trials).contains(&(Some(run.clone()), *id))
        })
        .take(MOST_TRIALS)
        .map(|id| (id, AnswerPlace::Trial(run.clone(), id)))
        .collect();
    (!wanted.is_empty()).then_some(wanted)
}

fn request_trials(
    model: &mut Model,
    run: Option<RunId>,
    wanted: Vec<(TrialId, AnswerPlace)>,
    out: &mut Vec<Effect>,
) {
    for (id, _) in &wanted {
        model.jobs.pending.trials.insert((run.clone(), *id));
    }
    let renders = run.is_none() && !model.shows_old_run();
    let plan = model.workspace.plan.clone().filter(|_| renders);
    out.push(Job::Trials(run, wanted, plan).into());
}

/// Keep the prompts of trials at hand, as they were stored.
pub(super) fn prompts(
    model: &mut Model,
    run: Option<&RunId>,
    found: Vec<(TrialId, Option<Prompt>)>,
) {
    let outputs = match (&mut model.diff.against, run) {
        (Against::Run(other), Some(_)) => &mut other.outputs,
        (_, None) => &mut model.answers.outputs,
        _ => return,
    };
    for (id, prompt) in found {
        outputs.keep_prompt(id, prompt);
    }
}

/// Keep trials that were read at hand.
pub(super) fn trials(
    model: &mut Model,
    run: Option<RunId>,
    asked: &[TrialId],
    mut records: Vec<TrialRecord>,
) {
    // Those of a grid that was replaced meanwhile are not waited for any more.
    let mut pending = HashSet::new();
    for id in asked {
        if model.jobs.pending.trials.remove(&(run.clone(), *id)) {
            pending.insert(*id);
        }
    }
    records.retain(|record| pending.contains(&record.id));
    let here = run.is_none();
    let found: Vec<TrialId> = records.iter().map(|r| r.id).collect();
    for record in records {
        if let Against::Run(other) = &mut model.diff.against
            && !here
        {
            other.outputs.keep(Arc::new(record));
        } else if here {
            model.answers.outputs.keep(Arc::new(record));
        }
    }
    // What the store does not have is not asked for again.
    for id in pending.iter().filter(|id| !found.contains(id)) {
        model.jobs.pending.trials.insert((run.clone(), *id));
    }
}
