//! Moves the cursor: rows, variants, samples, panes, scrolling.

use super::{
    columns::{go_to, models_changed},
    filter, label_matrix, leaderboard, live, view_state,
};
use crate::row_filter::Filter;
use crate::tui::keys::palette;
use crate::tui::model::{Against, Edit, Effect, GridColumn, Job, Model, Movement, Overlay, Screen};
use std::sync::Arc;

/// A place after a step, among `n`.
pub(super) fn stepped(at: usize, step: Movement, n: usize, page: usize) -> usize {
    let last = n.saturating_sub(1);
    let by = |by: isize| at.min(last).saturating_add_signed(by).min(last);
    match step {
        Movement::Lines(lines) => by(lines),
        Movement::Pages(pages) => by(pages.saturating_mul(page.max(1) as isize)),
        Movement::First => 0,
        Movement::Last => last,
    }
}

/// Move the cursor, or scroll the overlay.
pub(super) fn step(model: &mut Model, step: Movement) {
    let (page, room) = (model.view.measured.page, model.view.measured.scroll);
    let scrolled = |scroll: usize| stepped(scroll, step, room + 1, page);
    if let Some(mut overlay) = model.view.overlays.pop() {
        step_overlay(model, &mut overlay, step);
        model.open(overlay);
        return filter::follow(model);
    }
    match (model.view.screen, model.cursor.pane) {
        (Screen::Grid, 1) => model.cursor.scrolls[0] = scrolled(model.cursor.scrolls[0]),
        (Screen::Grid, _) if let Some(labels) = label_matrix::matrix_labels(model) => {
            let at = &mut model.cursor.label_cell.0;
            *at = stepped(*at, step, labels, page);
        }
        (Screen::Grid, _) if leaderboard::is_shown(model) => {
            let n = model.leaderboard.shown.len();
            let at = stepped(model.leaderboard.at, step, n, page);
            leaderboard::step(model, at);
        }
        (Screen::Grid, _) => {
            model.cursor.scrolls[0] = 0;
            let rows = Arc::clone(&model.answers.arrangement.rows);
            let at = stepped(model.row_position(), step, rows.len(), page);
            if let Some(row) = rows.get(at) {
                model.cursor.row = *row as usize;
            }
        }
        (Screen::Edit, 0) => {
            let n = model.workspace.list_lines();
            model.cursor.list_line = stepped(model.cursor.list_line, step, n, page);
            if let Ok(table) = &model.answers.table
                && let Some(v) = model
                    .workspace
                    .variant_names
                    .get(model.cursor.list_line)
                    .and_then(|name| table.names.iter().position(|n| n == name))
            {
                model.cursor.variant = v;
            }
            model.cursor.scrolls = [0; 2];
        }
        (Screen::Edit, pane) => {
            let at = &mut model.cursor.scrolls[(pane - 1).min(1)];
            *at = scrolled(*at);
        }
        (Screen::Diff, 1) => {
            let effects = Arc::clone(&model.diff.effects);
            let here = effects
                .rows
                .get(model.diff.at)
                .map(|(row, _)| *row as usize);
            // From a row that did not change, the first step leads into the list.
            if here == Some(model.cursor.row) || !matches!(step, Movement::Lines(_)) {
                model.diff.at = stepped(model.diff.at, step, effects.rows.len(), page);
            }
            if let Some((row, _)) = effects.rows.get(model.diff.at) {
                model.cursor.row = *row as usize;
            }
        }
        (Screen::Diff, _) => model.diff.scroll = scrolled(model.diff.scroll),
        (Screen::Runs, _) => {
            model.run_list.line =
                stepped(model.run_list.line, step, model.run_list.lines.len(), page)
        }
    }
}

fn step_overlay(model: &mut Model, overlay: &mut Overlay, step: Movement) {
    let (page, room) = (model.view.measured.page, model.view.measured.scroll);
    let n = match &*overlay {
        Overlay::Palette { input, .. } => palette::entries(model, &input.text()).len(),
        Overlay::Menu { items, .. } => items.len(),
        Overlay::Problems { .. } => model.workspace.problems().len(),
        Overlay::WordingSearch { .. } => {
            let record = model.wording_search.record.as_ref();
            record.map_or(0, |record| record.candidates.len())
        }
        Overlay::Paraphrases(review) => review.len(),
        Overlay::Filter(menu) => menu.entries.len(),
        Overlay::Settings { .. } => view_state::SETTINGS,
        Overlay::Models(_) => model.answers.grids.len(),
        Overlay::ModelChoice(choice) => choice.entries().len(),
        Overlay::NewExperiment(form) => form.entries().len(),
        _ => 0,
    };
    if let Some(at) = overlay.selected_mut() {
        *at = stepped(*at, step, n, page);
    } else if let Some(scroll) = overlay.scroll_mut() {
        *scroll = stepped(*scroll, step, room + 1, page);
    } else if let (Overlay::TextArea { text, .. }, Movement::Lines(lines)) = (&mut *overlay, step) {
        text.apply(Edit::Lines(lines), model.view.measured.window());
    }
}

/// Another row, in the order shown.
pub(super) fn rows(model: &mut Model, by: isize) {
    let rows = Arc::clone(&model.answers.arrangement.rows);
    let at = stepped(model.row_position(), Movement::Lines(by), rows.len(), 1);
    if let Some(row) = rows.get(at) {
        model.cursor.row = *row as usize;
    }
    model.cursor.scrolls[1] = 0;
}

