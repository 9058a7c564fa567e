//! Old runs: listed, opened, compared, noted.

use super::{cursor, plan, view_state};
use crate::{
    outcome::{Grid, RowLink},
    store::RunInfo,
    tui::model::{
        Against, Effect, GridSource, Job, LineInput, LinePurpose, Model, Other, Outputs, Overlay,
        RunLine, Screen, Table,
    },
};
use std::sync::Arc;

/// The list was read.
pub fn listed(model: &mut Model, lines: Vec<RunLine>) {
    model.run_at = model.run_at.min(lines.len().saturating_sub(1));
    model.chosen = model
        .chosen
        .take()
        .filter(|id| lines.iter().any(|l| l.info.id == *id));
    model.runs = lines;
}

/// Open the run under the cursor.
pub fn open(model: &mut Model, out: &mut Vec<Effect>) {
    if model.is_running() {
        return model.refuse("a run is on its way; x stops it");
    }
    if let Some(run) = model.runs.get(model.run_at) {
        out.push(Effect::Do(Box::new(Job::Open(run.info.id.0.clone()))));
    }
}

/// A run was read: it takes the place of the grid.
pub fn opened(model: &mut Model, info: RunInfo, boards: Vec<Grid>, out: &mut Vec<Effect>) {
    if model.is_running() {
        return;
    }
    if let Some(at) = model
        .project
        .experiments
        .iter()
        .position(|e| e.name == info.experiment)
        && at != model.experiment
    {
        // The plan at hand is of another experiment: its rows are not those of this run.
        model.plan = None;
        model.bad_cases = Arc::default();
        model.experiment = at;
    }
    let kept = GridSource {
        run: info.id.clone(),
        carried: None,
        ended: (info.state != "finished").then(|| info.state.clone()),
    };
    let table = Arc::new(Table::of_run(info, model.plan.clone()));
    plan::show_table(model, &table);
    model.boards = boards;
    model.kept = Some(kept);
    model.baseline = table.baseline;
    model.variant = model.variant.min(table.variants().saturating_sub(1));
    model.row = model.row.min(table.rows.saturating_sub(1));
    model.marks = Arc::default();
    model.seen.advised = None;
    (model.screen, model.pane, model.zoom) = (Screen::Grid, 0, false);
    if let Some(other) = model.comparing.take() {
        model.screen = Screen::Diff;
        let job = Job::Other(other.0, model.plan.clone(), table);
        out.push(Effect::Do(Box::new(job)));
    }
}

/// Compare the run chosen with the one under the cursor: the older one is before.
pub fn compare(model: &mut Model, out: &mut Vec<Effect>) {
    if model.is_running() {
        return model.refuse("a run is on its way; x stops it");
    }
    let Some(here) = model.runs.get(model.run_at).map(|r| r.info.id.clone()) else {
        return;
    };
    let Some(chosen) = model.chosen.clone().filter(|id| *id != here) else {
        return model.refuse("Space on another run chooses the one to compare with");
    };
    let (older, newer) = if chosen < here {
        (chosen, here)
    } else {
        (here, chosen)
    };
    model.comparing = Some(older);
    out.push(Effect::Do(Box::new(Job::Open(newer.0))));
}

/// A run to compare with was read.
pub fn other(model: &mut Model, table: Arc<Table>, boards: Vec<Grid>, link: RowLink) {
    model.diff.against = Against::Run(Box::new(Other {
        table,
        boards,
        link,
        outputs: Outputs::default(),
    }));
    model.diff.effects = Arc::default();
    model.diff.finding = None;
    (model.diff.at, model.diff.scroll, model.diff.swapped) = (0, 0, false);
    model.seen.compared = None;
    model.asked.effects = None;
    (model.screen, model.pane, model.zoom) = (Screen::Diff, 0, false);
    model.overlays.clear();
}

/// The diff against the baseline.
pub fn diff_baseline(model: &mut Model, out: &mut Vec<Effect>) {
    model.diff.against = Against::Baseline;
    model.seen.compared = None;
    model.asked.effects = None;
    model.diff.effects = Arc::default();
    model.diff.finding = None;
    if model.variant == model.baseline {
        // The baseline beside itself says nothing; the next variant stands beside it.
        cursor::variants(model, 1);
    }
    view_state::show(model, Screen::Diff, out);
}

/// The diff against the run before the one that is shown.
pub fn diff_before(model: &mut Model, out: &mut Vec<Effect>) {
    let Ok(table) = &model.table else { return };
    let shown = model
        .kept
        .as_ref()
        .filter(|k| k.carried.is_none())
        .map(|k| k.run.clone());
    let name = match table.run() {
        Some(info) => info.experiment.clone(),
        None => model.spec().name.clone(),
    };
    let job = Job::Before(name, shown, model.plan.clone(), Arc::clone(table));
    out.push(Effect::Do(Box::new(job)));
}

/// Note something down on the run under the cursor.
pub fn note(model: &mut Model) {
    if let Some(run) = model.runs.get(model.run_at) {
        let note = run.info.note.clone().unwrap_or_default();
        model.overlays.push(Overlay::Line {
            what: LinePurpose::Note,
            input: LineInput::new(note),
        });
    }
}
