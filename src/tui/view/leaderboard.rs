//! The leaderboard: one line per variant and model, and what is known of the line under the cursor.
//!
//! ```text
//!  7 of 54 · by latency
//!   #  variant  score %  40        70        100 %  difference  urgency  fixed  broken  $ per 1,000    ›
//! ▸ 1  opinion     81.7        ├────●───┤            +3.3 ?     64.0      4       1        0.041
//! ```

use super::{
    leaderboard_columns::{columns, fit_columns},
    pane::ZOOMED,
    scrollbar, text,
};
use crate::{
    analysis::LeaderboardLine,
    narrate::{quality, verdict::comparison},
    report::MARGIN,
    tui::model::{Hit, Measured, Model, ScrolledList, Table, sort_columns},
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    table: &Table,
    seen: &mut Measured,
) {
    let buffer = frame.buffer_mut();
    let theme = model.view.theme;
    let state = &model.leaderboard;
    let details = if model.view.zoom {
        Vec::new()
    } else {
        details(model, table, usize::from(area.width))
    };
    let below = (details.len() as u16 + 1).min(area.height / 3);
    let list = Rect::new(
        area.x,
        area.y + 2,
        area.width,
        area.height.saturating_sub(2 + below),
    );
    let page = usize::from(list.height).max(1);
    seen.page = page;
    let from = (seen.offsets).follow(ScrolledList::Leaderboard, state.at, page, state.shown.len());
    let shown: Vec<&LeaderboardLine> = (state.shown.iter().skip(from).take(page))
        .filter_map(|line| state.board.lines.get(*line))
        .collect();
    if shown.is_empty() {
        let said = " No variant or model matches. f: change the filter, Esc: show all";
        buffer.set_string(
            list.x,
            list.y,
            text::fit(said, usize::from(list.width)),
            theme.dim(),
        );
    }
    // The first two columns are the cursor's and the mark's, the last one is the scrollbar's.
    let room = usize::from(area.width).saturating_sub(4);
    let (stay, scrolling) = columns(model, table, &shown);
    let columns = fit_columns(stay, scrolling, &shown, model, room);
    seen.sideways = columns.scrolled;
    let title = title(model, table, columns.scrolled.1 > 0);
    let title = Line::styled(text::fit(&title, usize::from(area.width)), theme.strong());
    buffer.set_line(area.x, area.y, &title, area.width);
    if columns.has_more {
        buffer.set_string(area.right() - 2, area.y + 1, "›", theme.accent());
    }
    let mut x = area.x + 3;
    for (i, column) in columns.shown.iter().enumerate() {
        if i == columns.stay && columns.scrolled.0 > 0 {
            buffer.set_string(x - 2, area.y + 1, "‹", theme.accent());
        }
        let width = column.width();
        let is_sorted = column.sort == model.view.settings.leaderboard_sort.column;
        let style = if is_sorted {
            theme.accent().patch(theme.strong())
        } else {
            theme.dim()
        };
        let aligned = |cell: &str| {
            let gap = " ".repeat(width.saturating_sub(text::width(cell)));
            if column.right {
                gap + cell
            } else {
                cell.to_owned() + &gap
            }
        };
        buffer.set_string(x, area.y + 1, aligned(&column.head), style);
        seen.hits.add(
            Rect::new(x, area.y + 1, width as u16, 1),
            Hit::LeaderboardHead(column.sort),
        );
        for (i, (cell, style)) in column.cells.iter().enumerate() {
            buffer.set_string(x, list.y + i as u16, aligned(cell), *style);
        }
        x += width as u16 + 2;
    }
    for (i, line) in shown.iter().enumerate() {
        let here = from + i == state.at;
        let at = Rect::new(list.x, list.y + i as u16, list.width.saturating_sub(1), 1);
        let lead = format!(
            "{}{}",
            if here { "▸" } else { " " },
            mark(model, table, line)
        );
        buffer.set_string(
            at.x,
            at.y,
            lead,
            if here { theme.accent() } else { theme.dim() },
        );
        if here {
            buffer.set_style(at, theme.cursor());
        }
        seen.hits.add(at, Hit::LeaderboardLine(from + i));
    }
    scrollbar::vertical(buffer, list, theme, (from, page, state.shown.len()));
    let pane = Rect::new(area.x, list.bottom(), area.width, below);
    if pane.height > 0 && !details.is_empty() {
        buffer.set_string(
            pane.x,
            pane.y,
            "─".repeat(usize::from(pane.width)),
            theme.dim(),
        );
        let inner = Rect::new(pane.x, pane.y + 1, pane.width, pane.height - 1);
        text::put(buffer, inner, &details);
    }
}

