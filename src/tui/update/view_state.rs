//! Screens and view settings: shown, changed, remembered for the next session.

use super::refresh;
use crate::tui::model::{
    Effect, Job, Model, SavedExperimentView, SavedViewState, Screen, Theme, ThemeName, ViewCommand,
};

/// Lines of the settings.
pub const SETTINGS: usize = 5;

pub fn show(model: &mut Model, screen: Screen, out: &mut Vec<Effect>) {
    model.overlays.clear();
    if model.screen != screen {
        (model.screen, model.pane, model.zoom) = (screen, 0, false);
        model.scrolls = [0; 2];
        out.push(Effect::Remember(remember(model)));
    }
    if screen == Screen::Runs {
        out.push(Effect::Do(Box::new(Job::Runs)));
    }
}

/// Leave the session and remember its view.
pub fn leave(model: &Model, out: &mut Vec<Effect>) {
    out.push(Effect::Remember(remember(model)));
    out.push(Effect::Quit);
}

pub fn change_view(model: &mut Model, command: ViewCommand) {
    let outlook = &mut model.outlook;
    match command {
        ViewCommand::Lens(lens) => outlook.lens = lens,
        ViewCommand::Sort(sort) => outlook.sort = sort,
        ViewCommand::Rows(kind) => outlook.filter.kind = kind,
        ViewCommand::Theme(name) => {
            model.theme = Theme::named(name);
            model.memory.theme = name;
        }
        ViewCommand::Compact => outlook.compact = !outlook.compact,
        ViewCommand::Wrap => outlook.no_wrap = !outlook.no_wrap,
        ViewCommand::Layout => model.diff.side_by_side = !model.diff.side_by_side,
        ViewCommand::Columns(by) => {
            outlook.columns = outlook.columns.saturating_add(by).clamp(-12, 12)
        }
        ViewCommand::Context(by) => {
            model.diff.context = model.diff.context.saturating_add_signed(by).min(999);
        }
    }
    if matches!(command, ViewCommand::Sort(_) | ViewCommand::Rows(_)) {
        refresh::rearrange(model);
    }
}

/// Change a line of the settings.
pub fn change_setting(model: &mut Model, at: usize, by: isize) {
    match at {
        0 => {
            let now = model.theme.name() as usize;
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

/// The view to restore in the next session.
pub fn remember(model: &Model) -> SavedViewState {
    let mut memory = model.memory.clone();
    memory.screen = model.screen;
    memory.experiment.clone_from(&model.spec().name);
    let Ok(table) = &model.table else {
        return memory;
    };
    let name = |v: usize| table.names.get(v).cloned().unwrap_or_default();
    let of = SavedExperimentView {
        outlook: model.outlook.clone(),
        row: table.row_id(model.row),
        variant: name(model.variant),
        baseline: (model.baseline != table.baseline).then(|| name(model.baseline)),
        off: model.off.clone(),
        marks: model.marks.iter().map(|r| table.row_id(*r)).collect(),
    };
    memory.experiments.insert(model.spec().name.clone(), of);
    memory
}
