//! A cell of the grid: most frequent answer, score, state, k of n, ≠ against the baseline; share bar and kinds below.

use super::{
    answer,
    text::{self, Piece},
};
use crate::{
    outcome::{Cell, CellOutcome, CellSummary, Grid, RowChange, row_change},
    tui::model::{GridColumn, Lens, Model, Table, Theme},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// What the cell of a column shows for a row.
pub(super) fn lines(
    model: &Model,
    table: &Table,
    column: GridColumn,
    row: usize,
    layout: CellLayout,
) -> Vec<Line<'static>> {
    let Some(grid) = model.answers.grids.get(column.model) else {
        return Vec::new();
    };
    let shown = ShownCell {
        grid,
        column,
        row,
        sum: grid.summary(column.variant, row),
        baseline: grid.summary(model.answers.baseline, row),
    };
    let width = layout.width;
    match model.view.settings.lens {
        Lens::Flips => vec![flip(model, table, &shown, width)],
        Lens::Latency => vec![latency(model, &shown, width)],
        Lens::Cost => vec![cost(model, &shown, width)],
        Lens::Disagreement => disagreement(model, table, &shown, layout),
        Lens::Answers
        | Lens::Leaderboard
        | Lens::Map
        | Lens::Axes
        | Lens::Variance
        | Lens::Labels
        | Lens::Slices
        | Lens::Tradeoff
        | Lens::Speed
        | Lens::Shots => answer(model, table, &shown, layout),
    }
}

/// A cell with what is known of it and of the baseline with the same model.
struct ShownCell<'a> {
    grid: &'a Grid,
    column: GridColumn,
    row: usize,
    sum: CellSummary,
    baseline: CellSummary,
}

impl ShownCell<'_> {
    fn words(&self, model: &Model, table: &Table, room: usize) -> Vec<Piece> {
        answer::pieces(model, table, (self.column, self.row), &self.sum, room)
    }
}

/// The sign of a cell and its color.
pub(super) fn sign(theme: Theme, sum: &CellSummary) -> (&'static str, Style) {
    styled_sign(theme, sum.outcome())
}

/// The sign of an outcome and its color.
pub(super) fn styled_sign(theme: Theme, outcome: CellOutcome) -> (&'static str, Style) {
    let style = match outcome {
        CellOutcome::Correct => theme.good(),
        CellOutcome::Wrong | CellOutcome::Failed => theme.bad(),
        CellOutcome::Pending => theme.dim(),
        _ => theme.unsure(),
    };
    (outcome.sign(), style)
}

/// What is measured over the cells on the screen, so that they stand one below the other.
#[derive(Clone, Copy)]
pub(super) struct CellLayout {
    pub width: usize,
    /// A second line below the answer.
    pub is_tall: bool,
    /// Whether a score stands beside the sign: some sample is neither 0 nor 1.
    pub shows_score: bool,
}

/// Whether any of these samples has a score between 0 and 1.
pub(super) fn is_graded(grids: &[Grid], rows: &[u32], columns: &[GridColumn]) -> bool {
    let is_partial = |score: f64| score > 0.0 && score < 1.0;
    rows.iter().any(|row| {
        columns.iter().any(|column| {
            grids.get(column.model).is_some_and(|grid| {
                let mut scores = (0..grid.samples())
                    .filter_map(|sample| grid.score(column.variant, *row as usize, sample));
                scores.any(is_partial)
            })
        })
    })
}

/// A score in three columns: `1`, `.67`, `0`.
fn short_score(score: f64) -> String {
    match format!("{score:.2}").as_str() {
        "0.00" if score > 0.0 => ".00".into(),
        "0.00" => "0".into(),
        "1.00" => "1".into(),
        other => other.trim_start_matches('0').into(),
    }
}