/// Another variant; in the settings, another value.
pub(super) fn variants(model: &mut Model, by: isize) {
    if let Some(Overlay::Settings { at, .. }) = model.view.overlays.last() {
        let at = *at;
        return view_state::change_setting(model, at, by);
    }
    if leaderboard::is_shown(model) {
        return leaderboard::scroll(model, by);
    }
    if label_matrix::move_sideways(model, by) {
        return;
    }
    let order = &model.answers.columns.all;
    let here = model.cursor.column();
    let at = order.iter().position(|c| *c == here).unwrap_or(0);
    if let Some(column) = order.get(stepped(at, Movement::Lines(by), order.len(), 1)) {
        let column = *column;
        go_to(model, column);
    }
    if let Ok(table) = &model.answers.table
        && let Some(at) = table
            .names
            .get(model.cursor.variant)
            .and_then(|name| model.workspace.variant_names.iter().position(|n| n == name))
    {
        model.cursor.list_line = at;
    }
    (model.diff.scroll, model.diff.change, model.diff.at) = (0, 0, 0);
    if let Some(Overlay::Row { scroll, .. }) = model.view.overlays.last_mut() {
        *scroll = 0;
    }
}

pub(super) fn samples(model: &mut Model, by: isize) {
    let n = model.answers.table.as_ref().map_or(1, |t| t.samples);
    model.cursor.sample = stepped(model.cursor.sample, Movement::Lines(by), n, 1);
}

pub(super) fn pane(model: &mut Model, by: isize) {
    if let Some(Overlay::Row { scroll, .. }) = model.view.overlays.last_mut() {
        let measured = &model.view.measured;
        let here = (*scroll).min(measured.scroll);
        let mut starts = measured.sections.iter().copied();
        let next = match by {
            1.. => starts.find(|start| *start > here),
            _ => starts.rev().find(|start| *start < here).or(Some(0)),
        };
        *scroll = next.unwrap_or(measured.scroll).min(measured.scroll);
        return;
    }
    let n = match model.view.screen {
        Screen::Edit => 3,
        Screen::Diff | Screen::Grid => 2,
        Screen::Runs => 1,
    };
    model.cursor.pane = (model.cursor.pane + n).saturating_add_signed(by) % n;
}

/// The next model: of those shown, where several are.
pub(super) fn models(model: &mut Model, by: isize) {
    let all: Vec<usize> = match model.answers.columns.has_groups() {
        true => model.answers.columns.models.clone(),
        false => (0..model.answers.grids.len()).collect(),
    };
    let n = all.len();
    if n < 2 {
        return model.refuse("there is only one model");
    }
    let at = all.iter().position(|m| *m == model.cursor.model);
    show_model(
        model,
        all[(at.unwrap_or(0) + n).saturating_add_signed(by) % n],
    );
}

/// Show a model: in place of the one shown, or beside those shown.
pub(super) fn show_model(model: &mut Model, at: usize) {
    if !model.answers.columns.models.contains(&at)
        && let Ok(table) = &model.answers.table
        && let Some(name) = table.models.get(at)
    {
        let shown = &mut model.view.settings.column_layout.models;
        if !model.answers.columns.has_groups() {
            shown.clear();
        }
        shown.insert(name.to_string());
        models_changed(model);
    }
    let column = GridColumn {
        model: at,
        ..model.cursor.column()
    };
    go_to(model, column);
}

/// The variant under the cursor is the baseline; where it is already, the project's own.
pub(super) fn baseline(model: &mut Model) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    model.answers.baseline = if model.answers.baseline == model.cursor.variant {
        table.baseline
    } else {
        model.cursor.variant
    };
    let name = table
        .names
        .get(model.answers.baseline)
        .cloned()
        .unwrap_or_default();
    model.notify(format!("baseline: {}", crate::display::one_line(&name)));
    model.findings.clear();
    live::count(model);
    model.diff.against = Against::Baseline;
    model.jobs.rearrange();
}

/// The next row that the search finds, or the next change.
pub(super) fn next(model: &mut Model, by: isize, out: &mut Vec<Effect>) {
    match model.view.screen {
        Screen::Diff => {
            let n = model.view.measured.changes.len();
            if n == 0 {
                return;
            }
            model.diff.change = (model.diff.change + n).saturating_add_signed(by) % n;
            let line = model.view.measured.changes[model.diff.change];
            model.diff.scroll = line.saturating_sub(2);
        }
        Screen::Runs => {
            let wanted = model.view.search.to_lowercase();
            let n = model.run_list.lines.len();
            let at = model.run_list.line;
            let found = (1..=n)
                .map(|i| {
                    if by > 0 {
                        (at + i) % n
                    } else {
                        (at + n - i) % n
                    }
                })
                .find(|i| {
                    let info = &model.run_list.lines[*i].info;
                    let note = info.note.as_deref().unwrap_or("");
                    format!("{} {} {note}", info.id, info.experiment)
                        .to_lowercase()
                        .contains(&wanted)
                });
            match found {
                Some(at) if !wanted.is_empty() => model.run_list.line = at,
                _ => model.refuse("press / to search first"),
            }
        }
        Screen::Grid | Screen::Edit => {
            if model.view.search.is_empty() {
                return model.refuse("press / to search first");
            }
            let (Ok(table), Some(_)) = (&model.answers.table, model.cells()) else {
                return;
            };
            let mut spec = model.arrange_spec(0);
            spec.filter = Filter {
                text: model.view.search.clone(),
                ..Filter::default()
            };
            out.push(
                Job::Find(
                    model.answers.grids.clone(),
                    Arc::clone(table),
                    spec,
                    Arc::clone(&model.answers.arrangement.rows),
                    model.row_position(),
                    by,
                )
                .into(),
            );
        }
    }
}
