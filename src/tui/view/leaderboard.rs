//! The leaderboard: one line per variant and model, and what is known of the line under the cursor.
//!
//! ```text
//!  7 of 54 · by latency
//!   #  variant  score %  40        70        100 %  difference  urgency  fixed  broken  $ per 1,000    ›
//! ▸ 1  opinion     81.7        ├────●───┤            +3.3 ?     64.0      4       1        0.041
//! ```

use super::{heads, model_names::ModelNames, pane::ZOOMED, scrollbar, text};
use crate::{
    analysis::{LeaderboardColumn, LeaderboardLine},
    narrate::{
        labels::{points, scored_rows},
        quality,
        verdict::comparison,
    },
    report::{MARGIN, Scale},
    tui::model::{Hit, Measured, Model, ScrolledList, Table, scrolling_columns, sort_columns},
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// The narrowest and the widest scale for intervals.
const WHISKERS: (usize, usize) = (14, 40);
/// The names of variants and models keep so much of their width, together and each.
const NAMES: (usize, usize) = (28, 14);

/// A column as it is drawn.
struct DrawnColumn {
    sort: LeaderboardColumn,
    head: String,
    /// With the style of each.
    cells: Vec<(String, Style)>,
    right: bool,
    /// It is not drawn narrower.
    least: usize,
}

impl DrawnColumn {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(cell, _)| text::width(cell));
        let widest = cells.max().unwrap_or(0).max(text::width(&self.head));
        widest.max(self.least)
    }
}

/// The columns that fit.
struct DrawnColumns {
    shown: Vec<DrawnColumn>,
    /// How many of those shown stay where they are; the others are scrolled.
    stay: usize,
    /// How many columns are scrolled away, and how many can be.
    scrolled: (usize, usize),
    /// There are more to the right.
    has_more: bool,
}

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

/// Those that stay, and those that are scrolled sideways.
fn columns(
    model: &Model,
    table: &Table,
    shown: &[&LeaderboardLine],
) -> (Vec<DrawnColumn>, Vec<DrawnColumn>) {
    let theme = model.view.theme;
    let plain = Style::new();
    let column = |sort, head: &str, cell: &dyn Fn(&LeaderboardLine) -> (String, Style)| {
        let cells = shown.iter().map(|line| {
            let (text, style) = cell(line);
            (text, if line.eliminated { theme.dim() } else { style })
        });
        DrawnColumn {
            sort,
            head: head.to_owned(),
            cells: cells.collect(),
            right: true,
            least: 0,
        }
    };
    let figure = |x: Option<f64>, scale: f64, digits: usize| {
        let text = x.map_or("–".to_owned(), |x| format!("{:.digits$}", x * scale));
        (text, plain)
    };
    let named = |cell: &dyn Fn(&LeaderboardLine) -> String, sort, head: &str| DrawnColumn {
        right: false,
        ..column(sort, head, &|line| (cell(line), plain))
    };
    let rank = |line: &LeaderboardLine| {
        let rank = line.rank.map_or("–".to_owned(), |rank| rank.to_string());
        (rank, theme.dim())
    };
    let variant = |line: &LeaderboardLine| text::line(table.short(line.variant));
    let mut stay = vec![
        column(LeaderboardColumn::Rank, "#", &rank),
        named(&variant, LeaderboardColumn::Variant, "variant"),
    ];
    if table.models.len() > 1 {
        let names = ModelNames::of_all(table);
        let model_name = |line: &LeaderboardLine| names.name(line.model, NAMES.0);
        stay.push(named(&model_name, LeaderboardColumn::Model, "model"));
    }
    stay.push(column(LeaderboardColumn::Score, "score %", &|line| {
        figure(line.score, 100.0, 1)
    }));
    let difference = |line: &LeaderboardLine| {
        let verdict = line
            .verdict
            .as_ref()
            .map_or((" ?", theme.dim()), |v| heads::verdict(theme, v));
        match &line.difference {
            Some(d) => (format!("{}{}", points(d.value), verdict.0), verdict.1),
            None if line.variant == model.answers.baseline => ("baseline".to_owned(), theme.dim()),
            None => (String::new(), plain),
        }
    };
    let count = |n: Option<usize>| (n.map_or(String::new(), |n| n.to_string()), plain);
    let latency = |line: &LeaderboardLine| {
        let ms = line.latency_ms;
        (ms.map_or("–".to_owned(), |ms| text::time(ms / 1e3)), plain)
    };
    let scrolling = scrolling_columns(table, &model.leaderboard.board)
        .into_iter()
        .filter_map(|sort| {
            Some(match sort {
                // Drawn once it is known how much room is left.
                LeaderboardColumn::Score => DrawnColumn {
                    right: false,
                    least: WHISKERS.0,
                    ..column(sort, "", &|_| (String::new(), plain))
                },
                LeaderboardColumn::Rows => column(sort, "rows", &|line| (scored_rows(line), plain)),
                LeaderboardColumn::Difference => column(sort, "difference", &difference),
                LeaderboardColumn::Metric(metric) => {
                    let name = text::fit(&text::line(table.metrics.get(metric)?), 14);
                    column(sort, &name, &|line| {
                        figure(line.metrics.get(metric - 1).copied().flatten(), 100.0, 1)
                    })
                }
                LeaderboardColumn::Fixed => column(sort, "fixed", &|line| count(line.fixed)),
                LeaderboardColumn::Broken => column(sort, "broken", &|line| count(line.broken)),
                LeaderboardColumn::Cost => {
                    column(sort, "$ per 1,000", &|line| figure(line.cost_usd, 1e3, 3))
                }
                LeaderboardColumn::Latency => column(sort, "p50", &latency),
                LeaderboardColumn::PromptTokens => {
                    column(sort, "tok in", &|line| figure(line.prompt_tokens, 1.0, 0))
                }
                LeaderboardColumn::CompletionTokens => {
                    column(sort, "out", &|line| figure(line.completion_tokens, 1.0, 0))
                }
                LeaderboardColumn::Rank | LeaderboardColumn::Variant | LeaderboardColumn::Model => {
                    return None;
                }
            })
        });
    (stay, scrolling.collect())
}

