//! What follows by itself when the grid or the view changed: rows are arranged, the grid is analysed, wordings are
//! compared, outputs are read. While a run is on its way this happens a few times a second, not with every answer.

use super::advice;
use crate::{
    analysis::{Analysis, VariantFinding},
    model::{RunId, TrialId, TrialRecord},
    outcome::CellState,
    tui::model::{
        Against, Arrangement, Effect, GridSource, Job, Model, Other, Overlay, RowChanges, Screen,
        Table,
    },
};
use std::{sync::Arc, time::Duration};

/// Most trials that are read at once.
const MOST_TRIALS: usize = 256;

/// The rows are to be arranged anew.
pub fn rearrange(model: &mut Model) {
    (model.seen.arranged, model.asked.arrange) = (None, None);
    model.asked.rested = [None; 2];
}

/// While a run is on its way, rows are not arranged and compared with every answer.
fn rests(model: &Model, what: usize) -> bool {
    const PAUSE: Duration = Duration::from_millis(400);
    model.is_running()
        && model.asked.rested[what]
            .is_some_and(|last| model.now.saturating_duration_since(last) < PAUSE)
}

/// Ask for what is out of date. `settled`: not in the middle of a stream of events.
pub fn follow(model: &mut Model, settled: bool, out: &mut Vec<Effect>) {
    if !settled && model.is_running() {
        return;
    }
    arrange(model, out);
    analyse(model, out);
    compare(model, out);
    read(model, out);
    advice::follow(model, out);
}

fn number(model: &mut Model) -> u64 {
    model.asked.number += 1;
    model.asked.number
}

fn arrange(model: &mut Model, out: &mut Vec<Effect>) {
    if model.seen.arranged == Some(model.changes)
        || model.asked.arrange.is_some()
        || rests(model, 0)
    {
        return;
    }
    let number = number(model);
    let spec = model.arrange_spec(number);
    let (Ok(table), Some(cells)) = (&model.table, model.cells()) else {
        return;
    };
    let job = Job::Arrange(cells.clone(), Arc::clone(table), spec);
    model.asked.arrange = Some(number);
    model.asked.rested[0] = Some(model.now);
    model.seen.arranged = Some(model.changes);
    out.push(Effect::Do(Box::new(job)));
}

/// Take the rows as arranged; the cursor stays on its row, or goes to the place where it was.
pub fn arranged(model: &mut Model, arrangement: Arrangement) {
    if model.asked.arrange != Some(arrangement.number) {
        return;
    }
    model.asked.arrange = None;
    let place = model.place();
    let rows = Arc::clone(&arrangement.rows);
    model.arrangement = arrangement;
    if !rows.iter().any(|r| *r as usize == model.row)
        && let Some(row) = rows.get(place.min(rows.len().saturating_sub(1)))
    {
        model.row = *row as usize;
    }
}

fn analyse(model: &mut Model, out: &mut Vec<Effect>) {
    let wanted = (model.changes, model.model, model.baseline);
    if model.seen.analysed == Some(wanted) {
        return;
    }
    if let Some((_, since)) = model.asked.analysis {
        // One at a time; a late one is not waited for forever.
        if model.now.saturating_duration_since(since) < Duration::from_secs(120) {
            return;
        }
    }
    let pause = Duration::from_secs_f64((model.asked.analysis_s * 4.0).clamp(0.3, 30.0));
    if model.is_running()
        && model
            .asked
            .analysed
            .is_some_and(|last| model.now.saturating_duration_since(last) < pause)
    {
        return;
    }
    let (Some(spec), Some(cells)) = (model.analysis_spec(), model.cells()) else {
        return;
    };
    let number = model.asked.number + 1;
    out.push(Effect::Do(Box::new(Job::Analyse(
        number,
        model.model,
        cells.clone(),
        spec,
    ))));
    model.asked.number = number;
    model.asked.analysis = Some((number, model.now));
    model.seen.analysed = Some(wanted);
}

/// Take an analysis, where it is still of the grid shown.
pub fn analysed(model: &mut Model, number: u64, of: usize, analysis: Analysis) {
    let Some((asked, since)) = model.asked.analysis else {
        return;
    };
    if asked != number {
        return;
    }
    model.asked.analysis = None;
    model.asked.analysed = Some(model.now);
    model.asked.analysis_s = model.now.saturating_duration_since(since).as_secs_f64();
    if of == model.model && analysis.variants.len() == model.cells().map_or(0, |c| c.variants()) {
        model.analysis = Some(analysis);
    }
}

fn compare(model: &mut Model, out: &mut Vec<Effect>) {
    let wanted = (model.changes, model.model, model.variant, model.baseline);
    if model.screen != Screen::Diff
        || model.seen.compared == Some(wanted)
        || model.asked.effects.is_some()
        || rests(model, 1)
    {
        return;
    }
    let Some((before, after, link)) = model.sides() else {
        return;
    };
    let number = number(model);
    model.asked.effects = Some(number);
    model.asked.rested[1] = Some(model.now);
    model.seen.compared = Some(wanted);
    // The difference to the baseline is found with the whole grid; that to another run is found here.
    let spec = model.analysis_spec().filter(|_| against_run(model));
    out.push(Effect::Do(Box::new(Job::Compare(
        before,
        after,
        link,
        number,
        spec.map(Box::new),
    ))));
}

