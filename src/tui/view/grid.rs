//! Rows × variants: what each wording made of each row, as it comes, and the outputs side by side below.
//!
//! ```text
//!  14 of 40 rows  differ    │ base *               │ terse
//!   score, 95 %             │ 71%  64–78           │ 69%  61–76  -2.0 ?
//!   tokens  cost  latency   │ 155 tok  $.0031      │ 121 tok  $.0025
//! ──────────────────────────┼──────────────────────┼─────────────────────
//! ▸#17 ≠2  Refund fails with│ ✗ billing        5/5 │ ✓ bug       3/5 ≠
//!      500   want: bug      │ ■■■■■  1 kind        │ ■■■□□  2 kinds
//! ```

use super::{
    breakdown, cells,
    columns::{ColumnArea, Columns},
    filter, heads, leaderboard, map, outputs,
    pane::ZOOMED,
    scrollbar, sources, text, tradeoff,
};
use crate::{
    row_filter::{RowKind, TextFinder, row_facts},
    tui::model::{Hit, Lens, Measured, Model, ScrolledList, Split, Table},
};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// Draw the grid and the outputs below it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, seen: &mut Measured) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    if model.view.settings.lens == Lens::Leaderboard {
        return leaderboard::draw(frame, area, model, table, seen);
    }
    // The last column is that of the scrollbar.
    let columns = Columns::new(model, area.width.saturating_sub(1));
    seen.shown.clone_from(&columns.window.shown);
    let detail = if model.view.zoom && model.cursor.pane == 1 {
        area.height
    } else if model.view.zoom {
        0
    } else {
        (area.height * model.view.settings.splits.detail / 100)
            .clamp(4, area.height.saturating_sub(6).max(4))
    };
    let top = Rect::new(
        area.x,
        area.y,
        area.width,
        area.height.saturating_sub(detail),
    );
    let below = Rect::new(area.x, top.bottom(), area.width, detail);
    let buffer = frame.buffer_mut();
    if top.is_empty() {
        // The outputs fill the screen.
    } else if model.view.settings.lens == Lens::Map {
        map::draw(buffer, top, model, table, seen);
    } else if matches!(
        model.view.settings.lens,
        Lens::Tradeoff | Lens::Speed | Lens::Shots
    ) {
        tradeoff::draw(buffer, top, model, table);
    } else if matches!(model.view.settings.lens, Lens::Axes | Lens::Variance) {
        sources::draw(buffer, top, model);
    } else if matches!(model.view.settings.lens, Lens::Labels | Lens::Slices) {
        breakdown::draw(buffer, top, model, table, seen);
    } else {
        let head = heads::height(model).min(top.height);
        heads::draw(
            buffer,
            Rect {
                height: head,
                ..top
            },
            model,
            table,
            &columns,
            seen,
        );
        let body = Rect::new(top.x, top.y + head, top.width, top.height - head);
        rows(buffer, body, model, table, &columns, seen);
    }
    if !top.is_empty() && model.view.zoom && model.view.settings.lens.is_overview() {
        let said = format!(" {ZOOMED}");
        let x = top.right().saturating_sub(text::width(&said) as u16);
        buffer.set_string(x, top.y, said, model.view.theme.accent());
    }
    if detail > 0 {
        outputs::draw(buffer, below, model, table, &columns, seen);
        let divider = Rect::new(below.x, below.y, below.width, 1);
        seen.hits
            .add(divider, Hit::Split(Split::Detail, area.y, area.height));
    }
}

