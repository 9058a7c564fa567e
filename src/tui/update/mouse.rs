//! The mouse: what it pressed, dragged and turned.

use super::{columns, cursor, leaderboard, leaderboard_walk, overlays, shown_models, view_state};
use crate::tui::model::{Action, Effect, Hit, Model, Movement, Open, Overlay, Screen, Split};

/// The mouse was pressed on something. Returns the action chosen from a menu.
pub(super) fn click(model: &mut Model, hit: Hit, out: &mut Vec<Effect>) -> Option<Action> {
    match hit {
        Hit::Tab(screen) => view_state::show(model, screen, out),
        Hit::Cell(place, column) => {
            let row = model
                .answers
                .arrangement
                .rows
                .get(place)
                .map(|r| *r as usize);
            if let Some(row) = row {
                let again = model.cursor.row == row && model.cursor.column() == column;
                model.cursor.row = row;
                columns::go_to(model, column);
                if again {
                    overlays::open(model, Open::Row);
                }
            }
        }
        Hit::Variant(variant) if model.view.screen == Screen::Edit => {
            model.cursor.pane = 0;
            let step = variant as isize - model.cursor.list_line as isize;
            cursor::step(model, Movement::Lines(step));
        }
        Hit::LeaderboardLine(at) => {
            let again = model.leaderboard.at == at;
            leaderboard::step(model, at);
            if again {
                leaderboard_walk::enter(model);
            }
        }
        Hit::LeaderboardHead(column) => leaderboard::sort(model, column),
        Hit::Column(column) => columns::go_to(model, column),
        Hit::Variant(variant) => model.cursor.variant = variant,
        Hit::Line(line) => return line_clicked(model, line, out),
        Hit::Pane(pane) => model.cursor.pane = pane,
        Hit::Split(..) | Hit::Overlay => {}
    }
    None
}

fn line_clicked(model: &mut Model, line: usize, out: &mut Vec<Effect>) -> Option<Action> {
    if let Some(Overlay::Filter(menu)) = model.view.overlays.last() {
        let now = menu.at as isize;
        cursor::step(model, Movement::Lines(line as isize - now));
        return None;
    }
    if let Some(Overlay::Models(_)) = model.view.overlays.last() {
        shown_models::choose(model, line);
        return None;
    }
    if let Some(Overlay::ModelChoice(choice)) = model.view.overlays.last_mut() {
        choice.at = line;
        choice.toggle();
        return None;
    }
    let at = match model.view.overlays.last_mut() {
        Some(overlay) => overlay.selected_mut()?,
        None if model.view.screen == Screen::Runs => &mut model.run_list.line,
        None => {
            model.cursor.pane = 1;
            let step = line as isize - model.diff.at as isize;
            cursor::step(model, Movement::Lines(step));
            return None;
        }
    };
    let again = *at == line;
    *at = line;
    if again || !model.view.overlays.is_empty() {
        return overlays::enter(model, out);
    }
    None
}

/// The mouse moved a dividing line.
pub(super) fn drag(model: &mut Model, hit: Hit, percent: u16) {
    let Hit::Split(split, ..) = hit else { return };
    let percent = percent.clamp(10, 90);
    let splits = &mut model.view.settings.splits;
    match split {
        Split::Detail => splits.detail = 100 - percent,
        Split::List => splits.list = percent,
        Split::Template => splits.template = percent,
        Split::Words => splits.words = percent,
    }
}

/// The wheel was turned over something.
pub(super) fn wheel(model: &mut Model, hit: Hit, by: isize) {
    if let (Hit::Pane(pane), true) = (hit, model.view.overlays.is_empty()) {
        model.cursor.pane = pane;
    }
    cursor::step(model, Movement::Lines(by));
}
