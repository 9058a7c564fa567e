//! The mouse: what it pressed, dragged and turned.

use super::{moving, overlays, show};
use crate::tui::{Effect, Hit, Model, Movement, Overlay, Screen, Split};

/// The mouse was pressed on something.
pub fn click(model: &mut Model, hit: Hit, out: &mut Vec<Effect>) {
    match hit {
        Hit::Tab(screen) => show(model, screen, out),
        Hit::Cell(place, variant) => {
            let row = model.arrangement.rows.get(place).map(|r| *r as usize);
            if let Some(row) = row {
                let again = model.row == row && model.variant == variant;
                (model.row, model.variant) = (row, variant);
                if again {
                    overlays::open(model, crate::tui::Open::Row);
                }
            }
        }
        Hit::Variant(variant) if model.screen == Screen::Edit => {
            model.pane = 0;
            let step = variant as isize - model.name_at as isize;
            moving::step(model, Movement::Lines(step));
        }
        Hit::Variant(variant) => model.variant = variant,
        Hit::Line(line) => line_clicked(model, line, out),
        Hit::Pane(pane) => model.pane = pane,
        Hit::Split(..) | Hit::Overlay => {}
    }
}

fn line_clicked(model: &mut Model, line: usize, out: &mut Vec<Effect>) {
    let at = match model.overlays.last_mut() {
        Some(
            Overlay::Palette { at, .. }
            | Overlay::Menu { at, .. }
            | Overlay::Problems { at }
            | Overlay::Settings { at, .. },
        ) => at,
        Some(Overlay::Filter { .. }) => {
            let now = model.outlook.filter.kind as isize;
            return moving::step(model, Movement::Lines(line as isize - now));
        }
        Some(_) => return,
        None if model.screen == Screen::Runs => &mut model.run_at,
        None => {
            model.pane = 1;
            let step = line as isize - model.diff.at as isize;
            return moving::step(model, Movement::Lines(step));
        }
    };
    let again = *at == line;
    *at = line;
    if again || !model.overlays.is_empty() {
        overlays::enter(model, out);
    }
}

/// The mouse moved a dividing line.
pub fn drag(model: &mut Model, hit: Hit, percent: u16) {
    let Hit::Split(split, ..) = hit else { return };
    let percent = percent.clamp(10, 90);
    let splits = &mut model.outlook.splits;
    match split {
        Split::Detail => splits.detail = 100 - percent,
        Split::List => splits.list = percent,
        Split::Template => splits.template = percent,
        Split::Words => splits.words = percent,
    }
}

/// The wheel was turned over something.
pub fn wheel(model: &mut Model, hit: Hit, by: isize) {
    if let (Hit::Pane(pane), true) = (hit, model.overlays.is_empty()) {
        model.pane = pane;
    }
    let asks = matches!(model.overlays.last(), Some(Overlay::Ask(_)));
    if !asks {
        moving::step(model, Movement::Lines(by));
    }
}