fn rows(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    table: &Table,
    columns: &Columns,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let tall = table.samples > 1
        && !model.view.settings.compact
        && area.height >= 12
        && matches!(model.view.settings.lens, Lens::Answers | Lens::Disagreement);
    let height = if tall { 2 } else { 1 };
    let page = usize::from(area.height / height).max(1);
    seen.page = page;
    let rows = &model.answers.arrangement.rows;
    let position =
        (seen.offsets).follow(ScrolledList::Rows, model.row_position(), page, rows.len());
    scrollbar::vertical(buffer, area, theme, (position, page, rows.len()));
    if rows.is_empty() {
        let said = match table.rows {
            0 => "The dataset has no rows.".to_owned(),
            _ => format!(
                "{}\nf: change the filter, Esc: show all",
                filter::no_match(&model.answers.arrangement)
            ),
        };
        let lines = text::lines(&said, usize::from(area.width) - 1, " ", theme.dim());
        return text::put(buffer, area, &lines);
    }
    let finder = TextFinder::new(&model.view.search).ok().flatten();
    let from = position;
    let visible = &rows[from..rows.len().min(from + page)];
    seen.rows = visible.iter().map(|row| *row as usize).collect();
    let shows_score = cells::is_graded(&model.answers.grids, visible, columns.shown());
    for (i, row) in rows.iter().enumerate().skip(from).take(page) {
        let row = *row as usize;
        let y = area.y + (i - from) as u16 * height;
        let line = Rect::new(area.x, y, area.width, height);
        let here = row == model.cursor.row;
        label(
            buffer,
            Rect {
                width: columns.label,
                ..line
            },
            model,
            table,
            row,
            finder.as_ref(),
        );
        for ColumnArea {
            column,
            area: cell,
            edge,
        } in columns.areas(line)
        {
            let at_cursor = here && column == model.cursor.column();
            let layout = cells::CellLayout {
                width: usize::from(cell.width).saturating_sub(2),
                is_tall: tall,
                shows_score,
            };
            let lines = cells::lines(model, table, column, row, layout);
            let style = if at_cursor {
                theme.cursor()
            } else {
                Style::new()
            };
            for (dy, content) in lines.iter().take(usize::from(height)).enumerate() {
                let y = cell.y + dy as u16;
                buffer.set_string(cell.x, y, edge, theme.dim());
                buffer.set_line(cell.x + 1, y, content, cell.width.saturating_sub(1));
            }
            if model.has_fallen(column) {
                buffer.set_style(cell, theme.dim());
            }
            if at_cursor {
                let inner = Rect::new(cell.x + 1, cell.y, cell.width.saturating_sub(1), height);
                buffer.set_style(inner, style);
            }
            seen.hits.add(cell, Hit::Cell(i, column));
        }
    }
}

/// The row's id, whether wordings differ on it, its text, and what is wanted where there is room for it.
fn label(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    table: &Table,
    row: usize,
    finder: Option<&TextFinder>,
) {
    let theme = model.view.theme;
    let here = row == model.cursor.row;
    let data = table.row(row);
    let marked = model.answers.marks.contains(&row);
    let differ: usize = (model.answers.columns.models.iter())
        .filter_map(|m| model.answers.grids.get(*m))
        .map(|cells| differing(model, cells, row))
        .sum();
    let mark = match differ {
        0 => "   ".to_owned(),
        n if n < 10 => format!("≠{n} "),
        _ => "≠9+ ".to_owned(),
    };
    let width = usize::from(area.width);
    let id = text::fit(&text::line(&data.id), 8);
    let lead = format!(
        "{}{}{}",
        if here { "▸" } else { " " },
        if marked { "*" } else { "" },
        if model.answers.bad_cases.contains_key(&data.id) {
            "⚑"
        } else {
            ""
        }
    );
    let head = format!("{lead}{id} ");
    let input = text::line(&data.input);
    let found = finder.is_some_and(|f| f.finds(&data.id) || f.finds(&data.input));
    let style = if found { theme.found() } else { Style::new() };
    let used = text::width(&head) + text::width(&mark);
    let room = width.saturating_sub(used + 1);
    // The second line has room for more of the text only where the expected answer is short.
    let want = data
        .expected
        .map_or(String::new(), |e| format!("expected: {}", text::line(&e)));
    let want = text::fit(&want, width.saturating_sub(6));
    let left = width.saturating_sub(7 + text::width(&want));
    let first = if area.height > 1 && left >= 6 {
        text::wrap(&input, room)
            .into_iter()
            .next()
            .unwrap_or_default()
    } else {
        text::fit(&input, room)
    };
    let spans = vec![
        Span::styled(
            head,
            if here {
                theme.strong().patch(theme.accent())
            } else {
                theme.accent()
            },
        ),
        Span::styled(mark, theme.unsure()),
        Span::styled(first.clone(), style),
    ];
    let mut lines = vec![Line::from(spans)];
    if area.height > 1 {
        let rest = input.strip_prefix(&first).unwrap_or("").trim_start();
        let rest = if left < 6 {
            String::new()
        } else {
            text::pad(rest, left) + " "
        };
        lines.push(Line::from(vec![
            Span::styled(format!("     {rest}"), style),
            Span::styled(want, theme.dim()),
        ]));
    }
    text::put(buffer, area, &lines);
}

/// How many variants have another answer than the baseline with this model on a row; between each other where the baseline
/// has none.
fn differing(model: &Model, cells: &crate::outcome::Grid, row: usize) -> usize {
    let base = cells.summary(model.answers.baseline, row);
    if base.majority_count > 0 {
        return (0..cells.variants())
            .filter(|v| cells.summary(*v, row).answers_unlike(&base))
            .count();
    }
    usize::from(row_facts(cells, row, false).is(RowKind::Differ))
}