/// How many lines there are, which, and in which order.
fn title(model: &Model, table: &Table, scrolls: bool) -> String {
    let state = &model.leaderboard;
    let settings = &model.view.settings;
    let all = state.board.lines.len();
    let at = if state.shown.is_empty() {
        0
    } else {
        state.at + 1
    };
    let zoomed = if model.view.zoom { ZOOMED } else { "" };
    let mut said = format!(" Leaderboard {zoomed}· {at} of {}", state.shown.len());
    if state.shown.len() < all {
        said += &format!(" shown, {all} in all");
    }
    let sort = settings.leaderboard_sort;
    let name = sort_columns(table)
        .into_iter()
        .find(|(column, ..)| *column == sort.column);
    if let Some((_, name, _)) = name {
        let reversed = if sort.reversed { ", reversed" } else { "" };
        said += &format!(" · by {}{reversed}", text::line(&name));
    }
    if !settings.leaderboard_filter.is_empty() {
        said += &format!(" · {}", text::line(&settings.leaderboard_filter));
    }
    if scrolls {
        said += " · ← →: columns";
    }
    said + " · Enter: column · s: sort · f: filter"
}

/// Whether the variant is the baseline, pinned or hidden.
fn mark(model: &Model, table: &Table, line: &LeaderboardLine) -> &'static str {
    let layout = &model.view.settings.column_layout;
    match table.names.get(line.variant) {
        _ if line.variant == model.answers.baseline => "*",
        Some(name) if layout.hidden.contains(name) => "○",
        Some(name) if layout.pinned.contains(name) => "◂",
        _ => " ",
    }
}

/// What is known of the line under the cursor, in sentences.
fn details(model: &Model, table: &Table, width: usize) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let Some((variant, m)) = model.leaderboard.selected() else {
        return Vec::new();
    };
    let mut name = text::line(table.names.get(variant).map_or("", String::as_str));
    if table.models.len() > 1
        && let Some(of) = table.models.get(m)
    {
        name += &format!(" · {}", text::line(&of.to_string()));
    }
    let mut lines = vec![Line::from(Span::styled(
        format!(" {}", text::fit(&name, width.saturating_sub(1))),
        theme.strong(),
    ))];
    let finding = model.findings.analysis_of(m);
    let finding = finding.and_then(|a| a.variants.get(variant));
    let Some(finding) = finding.filter(|found| found.score.is_some()) else {
        let grid = model.answers.grids.get(m);
        let said = if grid.is_some_and(|grid| grid.is_active(variant)) {
            " Analyzing …"
        } else {
            " No answer has a score yet."
        };
        lines.push(Line::styled(said, theme.dim()));
        return lines;
    };
    let baseline = text::line(table.short(model.answers.baseline));
    let short = text::line(table.short(variant));
    let mut said: Vec<String> = comparison(finding, &short, &baseline, MARGIN)
        .into_iter()
        .collect();
    said.push(format!("{}.", quality::cell_counts(&finding.cells)));
    for sentence in said {
        let wrapped = text::wrap(&text::line(&sentence), width.saturating_sub(2));
        lines.extend(wrapped.into_iter().map(|l| Line::raw(format!(" {l}"))));
    }
    lines
}
