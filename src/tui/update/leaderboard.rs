//! The leaderboard and the columns of the grid: built when a figure or a choice changed, walked through, arranged.

use super::columns::{arrange_columns, go_to};
use crate::{
    analysis::{Leaderboard, LeaderboardColumn, LeaderboardPart, LeaderboardSort},
    tui::model::{
        ColumnChange, ColumnLayout, GridColumn, Item, LeaderboardFilter, Lens, LinePurpose, Model,
        Overlay, Screen, TextArea, ViewCommand, shown_lines, sort_columns,
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// Build it anew from what is known of each model.
pub(super) fn rebuild(model: &mut Model) {
    let Ok(table) = model.answers.table.clone() else {
        model.leaderboard = Default::default();
        return;
    };
    let selected = model.leaderboard.selected();
    let parts: Vec<LeaderboardPart<'_>> = (model.answers.grids.iter().enumerate())
        .map(|(m, grid)| LeaderboardPart {
            model: m,
            grid,
            metrics: table.metrics.len(),
            analysis: model.findings.analysis_of(m),
            live: model.findings.live.get(&m),
            // In which round is known to the policy alone.
            eliminated: (0..grid.variants())
                .map(|v| {
                    model
                        .run
                        .eliminated
                        .contains(&(m as u32, v as u32))
                        .then_some(0)
                })
                .collect(),
        })
        .collect();
    model.leaderboard.board = Arc::new(Leaderboard::new(&parts));
    let typed = &model.view.settings.leaderboard_filter;
    // Axes of an experiment may have gone since the filter was typed.
    let filter = LeaderboardFilter::new(typed, &table).unwrap_or_default();
    let sort = model.view.settings.leaderboard_sort;
    model.leaderboard.shown = shown_lines(&model.leaderboard.board, &table, &filter, sort);
    let here = selected.unwrap_or((model.cursor.variant, model.cursor.model));
    model.leaderboard.select(here);
    if !model.is_running() || model.answers.columns.variants.is_empty() {
        arrange_columns(model);
    }
}

/// Whether the leaderboard is on the screen.
pub(super) fn is_shown(model: &Model) -> bool {
    model.view.screen == Screen::Grid && model.view.settings.lens == Lens::Leaderboard
}

/// Another line; the variant under the cursor follows.
pub(super) fn step(model: &mut Model, at: usize) {
    model.leaderboard.at = at;
    if let Some((variant, m)) = model.leaderboard.selected()
        && model.answers.columns.models.contains(&m)
    {
        go_to(model, GridColumn { variant, model: m });
    }
}

/// Scroll the columns sideways.
pub(super) fn scroll(model: &mut Model, by: isize) {
    let (first, most) = model.view.measured.sideways;
    if most == 0 {
        return model.refuse("all columns are shown");
    }
    model.leaderboard.scrolled = Some(first.saturating_add_signed(by).min(most));
}

/// Change the column of the variant under the cursor.
pub(super) fn change_column(model: &mut Model, change: ColumnChange) {
    let variant = match model.leaderboard.selected().filter(|_| is_shown(model)) {
        Some((variant, _)) => variant,
        None => model.cursor.variant,
    };
    let Ok(table) = model.answers.table.clone() else {
        return;
    };
    let Some(name) = table.names.get(variant).cloned() else {
        return;
    };
    let is_baseline = variant == model.answers.baseline;
    let layout = &mut model.view.settings.column_layout;
    let toggle = |names: &mut BTreeSet<String>| {
        if !names.remove(&name) {
            names.insert(name.clone());
        }
    };
    match change {
        ColumnChange::Hide | ColumnChange::Pin if is_baseline => {
            return model.refuse("the baseline is always the first column");
        }
        ColumnChange::Hide => toggle(&mut layout.hidden),
        ColumnChange::Pin => toggle(&mut layout.pinned),
        ColumnChange::Wider(by) => layout.wider = layout.wider.saturating_add(by).clamp(-30, 120),
        ColumnChange::Shift(by) => {
            if !layout.shift(&model.answers.columns, &table.names, variant, by) {
                return;
            }
        }
        ColumnChange::Reset => {
            *layout = ColumnLayout {
                models: std::mem::take(&mut layout.models),
                grouping: layout.grouping,
                ..ColumnLayout::default()
            };
            model.notify("all columns shown, in the order of the leaderboard");
        }
    }
    let place = |model: &Model| {
        let columns = &model.answers.columns;
        columns.variants.iter().position(|v| *v == variant)
    };
    let before = place(model);
    arrange_columns(model);
    if change == ColumnChange::Hide && place(model).is_none() {
        let shown = &model.answers.columns.variants;
        if let Some(next) = before.and_then(|at| shown.get(at.min(shown.len().saturating_sub(1)))) {
            model.cursor.variant = *next;
        }
        let name = crate::display::one_line(table.short(variant));
        model.notify(format!("{name} is hidden; V shows all columns"));
    }
}

/// Sort by a column; by the same again: the other way round.
pub(super) fn sort(model: &mut Model, column: LeaderboardColumn) {
    let sort = &mut model.view.settings.leaderboard_sort;
    *sort = LeaderboardSort {
        column,
        reversed: sort.column == column && !sort.reversed,
    };
    model.view.settings.column_layout.by_hand.clear();
    model.leaderboard.scrolled = None;
    let selected = model.leaderboard.selected();
    rebuild(model);
    arrange_columns(model);
    if let Some(selected) = selected {
        model.leaderboard.select(selected);
    }
}

/// The menu of columns to sort by.
pub(super) fn sort_menu(model: &Model) -> Option<Overlay> {
    let table = model.answers.table.as_ref().ok()?;
    let columns = sort_columns(table);
    let now = model.view.settings.leaderboard_sort.column;
    let at = columns.iter().position(|(column, ..)| *column == now);
    let items = columns.into_iter().map(|(column, word, meaning)| Item {
        label: word,
        hint: if column == now {
            format!("{meaning}; again: reverse")
        } else {
            meaning.to_owned()
        },
        action: crate::tui::model::Action::ViewCommand(ViewCommand::LeaderboardSort(column)),
    });
    Some(Overlay::Menu {
        title: "Sort variants".into(),
        items: items.collect(),
        at: at.unwrap_or(0),
    })
}

/// Ask for a filter of the lines.
pub(super) fn ask_filter(model: &Model) -> Overlay {
    Overlay::Line {
        what: LinePurpose::LeaderboardFilter,
        input: TextArea::line(model.view.settings.leaderboard_filter.clone()),
    }
}

pub(super) fn take_filter(model: &mut Model, typed: &str) {
    let Ok(table) = model.answers.table.clone() else {
        return;
    };
    if let Err(message) = LeaderboardFilter::new(typed, &table) {
        return model.refuse(message);
    }
    typed
        .trim()
        .clone_into(&mut model.view.settings.leaderboard_filter);
    rebuild(model);
    if model.leaderboard.shown.is_empty() {
        model.refuse("no variant or model matches; f: change the filter, Esc: show all");
    }
}

/// The models whose figures are looked at: that under the cursor first, the others shown, all on the leaderboard.
pub(super) fn models_to_analyse(model: &Model) -> impl Iterator<Item = usize> + use<> {
    let others = (is_shown(model) && !model.is_running()).then_some(0..model.answers.grids.len());
    std::iter::once(model.cursor.model)
        .chain(model.answers.columns.models.clone())
        .chain(others.into_iter().flatten())
}

/// Build it anew where it is out of date; during a run only while it is looked at, and the columns stay where they are.
pub(super) fn follow(model: &mut Model) {
    let stamp = (
        model.answers.changes,
        model.answers.baseline,
        model.shown_models(),
        model.findings.number,
    );
    let is_empty = model.answers.columns.variants.is_empty();
    if model.leaderboard.stamp.as_ref() == Some(&stamp)
        || (model.is_running() && !is_shown(model) && !is_empty)
    {
        return;
    }
    model.leaderboard.stamp = Some(stamp);
    rebuild(model);
}
