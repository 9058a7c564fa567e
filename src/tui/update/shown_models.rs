//! Which models stand side by side in the grid, and how their columns are grouped.

use super::columns::{arrange_rows_by_cursor, go_to, models_changed};
use crate::tui::model::{GridColumn, Model, Overlay, ShownModels};

/// The overlay that chooses them.
pub(super) fn overlay(model: &Model) -> Option<Overlay> {
    model.answers.table.as_ref().ok()?;
    let shown = ShownModels {
        at: model.cursor.model,
        before: model.view.settings.column_layout.clone(),
        column: model.cursor.column(),
        row_model: model.answers.row_model,
    };
    Some(Overlay::Models(Box::new(shown)))
}

/// Close the overlay, and show what was shown before it.
pub(super) fn cancel(model: &mut Model, shown: ShownModels) {
    let layout = &mut model.view.settings.column_layout;
    if *layout == shown.before {
        return;
    }
    *layout = shown.before;
    models_changed(model);
    go_to(model, shown.column);
    if model.answers.row_model != shown.row_model {
        arrange_rows_by_cursor(model);
    }
}

/// The line of the overlay that is selected.
fn selected(model: &Model) -> Option<usize> {
    match model.view.overlays.last() {
        Some(Overlay::Models(shown)) => Some(shown.at),
        _ => None,
    }
}

/// Show the selected model or hide it.
pub(super) fn toggle_selected(model: &mut Model) {
    if let Some(at) = selected(model) {
        toggle(model, at);
    }
}

/// Select a line and show or hide its model.
pub(super) fn choose(model: &mut Model, line: usize) {
    let n = model.answers.table.as_ref().map_or(0, |t| t.models.len());
    if let Some(Overlay::Models(shown)) = model.view.overlays.last_mut()
        && line < n
    {
        shown.at = line;
        toggle(model, line);
    }
}

fn toggle(model: &mut Model, at: usize) {
    let mut shown = model.shown_models();
    match shown.iter().position(|m| *m == at) {
        Some(_) if shown.len() == 1 => return model.refuse("at least one model is shown"),
        Some(place) => {
            shown.remove(place);
        }
        None => shown.push(at),
    }
    show(model, &shown);
}

/// Show the selected model alone.
pub(super) fn only(model: &mut Model) {
    if let Some(at) = selected(model) {
        show(model, &[at]);
    }
}

fn show(model: &mut Model, shown: &[usize]) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    let names = shown.iter().filter_map(|m| table.models.get(*m));
    model.view.settings.column_layout.models = names.map(ToString::to_string).collect();
    models_changed(model);
    if let [only] = shown {
        let column = GridColumn {
            model: *only,
            ..model.cursor.column()
        };
        go_to(model, column);
        arrange_rows_by_cursor(model);
    }
}

/// Group the columns the other way.
pub(super) fn group(model: &mut Model) {
    if !model.answers.columns.has_groups() {
        return model.refuse("one model is shown; M chooses more");
    }
    let layout = &mut model.view.settings.column_layout;
    layout.grouping = layout.grouping.other();
    let word = layout.grouping.word();
    models_changed(model);
    model.notify(format!("columns grouped by {word}"));
}
