//! To the leaderboard, and from one of its lines to its column.

use super::{columns::arrange_columns, cursor, leaderboard::is_shown, view_state};
use crate::tui::model::{Effect, Lens, Model, Screen, ViewCommand};

/// Show it, or go back to the answers.
pub(super) fn toggle(model: &mut Model, out: &mut Vec<Effect>) {
    let lens = if is_shown(model) {
        Lens::Answers
    } else {
        Lens::Leaderboard
    };
    view_state::show(model, Screen::Grid, out);
    view_state::change_view(model, ViewCommand::Lens(lens));
    model
        .leaderboard
        .select((model.cursor.variant, model.cursor.model));
}

/// Go to the column of the line under the cursor.
pub(super) fn enter(model: &mut Model) {
    if let Some((variant, m)) = model.leaderboard.selected() {
        go_to_column(model, variant, m);
    }
}

/// Show the answers, with the cursor on the column of a variant.
pub(super) fn go_to_column(model: &mut Model, variant: usize, m: usize) {
    cursor::show_model(model, m);
    if let Ok(table) = &model.answers.table
        && let Some(name) = table.names.get(variant)
    {
        model.view.settings.column_layout.hidden.remove(name);
    }
    model.cursor.variant = variant;
    view_state::change_view(model, ViewCommand::Lens(Lens::Answers));
    arrange_columns(model);
}
