//! Screens and view settings: shown, changed, remembered for the next session.

use super::{columns, leaderboard};
use crate::tui::model::{
    Effect, Job, Lens, Model, Overlay, SavedViewState, Screen, ThemeName, ViewCommand,
};

/// Lines of the settings.
pub(super) const SETTINGS: usize = 5;

pub(super) fn show(model: &mut Model, screen: Screen, out: &mut Vec<Effect>) {
    model.view.overlays.clear();
    if model.view.screen != screen {
        (model.view.screen, model.cursor.pane, model.view.zoom) = (screen, 0, false);
        model.cursor.scrolls = [0; 2];
        out.push(Effect::Remember(remember(model)));
    }
    if screen == Screen::Runs {
        out.push(Job::Runs.into());
    }
}

/// The Grid screen, with a lens that has cells.
pub(super) fn show_answers(model: &mut Model, out: &mut Vec<Effect>) {
    show(model, Screen::Grid, out);
    if model.view.settings.lens.is_overview() {
        change_view(model, ViewCommand::Lens(Lens::Answers));
    }
}

/// Leave the session and remember its view.
pub(super) fn leave(model: &Model, out: &mut Vec<Effect>) {
    out.push(Effect::Remember(remember(model)));
    out.push(Effect::Quit);
}

pub(super) fn change_view(model: &mut Model, command: ViewCommand) {
    let outlook = &mut model.view.settings;
    match command {
        ViewCommand::Lens(lens) => {
            outlook.lens = lens;
            model.leaderboard.stamp = None;
        }
        ViewCommand::Sort(sort) => outlook.sort = sort,
        ViewCommand::Theme(name) => {
            model.view.theme = model.view.theme.with_name(name);
            model.view.saved.theme = Some(name);
        }
        ViewCommand::Compact => outlook.compact = !outlook.compact,
        ViewCommand::LeaderboardSort(column) => leaderboard::sort(model, column),
        ViewCommand::Wrap => outlook.no_wrap = !outlook.no_wrap,
        ViewCommand::Layout => model.diff.side_by_side = !model.diff.side_by_side,
        ViewCommand::Columns(by) => {
            outlook.columns = outlook.columns.saturating_add(by).clamp(-12, 12)
        }
        ViewCommand::Context(by) => {
            model.diff.context = model.diff.context.saturating_add_signed(by).min(999);
        }
    }
    if matches!(command, ViewCommand::Sort(_)) {
        columns::arrange_rows_by_cursor(model);
    }
}

/// Change a line of the settings.
pub(super) fn change_setting(model: &mut Model, at: usize, by: isize) {
    match at {
        0 => {
            let now = model.view.theme.name() as usize;
            let n = ThemeName::ALL.len();
            let name = ThemeName::ALL[(now + n).saturating_add_signed(by) % n];
            change_view(model, ViewCommand::Theme(name));
        }
        1 => change_view(model, ViewCommand::Compact),
        2 => change_view(model, ViewCommand::Wrap),
        3 => change_view(model, ViewCommand::Layout),
        _ => change_view(model, ViewCommand::Columns(by as i8)),
    }
}

/// The view to restore in the next session; `None` while it is one that Esc would undo.
pub(crate) fn settled_view(model: &Model) -> Option<SavedViewState> {
    let is_preview = model.view.overlays.iter().any(Overlay::is_preview);
    (!is_preview).then(|| remember(model))
}

/// The view to restore in the next session.
pub(crate) fn remember(model: &Model) -> SavedViewState {
    let mut memory = model.view.saved.clone();
    memory.screen = model.view.screen;
    let name = &model.spec().name;
    memory.experiment.clone_from(name);
    let Ok(table) = &model.answers.table else {
        return memory;
    };
    if model.shows_old_run() {
        // Its rows and variants are not those of the project, and it may be of another experiment: how that was looked at stays.
        return memory;
    }
    let saved = memory.experiments.entry(name.clone()).or_default();
    saved.outlook = model.view.settings.clone();
    saved.off.clone_from(&model.workspace.switched_off);
    let name = |v: usize| table.names.get(v).cloned().unwrap_or_default();
    saved.row = table.row_id(model.cursor.row);
    saved.variant = name(model.cursor.variant);
    saved.model = (model.model_name()).map_or_else(String::new, ToString::to_string);
    saved.baseline =
        (model.answers.baseline != table.baseline).then(|| name(model.answers.baseline));
    let marks = model.answers.marks.iter();
    saved.marks = marks.map(|row| table.row_id(*row)).collect();
    memory
}
