//! Old runs: listed, opened, compared, noted.

use super::{cursor, plan, shown_table, view_state};
use crate::{
    model::RunId,
    outcome::{Grid, RowLink},
    store::RunInfo,
    tui::model::{
        Against, Effect, GridSource, Job, LinePurpose, Model, Other, Outputs, Overlay, RunBefore,
        RunLine, Screen, Table, TextArea,
    },
};
use std::sync::Arc;

/// The list was read.
pub(super) fn listed(model: &mut Model, lines: Vec<RunLine>) {
    model.run_list.line = model.run_list.line.min(lines.len().saturating_sub(1));
    model.run_list.chosen = model
        .run_list
        .chosen
        .take()
        .filter(|id| lines.iter().any(|l| l.info.id == *id));
    model.run_list.lines = lines;
}

/// Open a run.
pub(super) fn open(model: &mut Model, run: &RunId, out: &mut Vec<Effect>) {
    if model.is_running() {
        return model.refuse("a run is in progress; x stops it");
    }
    out.push(Job::Open(run.0.clone()).into());
}

/// A run was read: it takes the place of the grid.
pub(super) fn opened(model: &mut Model, info: RunInfo, boards: Vec<Grid>, out: &mut Vec<Effect>) {
    if model.is_running() {
        return;
    }
    // Where the run is closed, the project is shown as it was.
    out.push(Effect::Remember(view_state::remember(model)));
    if let Some(at) = model
        .workspace
        .project
        .experiments
        .iter()
        .position(|e| e.name == info.experiment)
        && at != model.workspace.experiment
    {
        // The current plan is of another experiment: its rows are not those of this run.
        model.workspace.plan = None;
        model.answers.bad_cases = Arc::default();
        model.workspace.experiment = at;
    }
    let ended = (info.state != "finished").then(|| info.state.clone());
    let kept = GridSource::of_run(info.id.clone(), ended);
    let table = Arc::new(Table::of_run(info, model.workspace.plan.clone()));
    if model.workspace.is_bundle {
        model.workspace.variant_names.clone_from(&table.names);
    }
    shown_table::show_table(model, &table);
    model.answers.grids = boards;
    model.answers.source = Some(kept);
    model.answers.baseline = table.baseline;
    model.cursor.variant = model.cursor.variant.min(table.variants().saturating_sub(1));
    model.cursor.row = model.cursor.row.min(table.rows.saturating_sub(1));
    model.answers.marks = Arc::default();
    model.jobs.requested.advised = None;
    (model.view.screen, model.cursor.pane, model.view.zoom) = (Screen::Grid, 0, false);
    if let Some(other) = model.run_list.compare_with.take() {
        model.view.screen = Screen::Diff;
        let job = Job::Other(other.0, model.workspace.plan.clone(), table);
        out.push(job.into());
    }
}

/// Compare the run chosen with the one under the cursor: the older one is before.
pub(super) fn compare(model: &mut Model, out: &mut Vec<Effect>) {
    if model.is_running() {
        return model.refuse("a run is in progress; x stops it");
    }
    let Some(here) = model
        .run_list
        .lines
        .get(model.run_list.line)
        .map(|r| r.info.id.clone())
    else {
        return;
    };
    let Some(chosen) = model.run_list.chosen.clone().filter(|id| *id != here) else {
        return model.refuse("choose another run with Space first");
    };
    let (older, newer) = if chosen < here {
        (chosen, here)
    } else {
        (here, chosen)
    };
    model.run_list.compare_with = Some(older);
    out.push(Job::Open(newer.0).into());
}

/// A run to compare with was read.
pub(super) fn compare_with(model: &mut Model, table: Arc<Table>, boards: Vec<Grid>, link: RowLink) {
    model.diff.against = Against::Run(Box::new(Other {
        table,
        boards,
        link,
        outputs: Outputs::default(),
    }));
    model.diff.effects = Arc::default();
    model.diff.finding = None;
    (model.diff.at, model.diff.scroll, model.diff.swapped) = (0, 0, false);
    model.jobs.requested.compared = None;
    model.jobs.pending.effects = None;
    (model.view.screen, model.cursor.pane, model.view.zoom) = (Screen::Diff, 0, false);
    model.view.overlays.clear();
}

/// The diff against the baseline.
pub(super) fn diff_baseline(model: &mut Model, out: &mut Vec<Effect>) {
    model.diff.against = Against::Baseline;
    model.jobs.requested.compared = None;
    model.jobs.pending.effects = None;
    model.diff.effects = Arc::default();
    model.diff.finding = None;
    if model.cursor.variant == model.answers.baseline {
        // The baseline beside itself says nothing; the next variant stands beside it.
        cursor::variants(model, 1);
    }
    view_state::show(model, Screen::Diff, out);
}

/// The diff against the run before the one that is shown.
pub(super) fn diff_before(model: &mut Model, out: &mut Vec<Effect>) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    let shown = model
        .answers
        .source
        .as_ref()
        .and_then(|source| source.resumable().cloned());
    let experiment = match table.run() {
        Some(info) => info.experiment.clone(),
        None => model.spec().name.clone(),
    };
    let source = model.answers.source.as_ref();
    let answers = source.and_then(|source| source.answers.as_ref());
    let before = RunBefore {
        experiment,
        shown,
        answers: answers.map_or_else(Vec::new, |answers| answers.runs()),
    };
    let job = Job::Before(before, model.workspace.plan.clone(), Arc::clone(table));
    out.push(job.into());
}

/// A run is no longer in the store; where its answers were shown, they are found again.
pub(super) fn deleted(model: &mut Model, run: &RunId, out: &mut Vec<Effect>) {
    let runs = |source: &GridSource| match &source.answers {
        Some(answers) => answers
            .runs()
            .iter()
            .any(|(id, _)| id.as_ref() == Some(run)),
        None => source.run.as_ref() == Some(run),
    };
    if !model.answers.source.as_ref().is_some_and(runs) || model.is_running() {
        return;
    }
    match model.workspace.plan.clone() {
        Some(plan) if !model.shows_old_run() => plan::request_answers(model, plan, out),
        _ => model.answers.source = None,
    }
}

/// Note something down on the run under the cursor.
pub(super) fn note(model: &mut Model) {
    if let Some(run) = model.run_list.lines.get(model.run_list.line) {
        let note = run.info.note.clone().unwrap_or_default();
        model.open(Overlay::Line {
            what: LinePurpose::Note,
            input: TextArea::line(note),
        });
    }
}