/// As many of the scrolled columns as there is room for, and the intervals on one scale.
fn fit_columns(
    stay: Vec<DrawnColumn>,
    mut scrolling: Vec<DrawnColumn>,
    shown: &[&LeaderboardLine],
    model: &Model,
    room: usize,
) -> DrawnColumns {
    let total = |all: &[DrawnColumn]| all.iter().map(|c| c.width() + 2).sum::<usize>();
    let names: usize = (stay.iter().filter(|c| !c.right))
        .map(DrawnColumn::width)
        .sum();
    // Names give way to the first column.
    let left = room.saturating_sub(total(&stay) - names + names.min(NAMES.0));
    let all = scrolling.len();
    let fitting = |first: usize| {
        let mut used = 0;
        let fits = |c: &&DrawnColumn| {
            used += c.width() + 2;
            used <= left
        };
        let n = scrolling[first..].iter().take_while(fits).count().max(1);
        // One of the two alone would mislead.
        let ends_with_fixed = scrolling.get(first + n - 1);
        let ends_with_fixed = ends_with_fixed.is_some_and(|c| c.sort == LeaderboardColumn::Fixed);
        match ends_with_fixed && n > 1 && first + n < all {
            true => n - 1,
            false => n.min(all - first),
        }
    };
    let most = (0..all)
        .find(|first| first + fitting(*first) == all)
        .unwrap_or(0);
    let first = match model.leaderboard.scrolled {
        Some(first) => first.min(most),
        None => {
            let sorted = model.view.settings.leaderboard_sort.column;
            let sorted = scrolling.iter().position(|c| c.sort == sorted).unwrap_or(0);
            let shows = |first: &usize| first + fitting(*first) > sorted;
            (0..=most).find(shows).unwrap_or(most)
        }
    };
    let n = if all == 0 { 0 } else { fitting(first) };
    let mut columns = DrawnColumns {
        stay: stay.len(),
        scrolled: (first, most),
        has_more: first + n < all,
        shown: stay,
    };
    columns.shown.extend(scrolling.drain(first..first + n));
    shrink_names(&mut columns.shown, room);
    let left = room.saturating_sub(total(&columns.shown));
    let whiskers = columns.shown.get_mut(columns.stay);
    if let Some(whiskers) = whiskers.filter(|c| c.sort == LeaderboardColumn::Score) {
        draw_whiskers(whiskers, shown, model, (WHISKERS.0 + left).min(WHISKERS.1));
    }
    columns
}

/// Shorten the names until all columns fit, the widest first.
fn shrink_names(columns: &mut [DrawnColumn], room: usize) {
    loop {
        let total: usize = columns.iter().map(|c| c.width() + 2).sum();
        let over = total.saturating_sub(room);
        let names = columns.iter_mut().filter(|c| !c.right && c.least == 0);
        let Some(widest) = names.max_by_key(|c| c.width()).filter(|_| over > 0) else {
            return;
        };
        let width = widest.width().saturating_sub(over).max(NAMES.1);
        if widest.width() <= width {
            return;
        }
        for (cell, _) in &mut widest.cells {
            *cell = text::fit_ends(cell, width);
        }
    }
}

/// The intervals on one scale of this width.
fn draw_whiskers(
    column: &mut DrawnColumn,
    shown: &[&LeaderboardLine],
    model: &Model,
    width: usize,
) {
    let intervals = shown.iter().filter_map(|line| line.interval);
    if intervals.clone().next().is_none() {
        return;
    }
    let scale = Scale::around(intervals.flat_map(|(low, high)| [low, high]), width);
    let baseline = (shown.iter())
        .find(|line| (line.variant, line.model) == (model.answers.baseline, model.cursor.model));
    let baseline = baseline.and_then(|line| line.score);
    let cell = |line: &&LeaderboardLine| {
        let style = match &line.verdict {
            Some(verdict) => heads::verdict(model.view.theme, verdict).1,
            None => Style::new(),
        };
        let drawn = match (line.score, line.interval) {
            (Some(score), Some((low, high))) => scale.dot(low, score, high, baseline),
            _ => String::new(),
        };
        (drawn, style)
    };
    column.head = scale.legend();
    column.cells = shown.iter().map(cell).collect();
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
