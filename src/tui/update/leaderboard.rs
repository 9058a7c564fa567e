//! The leaderboard and the columns of the grid: built when a figure or a choice changed, walked through, arranged.

use super::cursor;
use crate::{
    analysis::{Leaderboard, LeaderboardColumn, LeaderboardPart, LeaderboardSort},
    tui::model::{
        ColumnChange, ColumnLayout, GridColumn, Item, LeaderboardFilter, Lens, LinePurpose, Model,
        Overlay, Screen, TextArea, ViewCommand, shown_lines, sort_columns,
    },
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

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

/// The models shown, in the order of the project.
pub(super) fn shown_models(model: &Model) -> Vec<usize> {
    let Ok(table) = &model.answers.table else {
        return Vec::new();
    };
    let names: Vec<String> = table.models.iter().map(ToString::to_string).collect();
    let layout = &model.view.settings.column_layout;
    layout.shown_models(&names, model.cursor.model)
}

/// The columns of the grid follow the leaderboard of the models shown, each variant at its best place; during a run they stay
/// where they are.
pub(super) fn arrange_columns(model: &mut Model) {
    let Ok(table) = model.answers.table.clone() else {
        return;
    };
    let models = shown_models(model);
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
        cursor::arrange_rows_by_cursor(model);
    }
    follow_order(model, &ranked);
}

/// The list of variants on the Edit screen stands in the same order; those switched off come last.
fn follow_order(model: &mut Model, ranked: &[usize]) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    if table.run().is_some() {
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
        cursor::go_to(model, GridColumn { variant, model: m });
    }
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
        shown_models(model),
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