/// The answer of a cell: its words, then the sign; then the score and k of n, which have the second line where there is one.
fn answer(
    model: &Model,
    table: &Table,
    shown: &ShownCell<'_>,
    layout: CellLayout,
) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let (sum, base) = (&shown.sum, &shown.baseline);
    let (sign, style) = sign(theme, sum);
    if sum.answered == 0
        && let Some(streamed) = stream(model, shown)
    {
        let room = layout.width.saturating_sub(6);
        let words = format!(
            "{}▏",
            text::tail(&text::line(&streamed), room.saturating_sub(1))
        );
        let spans = vec![
            Span::raw(format!(" {}", text::pad(&words, room))),
            Span::styled(" …", theme.unsure()),
        ];
        return vec![Line::from(spans)];
    }
    let n = shown.grid.samples();
    let done = sum.answered + sum.truncated + sum.failed;
    let differs = shown.column.variant != model.answers.baseline && sum.answers_unlike(base);
    let k = match (n, sum.running) {
        (1, _) => String::new(),
        (_, 0) if done == 0 => String::new(),
        (_, r) if r > 0 && done < n => format!("{done}/{n} …"),
        _ if sum.majority_count > 0 => format!("{}/{n}", sum.majority_count),
        _ if sum.failed > 0 => format!("{}/{n}", sum.failed),
        _ => format!("{}/{n}", sum.truncated),
    };
    let mark = match (differs, sum.truncated_read > 0) {
        (true, true) => "✂≠",
        (false, true) => "✂ ",
        (true, false) => " ≠",
        (false, false) => "  ",
    };
    // As wide in every cell, so that the signs stand one below the other.
    let k_width = if n > 1 { format!(" {n}/{n}").len() } else { 0 };
    let k = match k.as_str() {
        "" => " ".repeat(k_width),
        k => format!("{:<k_width$}", format!(" {k}")),
    };
    let score = match sum.score.filter(|_| sum.readable > 0) {
        _ if !layout.shows_score => String::new(),
        Some(score) => format!("{:>3} ", short_score(score)),
        None => " ".repeat(4),
    };
    // Two lines are broken between name and value.
    let beside = text::width(&score) + text::width(sign) + k_width + text::width(mark);
    let room = match layout.is_tall {
        true => usize::MAX,
        false => layout.width.saturating_sub(2 + beside),
    };
    let mut words = shown.words(model, table, room);
    if sum.answered == 0 && sum.unscored == 0 {
        for (_, style) in &mut words {
            *style = theme.dim();
        }
    }
    let score = Span::styled(score, theme.dim());
    let sign = Span::styled(sign, style);
    let k = Span::styled(k, theme.dim());
    let mark = Span::styled(mark, theme.unsure());
    if !layout.is_tall {
        return vec![padded(&words, vec![score, sign, k, mark], layout.width)];
    }
    let rest = text::split_pieces(&mut words, layout.width.saturating_sub(5));
    let rest = if rest.is_empty() {
        share(model, shown)
    } else {
        rest
    };
    let k = Span::styled(k.content.trim_start().to_owned(), theme.dim());
    vec![
        padded(&words, vec![sign, mark], layout.width),
        padded(&rest, vec![score, k], layout.width),
    ]
}

/// Words, cut or filled up, and what stands at the right.
fn padded(words: &[Piece], right: Vec<Span<'static>>, width: usize) -> Line<'static> {
    let taken: usize = right.iter().map(|span| text::width(&span.content)).sum();
    let mut spans = vec![Span::raw(" ")];
    spans.extend(text::pad_pieces(words, width.saturating_sub(2 + taken)));
    spans.push(Span::raw(" "));
    spans.extend(right);
    Line::from(spans)
}

/// The answer that streams into a cell.
fn stream(model: &Model, shown: &ShownCell<'_>) -> Option<String> {
    if model.answers.streams.is_empty() {
        return None;
    }
    (0..shown.grid.samples()).find_map(|sample| {
        let id = shown.column.trial(shown.row, sample);
        model.answers.streams.get(&id).cloned()
    })
}

fn share(model: &Model, shown: &ShownCell<'_>) -> Vec<Piece> {
    let theme = model.view.theme;
    let (n, sum) = (shown.grid.samples(), &shown.sum);
    if sum.answered == 0 {
        let said = match (sum.failed, sum.truncated) {
            (0, 0) if sum.unscored > 0 => format!("{} without a score", sum.unscored),
            (0, 0) => String::new(),
            (0, t) => format!("{t} cut off at max_tokens"),
            (f, _) => format!("{f} failed"),
        };
        return vec![(said, theme.dim())];
    }
    let kinds = if sum.distinct_answers == 1 {
        "kind"
    } else {
        "kinds"
    };
    let mut said = format!(" {} {kinds}", sum.distinct_answers);
    if sum.failed > 0 {
        said += &format!(", {} failed", sum.failed);
    }
    if sum.truncated > 0 {
        said += &format!(", {} cut off", sum.truncated);
    }
    let (_, style) = sign(theme, sum);
    vec![
        (text::bar(sum.majority_count, n, 8), style),
        (said, theme.dim()),
    ]
}

fn flip(model: &Model, table: &Table, shown: &ShownCell<'_>, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    let (sum, v) = (&shown.sum, shown.column.variant);
    let words = |room: usize| text::pad_pieces(&shown.words(model, table, room), room);
    let before = (shown.grid, model.answers.baseline, shown.row);
    let Some(change) = row_change(before, (shown.grid, v, shown.row)) else {
        let (sign, style) = sign(theme, sum);
        return Line::styled(format!(" {sign}"), style);
    };
    if v == model.answers.baseline {
        let (sign, style) = sign(theme, sum);
        let mut spans = vec![Span::styled(format!(" {sign} "), style)];
        spans.extend(words(width.saturating_sub(3)));
        return Line::from(spans).patch_style(theme.dim());
    }
    if change == RowChange::Unchanged {
        return Line::styled(" =", theme.dim());
    }
    let mark = &change_mark(&shown.baseline, sum, change);
    let style = change_style(theme, change);
    let mut spans = vec![Span::styled(format!(" {mark}"), style)];
    spans.extend(words(width.saturating_sub(1 + text::width(mark))));
    Line::from(spans)
}

fn disagreement(
    model: &Model,
    table: &Table,
    shown: &ShownCell<'_>,
    CellLayout { width, is_tall, .. }: CellLayout,
) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let sum = &shown.sum;
    if sum.answered == 0 {
        let (sign, style) = sign(theme, sum);
        return vec![Line::styled(format!(" {sign}"), style)];
    }
    let apart = 1.0 - sum.majority_count as f64 / sum.answered as f64;
    let style = match apart {
        x if x <= 0.0 => theme.dim(),
        x if x < 0.34 => theme.unsure(),
        _ => theme.bad(),
    };
    let room = width.saturating_sub(9).clamp(1, 12);
    let full = (apart * room as f64).round() as usize;
    let mut lines = vec![Line::from(vec![
        Span::styled(format!(" {:>3.0}% ", apart * 100.0), style),
        Span::styled("█".repeat(full), style),
        Span::styled("░".repeat(room - full.min(room)), theme.dim()),
    ])];
    if is_tall {
        let kinds = (format!("   {} kinds, ", sum.distinct_answers), theme.dim());
        let room = width.saturating_sub(text::width(&kinds.0));
        let words = shown.words(model, table, room);
        let all: Vec<_> = [kinds].into_iter().chain(words).collect();
        lines.push(Line::from(text::pad_pieces(&all, width)));
    }
    lines
}