fn against_run(model: &Model) -> bool {
    matches!(model.diff.against, Against::Run(_))
}

/// Take the difference to another run.
pub fn judged(model: &mut Model, number: u64, finding: Box<VariantFinding>) {
    if model.asked.effects == Some(number) {
        model.asked.effects = None;
        let of = model
            .seen
            .compared
            .map(|(_, model, variant, _)| (model, variant));
        model.diff.finding = of.map(|of| (of, finding));
    }
}

pub fn compared(model: &mut Model, effects: RowChanges) {
    if model.asked.effects == Some(effects.number) {
        // Its difference is still to come.
        if !against_run(model) {
            model.asked.effects = None;
        }
        let row = model.row as u32;
        let at = effects.rows.iter().position(|(r, _)| *r == row);
        model.diff.at = at.unwrap_or(model.diff.at.min(effects.rows.len().saturating_sub(1)));
        model.diff.effects = Arc::new(effects);
    }
}

/// Read the outputs that are looked at and not at hand.
fn read(model: &mut Model, out: &mut Vec<Effect>) {
    let inspects = matches!(model.overlays.last(), Some(Overlay::Row { .. }));
    if model.screen == Screen::Runs && !inspects {
        return;
    }
    let (Some(cells), Some(kept)) = (model.cells(), &model.kept) else {
        return;
    };
    let mut places: Vec<(usize, usize)> = model
        .measured
        .shown
        .iter()
        .map(|v| (*v, model.sample))
        .collect();
    if inspects || model.screen == Screen::Diff {
        for v in [model.variant, model.baseline] {
            places.extend((0..cells.samples()).map(|s| (v, s)));
        }
    } else {
        places.push((model.variant, model.sample));
    }
    places.sort_unstable();
    places.dedup();
    let mut wanted = Vec::new();
    for (v, sample) in places {
        if v < cells.variants() && model.row < cells.rows() {
            let id = model.trial(v, sample);
            let state = cells.cell(v, model.row, sample).state;
            let there = is_there(state)
                .then(|| there(kept, id))
                .flatten()
                .filter(|_| model.outputs.get(id).is_none());
            if let Some(there) = there
                && !model.asked.trials.contains(&(kept.run.clone(), id))
            {
                wanted.push((id, there));
            }
        }
    }
    wanted.truncate(MOST_TRIALS);
    if !wanted.is_empty() {
        let run = kept.run.clone();
        ask(model, run, wanted, out);
    }
    if let (Against::Run(other), Ok(table)) = (&model.diff.against, &model.table)
        && model.screen == Screen::Diff
        && let Some(run) = other.table.run().map(|info| info.id.clone())
        && let Some(wanted) = missing(model, other, table, &run)
    {
        ask(model, run, wanted, out);
    }
}

fn is_there(state: CellState) -> bool {
    !matches!(state, CellState::Pending | CellState::Running)
}

fn there(kept: &GridSource, id: TrialId) -> Option<TrialId> {
    match &kept.carried {
        None => Some(id),
        Some(places) => places.there(id),
    }
}

/// Outputs of the run compared with that are looked at and not at hand.
fn missing(
    model: &Model,
    other: &Other,
    table: &Table,
    run: &RunId,
) -> Option<Vec<(TrialId, TrialId)>> {
    let (v, m) = (
        model.other_variant(other, table),
        model.other_model(other, table),
    );
    let row = other.link.earlier(model.row)?;
    let cells = other.boards.get(m)?;
    let wanted: Vec<(TrialId, TrialId)> = (0..cells.samples())
        .filter(|s| is_there(cells.cell(v, row, *s).state))
        .map(|s| TrialId {
            variant: v as u32,
            model: m as u32,
            row: row as u32,
            sample: s as u32,
        })
        .filter(|id| {
            other.outputs.get(*id).is_none() && !model.asked.trials.contains(&(run.clone(), *id))
        })
        .take(MOST_TRIALS)
        .map(|id| (id, id))
        .collect();
    (!wanted.is_empty()).then_some(wanted)
}

fn ask(model: &mut Model, run: RunId, wanted: Vec<(TrialId, TrialId)>, out: &mut Vec<Effect>) {
    for (id, _) in &wanted {
        model.asked.trials.insert((run.clone(), *id));
    }
    out.push(Effect::Do(Box::new(Job::Trials(run, wanted))));
}

/// Keep trials that were read at hand.
pub fn trials(model: &mut Model, run: &RunId, asked: &[TrialId], records: Vec<TrialRecord>) {
    for id in asked {
        model.asked.trials.remove(&(run.clone(), *id));
    }
    let here = model.kept.as_ref().is_some_and(|k| k.run == *run);
    let found: Vec<TrialId> = records.iter().map(|r| r.id).collect();
    for record in records {
        if let Against::Run(other) = &mut model.diff.against
            && !here
        {
            other.outputs.keep(Arc::new(record));
        } else if here {
            model.outputs.keep(Arc::new(record));
        }
    }
    // What the store does not have is not asked for again.
    for id in asked.iter().filter(|id| !found.contains(id)) {
        model.asked.trials.insert((run.clone(), *id));
    }
}
