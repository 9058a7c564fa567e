//! The models of the experiment, and which of them the grid shows.
//!
//! ```text
//! ┌ Models · Space: show or hide · Enter: close ──────────────────────┐
//! │ 1 ■ demo/icl    61.7% best variant   420 of 420 answered          │
//! │ 2 □ demo/echo                          0 of 420 answered          │
//! │  columns by variant                                               │
//! └───────────────────────────────────────────────────────────────────┘
//! ```

use super::{popup::Content, text};
use crate::tui::model::{Model, ShownModels, Table};
use ratatui::text::{Line, Span};

pub(super) fn content(model: &Model, table: &Table, shown: &ShownModels, width: usize) -> Content {
    let theme = model.view.theme;
    let names: Vec<String> = (table.models.iter())
        .map(|name| text::line(&name.to_string()))
        .collect();
    let widest = names.iter().map(|name| text::width(name)).max();
    let room = widest.unwrap_or(0).min(width / 2);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (m, name) in names.iter().enumerate() {
        let digit = match m {
            0..9 => format!(" {} ", m + 1),
            _ => "   ".to_owned(),
        };
        let mark = if model.answers.columns.models.contains(&m) {
            "■ "
        } else {
            "□ "
        };
        let facts = text::fit(&facts(model, table, m), width.saturating_sub(room + 7));
        lines.push(Line::from(vec![
            Span::styled(digit, theme.accent()),
            Span::raw(format!("{mark}{}  ", text::pad(name, room))),
            Span::styled(facts, theme.dim()),
        ]));
    }
    let columns = &model.answers.columns;
    let said = if columns.has_groups() {
        format!(" Columns are grouped by {}.", columns.grouping.word())
    } else {
        " One model is shown.".to_owned()
    };
    lines.push(Line::styled(said, theme.dim()));
    Content::choices(
        " Models shown · Space: show or hide · Enter: accept ",
        lines,
        (0, shown.at, names.len()),
    )
}

/// The best variant with its score, and how many cells have an answer.
fn facts(model: &Model, table: &Table, m: usize) -> String {
    let board = &model.leaderboard.board;
    let order = board.ranked().into_iter().map(|line| &board.lines[line]);
    let best = order
        .filter(|line| line.model == m)
        .find_map(|line| Some((line.score?, line.variant)));
    let best = best.map_or(String::new(), |(score, variant)| {
        let name = text::line(table.short(variant));
        format!("best {:.1}% {name} · ", score * 100.0)
    });
    let grid = model.answers.grids.get(m);
    let answered: u64 = grid.map_or(0, |grid| {
        (0..grid.variants()).map(|v| grid.totals(v).answered).sum()
    });
    let all = table.variants() * table.rows * table.samples;
    format!("{best}{answered} of {all} answered")
}