fn latency(model: &Model, shown: &ShownCell<'_>, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    let sum = &shown.sum;
    if sum.answered + sum.truncated + sum.unscored == 0 {
        let (sign, style) = sign(theme, sum);
        return Line::styled(format!(" {sign}"), style);
    }
    let seconds = f64::from(sum.latency_ms) / 1e3;
    // Twice the mean of the model fills the bar.
    let (mut all, mut n) = (0.0, 0);
    for v in 0..shown.grid.variants() {
        let totals = shown.grid.totals(v);
        all += totals.latency_ms;
        n += totals.answers;
    }
    let mean = all / (n.max(1) as f64) / 1e3;
    let room = width.saturating_sub(11).clamp(1, 12);
    let share = if mean > 0.0 {
        seconds / (2.0 * mean)
    } else {
        0.0
    };
    let full = ((share * room as f64).round() as usize).min(room);
    let style = if share >= 1.0 {
        theme.bad()
    } else {
        Style::new()
    };
    Line::from(vec![
        Span::styled(format!(" {:>8} ", text::time(seconds)), style),
        Span::styled("█".repeat(full), style),
    ])
}

fn cost(model: &Model, shown: &ShownCell<'_>, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    let sum = &shown.sum;
    if sum.answered + sum.truncated == 0 {
        let (sign, style) = sign(theme, sum);
        return Line::styled(format!(" {sign}"), style);
    }
    let mut said = format!(
        " {} in {} out",
        text::count(sum.prompt_tokens),
        text::count(sum.completion_tokens)
    );
    if let Some(usd) = shown.grid.cell_cost(shown.column.variant, shown.row) {
        said += &format!(" {}", text::money(usd));
    }
    Line::raw(text::fit(&said, width))
}

/// `✗→✓ fixed `; a change on one side of the threshold is named alone.
pub(super) fn change_mark(before: &CellSummary, after: &CellSummary, change: RowChange) -> String {
    let (before, after) = (before.outcome().sign(), after.outcome().sign());
    match change {
        RowChange::Broken | RowChange::Fixed => format!("{before}→{after} {} ", change.word()),
        _ => format!("{} ", change.word()),
    }
}

/// The color of a change.
pub(super) fn change_style(theme: Theme, change: RowChange) -> Style {
    match change {
        RowChange::Fixed | RowChange::Improved => theme.good(),
        RowChange::Broken | RowChange::Worsened => theme.bad(),
        RowChange::AnswerChanged | RowChange::Unchanged => theme.unsure(),
    }
}

/// The outcome of one sample in a sign.
pub(super) fn sample_sign(theme: Theme, cell: Cell, threshold: f64) -> (&'static str, Style) {
    styled_sign(
        theme,
        CellOutcome::of_sample(cell.state, cell.score, threshold),
    )
}
