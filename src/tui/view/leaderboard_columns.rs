//! The columns of the leaderboard: their cells, and as many of them as there is room for.

use super::{heads, model_names::ModelNames, text};
use crate::{
    analysis::{LeaderboardColumn, LeaderboardLine},
    narrate::labels::{points, scored_rows},
    report::Scale,
    tui::model::{Model, Table, scrolling_columns},
};
use ratatui::style::Style;

/// The narrowest and the widest scale for intervals.
const WHISKERS: (usize, usize) = (14, 40);
/// The names of variants and models keep so much of their width, together and each.
const NAMES: (usize, usize) = (28, 14);

/// A column as it is drawn.
pub(super) struct DrawnColumn {
    pub(super) sort: LeaderboardColumn,
    pub(super) head: String,
    /// With the style of each.
    pub(super) cells: Vec<(String, Style)>,
    pub(super) right: bool,
    /// It is not drawn narrower.
    pub(super) least: usize,
}

impl DrawnColumn {
    pub(super) fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(cell, _)| text::width(cell));
        let widest = cells.max().unwrap_or(0).max(text::width(&self.head));
        widest.max(self.least)
    }
}

/// The columns that fit.
pub(super) struct DrawnColumns {
    pub(super) shown: Vec<DrawnColumn>,
    /// How many of those shown stay where they are; the others are scrolled.
    pub(super) stay: usize,
    /// How many columns are scrolled away, and how many can be.
    pub(super) scrolled: (usize, usize),
    /// There are more to the right.
    pub(super) has_more: bool,
}

/// Those that stay, and those that are scrolled sideways.
pub(super) fn columns(
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
pub(super) fn fit_columns(
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
