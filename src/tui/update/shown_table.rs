//! The table that the grids are of: put in place of another, with the cursor and the marks where they were.

use super::view_state::remember;
use crate::{
    engine::Plan,
    model::ModelRef,
    outcome::Grid,
    tui::model::{Against, Model, Progress, SavedExperimentView, Table},
};
use std::{collections::BTreeSet, ffi::OsStr, sync::Arc};

/// Put a plan in place of what was there; the cursor stays where it was as far as that is still there.
pub(super) fn replace_plan(model: &mut Model, plan: &Arc<Plan>, names: Vec<String>, first: bool) {
    let seen: SavedExperimentView = if first {
        let name = &model.spec().name;
        model
            .view
            .saved
            .experiments
            .get(name)
            .cloned()
            .unwrap_or_default()
    } else {
        let name = model.spec().name.clone();
        remember(model)
            .experiments
            .remove(&name)
            .unwrap_or_default()
    };
    let line = model
        .workspace
        .variant_names
        .get(model.cursor.list_line)
        .cloned();
    let table = Arc::new(Table::of_plan(Arc::clone(plan)));
    show_table(model, &table);
    model.workspace.variant_names = names;
    place(model, &table, &seen);
    let new = model.workspace.new_variant.is_some();
    if let Some(name) = model.workspace.new_variant.take() {
        match table.names.iter().position(|n| {
            *n == name
                || n.strip_prefix(&name)
                    .is_some_and(|rest| rest.starts_with('['))
        }) {
            Some(v) => model.cursor.variant = v,
            None => model.refuse(format!(
                "no `templates` pattern in wording.toml matches {name}.j2; add one"
            )),
        }
    }
    // A variant that was just switched off keeps the cursor of the list.
    let line = line.filter(|_| !first && !new);
    let at = line.as_ref().or(table.names.get(model.cursor.variant));
    let place = at.and_then(|name| model.workspace.variant_names.iter().position(|n| n == name));
    model.cursor.list_line = match place {
        Some(place) => place,
        None => line.and_then(|name| broken_line(model, &name)).unwrap_or(0),
    };
}

/// Empty grids of a table.
pub(super) fn show_table(model: &mut Model, table: &Arc<Table>) {
    model.answers.grids = table
        .models
        .iter()
        .map(|_| Grid::new(table.variants(), table.rows, table.samples).with_rules(table.rules))
        .collect();
    model.answers.table = Ok(Arc::clone(table));
    model.cursor.model = model.cursor.model.min(table.models.len().saturating_sub(1));
    model.answers.row_model = model.cursor.model;
    model.cursor.sample = model.cursor.sample.min(table.samples.saturating_sub(1));
    model.answers.source = None;
    model.findings.clear();
    model.jobs.requested.analysed.clear();
    model.leaderboard = Default::default();
    model.answers.columns = Default::default();
    model.workspace.estimate = None;
    model.answers.streams.clear();
    model.answers.outputs.clear();
    model.answers.opinions = Default::default();
    model.jobs.pending.trials.clear();
    model.jobs.pending.excerpts.clear();
    model.jobs.pending.analysis = None;
    model.jobs.pending.breakdown = None;
    model.jobs.pending.effects = None;
    model.diff.against = Against::Baseline;
    model.diff.effects = Arc::default();
    model.diff.finding = None;
    model.run.progress = model.run.progress.take().filter(Progress::is_on);
    model.answers.arrangement.rows = Arc::new((0..table.rows as u32).collect());
    model.answers.changes += 1;
    model.jobs.rearrange();
}

/// Put the cursor and the marks where they were.
fn place(model: &mut Model, table: &Table, seen: &SavedExperimentView) {
    let named = |name: &str| table.names.iter().position(|n| n == name);
    model.cursor.variant = named(&seen.variant).unwrap_or(0);
    let is_seen = |m: &ModelRef| m.to_string() == seen.model;
    model.cursor.model = table.models.iter().position(is_seen).unwrap_or(0);
    model.answers.row_model = model.cursor.model;
    model.answers.baseline = seen
        .baseline
        .as_deref()
        .and_then(named)
        .unwrap_or(table.baseline);
    let (mut row, mut marks) = (0, BTreeSet::new());
    if !seen.row.is_empty() || !seen.marks.is_empty() {
        for r in 0..table.rows {
            let id = table.row_id(r);
            if id == seen.row {
                row = r;
            }
            if seen.marks.contains(&id) {
                marks.insert(r);
            }
        }
    }
    model.cursor.row = row;
    model.answers.marks = Arc::new(marks);
}

/// The line of the broken template that a variant was of.
fn broken_line(model: &Model, variant: &str) -> Option<usize> {
    let stem = variant.split('[').next();
    let mut broken = model.workspace.broken_templates().into_iter();
    let at = broken.position(|error| {
        error.place().and_then(|place| place.file.file_stem()) == stem.map(OsStr::new)
    });
    Some(model.workspace.variant_names.len() + at?)
}
