//! The leaderboard: one line per variant and model, and what is known of the line under the cursor.
//!
//! ```text
//!  7 of 54 · by latency
//!   #  variant   score  40        70        100 %  difference  urgency  fixed/broken  tokens in+out  $/1,000  p50
//! ▸ 1  opinion    81.7        ├────●───┤             +3.3 ?       64.0           4/1          232+1    0.041  47 ms
//! ```

use super::{heads, model_names::ModelNames, pane::ZOOMED, scrollbar, text};
use crate::{
    analysis::{LeaderboardColumn, LeaderboardLine},
    narrate::{labels::points, quality, verdict::comparison},
    report::{MARGIN, Scale},
    tui::model::{Hit, Measured, Model, ScrolledList, Table, sort_columns},
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
    /// Where there is no room for all, the lowest are kept; 0 stays.
    expendable: usize,
}

impl DrawnColumn {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(cell, _)| text::width(cell));
        cells.max().unwrap_or(0).max(text::width(&self.head))
    }
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
    let title = text::fit(&title(model, table), usize::from(area.width));
    buffer.set_line(
        area.x,
        area.y,
        &Line::styled(title, theme.strong()),
        area.width,
    );
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
    let columns = columns(model, table, &shown, room);
    let mut x = area.x + 3;
    for column in &columns {
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
fn title(model: &Model, table: &Table) -> String {
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

fn columns(
    model: &Model,
    table: &Table,
    shown: &[&LeaderboardLine],
    room: usize,
) -> Vec<DrawnColumn> {
    let theme = model.view.theme;
    let plain = Style::new();
    let column =
        |sort, head: &str, expendable, cell: &dyn Fn(&LeaderboardLine) -> (String, Style)| {
            let cells = shown.iter().map(|line| {
                let (text, style) = cell(line);
                (text, if line.eliminated { theme.dim() } else { style })
            });
            DrawnColumn {
                sort,
                head: head.to_owned(),
                cells: cells.collect(),
                right: true,
                expendable,
            }
        };
    let figure = |x: Option<f64>, scale: f64, digits: usize| {
        let text = x.map_or("–".to_owned(), |x| format!("{:.digits$}", x * scale));
        (text, plain)
    };
    let named =
        |cell: &dyn Fn(&LeaderboardLine) -> String, sort, head: &str, expendable| DrawnColumn {
            right: false,
            ..column(sort, head, expendable, &|line| (cell(line), plain))
        };
    let mut all = vec![
        column(LeaderboardColumn::Rank, "#", 0, &|line| {
            (
                line.rank.map_or("–".to_owned(), |rank| rank.to_string()),
                theme.dim(),
            )
        }),
        named(
            &|line| text::line(table.short(line.variant)),
            LeaderboardColumn::Variant,
            "variant",
            0,
        ),
    ];
    if table.models.len() > 1 {
        let names = ModelNames::of_all(table);
        let model_name = |line: &LeaderboardLine| names.name(line.model, NAMES.0);
        all.push(named(&model_name, LeaderboardColumn::Model, "model", 0));
    }
    all.push(column(LeaderboardColumn::Score, "score %", 0, &|line| {
        figure(line.score, 100.0, 1)
    }));
    all.push(column(
        LeaderboardColumn::Difference,
        "difference",
        0,
        &|line| {
            let verdict = line
                .verdict
                .as_ref()
                .map_or((" ?", theme.dim()), |v| heads::verdict(theme, v));
            match &line.difference {
                Some(d) => (format!("{}{}", points(d.value), verdict.0), verdict.1),
                None if line.variant == model.answers.baseline => {
                    ("baseline".to_owned(), theme.dim())
                }
                None => (String::new(), plain),
            }
        },
    ));
    for (further, name) in table.metrics.iter().skip(1).enumerate() {
        let head = text::fit(&text::line(name), 14);
        all.push(column(
            LeaderboardColumn::Metric(further + 1),
            &head,
            2,
            &|line| figure(line.metrics.get(further).copied().flatten(), 100.0, 1),
        ));
    }
    let count = |n: Option<usize>| (n.map_or(String::new(), |n| n.to_string()), plain);
    all.push(column(LeaderboardColumn::Fixed, "fixed", 3, &|line| {
        count(line.fixed)
    }));
    all.push(column(LeaderboardColumn::Broken, "broken", 3, &|line| {
        count(line.broken)
    }));
    all.push(column(
        LeaderboardColumn::PromptTokens,
        "tok in",
        6,
        &|line| figure(line.prompt_tokens, 1.0, 0),
    ));
    all.push(column(
        LeaderboardColumn::CompletionTokens,
        "out",
        7,
        &|line| figure(line.completion_tokens, 1.0, 0),
    ));
    if model
        .leaderboard
        .board
        .lines
        .iter()
        .any(|line| line.cost_usd.is_some())
    {
        all.push(column(LeaderboardColumn::Cost, "$ per 1,000", 4, &|line| {
            figure(line.cost_usd, 1e3, 3)
        }));
    }
    all.push(column(LeaderboardColumn::Latency, "p50", 5, &|line| {
        (
            line.latency_ms
                .map_or("–".to_owned(), |ms| text::time(ms / 1e3)),
            plain,
        )
    }));
    fit_columns(all, shown, model, room)
}

/// As many columns as there is room for, and the intervals on one scale.
fn fit_columns(
    mut all: Vec<DrawnColumn>,
    shown: &[&LeaderboardLine],
    model: &Model,
    room: usize,
) -> Vec<DrawnColumn> {
    let intervals = shown.iter().filter_map(|line| line.interval);
    let has_intervals = intervals.clone().next().is_some();
    let for_columns = room.saturating_sub(if has_intervals { WHISKERS.0 + 2 } else { 0 });
    let total = |all: &[DrawnColumn]| all.iter().map(|c| c.width() + 2).sum::<usize>();
    let names = all.iter().filter(|c| !c.right);
    let names: usize = names.map(DrawnColumn::width).sum();
    let stay = all.iter().filter(|c| c.expendable == 0);
    let stay: usize = stay.map(|c| c.width() + 2).sum();
    let mut left = for_columns.saturating_sub(stay - names + names.min(NAMES.0));
    let mut by_worth: Vec<usize> = (0..all.len()).filter(|c| all[*c].expendable > 0).collect();
    by_worth.sort_by_key(|c| all[*c].expendable);
    let mut is_kept: Vec<bool> = all.iter().map(|c| c.expendable == 0).collect();
    for c in by_worth {
        let width = all[c].width() + 2;
        if width > left {
            break;
        }
        left -= width;
        is_kept[c] = true;
    }
    // One alone would mislead.
    let pair = [LeaderboardColumn::Fixed, LeaderboardColumn::Broken];
    let place = pair.map(|sort| all.iter().position(|c| c.sort == sort));
    if let [Some(fixed), Some(broken)] = place {
        is_kept[fixed] &= is_kept[broken];
    }
    let mut is_kept = is_kept.into_iter();
    all.retain(|_| is_kept.next().unwrap_or(true));
    while total(&all) > for_columns {
        let over = total(&all) - for_columns;
        let names = all.iter_mut().filter(|c| !c.right);
        let Some(widest) = names.max_by_key(|c| c.width()) else {
            break;
        };
        let width = widest.width().saturating_sub(over).max(NAMES.1);
        if widest.width() <= width {
            break;
        }
        for (cell, _) in &mut widest.cells {
            *cell = text::fit_ends(cell, width);
        }
    }
    let left = room.saturating_sub(total(&all) + 2);
    if left >= WHISKERS.0 && has_intervals {
        let scale = Scale::around(
            intervals.flat_map(|(low, high)| [low, high]),
            left.min(WHISKERS.1),
        );
        let baseline = shown.iter().find(|line| {
            (line.variant, line.model) == (model.answers.baseline, model.cursor.model)
        });
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
        let at = all
            .iter()
            .position(|c| c.sort == LeaderboardColumn::Score)
            .map_or(0, |at| at + 1);
        let whiskers = DrawnColumn {
            sort: LeaderboardColumn::Score,
            head: scale.legend(),
            cells: shown.iter().map(cell).collect(),
            right: false,
            expendable: 0,
        };
        all.insert(at, whiskers);
    }
    all
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
