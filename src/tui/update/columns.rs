//! The columns of the grid and the one under the cursor: arranged when figures, models or their order change.

use super::live;
use crate::tui::model::{GridColumn, Model};
use std::collections::HashMap;

/// The columns of the grid follow the leaderboard of the models shown, each variant at its best place; during a run they stay
/// where they are.
pub(super) fn arrange_columns(model: &mut Model) {
    let Ok(table) = model.answers.table.clone() else {
        return;
    };
    let models = model.shown_models();
    let board = &model.leaderboard.board;
    let order = board.order(model.view.settings.leaderboard_sort);
    let lines = order.iter().map(|line| &board.lines[*line]);
    let lines = lines.filter(|line| models.contains(&line.model));
    let (mut ranked, mut has_scores) = (Vec::new(), false);
    let mut is_ranked = vec![false; table.variants()];
    for line in lines {
        has_scores |= line.rank.is_some();
        if let Some(known) = is_ranked.get_mut(line.variant)
            && !std::mem::replace(known, true)
        {
            ranked.push(line.variant);
        }
    }
    let known = &mut model.workspace.column_order;
    if has_scores {
        *known = ranked
            .iter()
            .filter_map(|v| table.names.get(*v).cloned())
            .collect();
    } else {
        // Before the first answer of a run they stand as they stood.
        let place: HashMap<&str, usize> = known.iter().map(String::as_str).zip(0..).collect();
        let name = |v: &usize| table.names.get(*v).map_or("", String::as_str);
        ranked.sort_by_key(|v| place.get(name(v)).copied().unwrap_or(usize::MAX));
    }
    let layout = &model.view.settings.column_layout;
    let baseline = model.answers.baseline;
    model.answers.columns = layout.columns(&table.names, &ranked, baseline, models);
    let columns = &model.answers.columns;
    if !columns.variants.contains(&model.cursor.variant) {
        model.cursor.variant = baseline;
    }
    if let Some(first) = columns.models.first()
        && !columns.models.contains(&model.cursor.model)
    {
        model.cursor.model = *first;
    }
    if !model
        .answers
        .columns
        .models
        .contains(&model.answers.row_model)
    {
        arrange_rows_by_cursor(model);
    }
    follow_order(model, &ranked);
}

/// The list of variants on the Edit screen stands in the same order; those switched off come last.
fn follow_order(model: &mut Model, ranked: &[usize]) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    // The list beside an old run is that of the project.
    if table.run().is_some() && !model.workspace.is_bundle {
        return;
    }
    let place: HashMap<&str, usize> = (ranked.iter())
        .filter_map(|v| table.names.get(*v))
        .map(String::as_str)
        .zip(0..)
        .collect();
    let names = &mut model.workspace.variant_names;
    let here = names.get(model.cursor.list_line).cloned();
    names.sort_by_key(|name| place.get(name.as_str()).copied().unwrap_or(usize::MAX));
    if let Some(at) = here.and_then(|here| names.iter().position(|name| *name == here)) {
        model.cursor.list_line = at;
    }
}

/// Other models are shown, or they are grouped another way.
pub(super) fn models_changed(model: &mut Model) {
    arrange_columns(model);
    live::count(model);
}

/// Put the cursor on a column.
pub(super) fn go_to(model: &mut Model, column: GridColumn) {
    let before = model.cursor.model;
    model.cursor.go_to(column);
    if before == column.model {
        return;
    }
    model.findings.breakdown = None;
    model.jobs.requested.broken_down = None;
    if model.answers.columns.has_groups() {
        // The rows stay where they are, and are counted for this model when the last count is there.
        model.jobs.requested.arranged = None;
    } else {
        arrange_rows_by_cursor(model);
    }
}

/// The answers of the model under the cursor filter and sort the rows.
pub(super) fn arrange_rows_by_cursor(model: &mut Model) {
    model.answers.row_model = model.cursor.model;
    model.jobs.rearrange();
}
