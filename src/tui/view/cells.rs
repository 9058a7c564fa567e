//! A cell of the grid: state, most frequent answer, k of n, ≠ against the baseline; share bar and kinds below.

use super::text;
use crate::{
    outcome::{Cell, CellOutcome, CellSummary, Grid, MajorityAnswer, RowChange, row_change},
    tokens,
    tui::model::{Lens, Model, Table, Theme},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// What the cell of a variant shows for a row.
pub(super) fn lines(
    model: &Model,
    table: &Table,
    v: usize,
    row: usize,
    width: usize,
    tall: bool,
) -> Vec<Line<'static>> {
    let Some(cells) = model.cells() else {
        return Vec::new();
    };
    let sum = cells.summary(v, row);
    match model.view.settings.lens {
        Lens::Flips => vec![flip(model, cells, &sum, v, row, width)],
        Lens::Latency => vec![latency(model, &sum, width)],
        Lens::Cost => vec![cost(model, table, &sum, width)],
        Lens::Disagreement => disagreement(model, cells, &sum, width, tall),
        Lens::Answers
        | Lens::Leaderboard
        | Lens::Map
        | Lens::Axes
        | Lens::Variance
        | Lens::Labels
        | Lens::Slices
        | Lens::Tradeoff
        | Lens::Shots => {
            let mut lines = vec![answer(model, cells, &sum, v, row, width)];
            if tall {
                lines.push(share(model, cells, &sum));
            }
            lines
        }
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

/// The majority answer of a cell in words; where the metric reads no answers, the mean score.
pub(super) fn top_words(cells: &Grid, sum: &CellSummary) -> String {
    let score = || format!("{:.2}", sum.score.unwrap_or_default());
    match sum.majority {
        MajorityAnswer::Answer(answer) => cells.read_answer(answer).map_or_else(score, text::line),
        MajorityAnswer::Score(_) => score(),
        MajorityAnswer::Unreadable => "unreadable".into(),
        MajorityAnswer::Refused => "refused".into(),
        MajorityAnswer::Nothing if sum.truncated > 0 => "cut off".into(),
        MajorityAnswer::Nothing => match sum.failure {
            Some(failure) => failure.to_string(),
            None => String::new(),
        },
    }
}

fn answer(
    model: &Model,
    cells: &Grid,
    sum: &CellSummary,
    v: usize,
    row: usize,
    width: usize,
) -> Line<'static> {
    let theme = model.view.theme;
    let (sign, style) = sign(theme, sum);
    if sum.answered == 0
        && let Some(streamed) = stream(model, cells, v, row)
    {
        let room = width.saturating_sub(3);
        let said = format!(
            "{}▏",
            text::tail(&text::line(&streamed), room.saturating_sub(1))
        );
        return Line::from(vec![Span::styled(" … ", theme.unsure()), Span::raw(said)]);
    }
    let n = cells.samples();
    let done = sum.answered + sum.truncated + sum.failed;
    let base = cells.summary(model.answers.baseline, row);
    let differs = v != model.answers.baseline
        && sum.answered > 0
        && base.answered > 0
        && sum.majority != base.majority;
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
    let k = if k.is_empty() { k } else { format!(" {k}") };
    let right = format!("{k}{mark}");
    let room = width.saturating_sub(3 + text::width(&right));
    let words = text::pad(&top_words(cells, sum), room);
    let words_style = if sum.answered == 0 {
        theme.dim()
    } else {
        Style::new()
    };
    Line::from(vec![
        Span::styled(format!(" {sign} "), style),
        Span::styled(words, words_style),
        Span::styled(k, theme.dim()),
        Span::styled(mark, theme.unsure()),
    ])
}

/// The answer that streams into a cell.
fn stream(model: &Model, cells: &Grid, v: usize, row: usize) -> Option<String> {
    if model.answers.streams.is_empty() {
        return None;
    }
    (0..cells.samples()).find_map(|sample| {
        let mut id = model.trial(v, sample);
        id.row = row as u32;
        model.answers.streams.get(&id).cloned()
    })
}

fn share(model: &Model, cells: &Grid, sum: &CellSummary) -> Line<'static> {
    let theme = model.view.theme;
    let n = cells.samples();
    if sum.answered == 0 {
        let said = match (sum.failed, sum.truncated) {
            (0, 0) if sum.unscored > 0 => format!("   {} without a score", sum.unscored),
            (0, 0) => String::new(),
            (0, t) => format!("   {t} cut off at max_tokens"),
            (f, _) => format!("   {f} failed"),
        };
        return Line::styled(said, theme.dim());
    }
    let kinds = if sum.distinct_answers == 1 {
        "kind"
    } else {
        "kinds"
    };
    let mut said = format!("  {} {kinds}", sum.distinct_answers);
    if sum.failed > 0 {
        said += &format!(", {} failed", sum.failed);
    }
    if sum.truncated > 0 {
        said += &format!(", {} cut off", sum.truncated);
    }
    let (_, style) = sign(theme, sum);
    Line::from(vec![
        Span::styled(format!("   {}", text::bar(sum.majority_count, n, 8)), style),
        Span::styled(said, theme.dim()),
    ])
}

fn flip(
    model: &Model,
    cells: &Grid,
    sum: &CellSummary,
    v: usize,
    row: usize,
    width: usize,
) -> Line<'static> {
    let theme = model.view.theme;
    let base = cells.summary(model.answers.baseline, row);
    let Some(change) = row_change((cells, model.answers.baseline, row), (cells, v, row)) else {
        let (sign, style) = sign(theme, sum);
        return Line::styled(format!(" {sign}"), style);
    };
    if v == model.answers.baseline {
        let (sign, style) = sign(theme, sum);
        let words = text::fit(&top_words(cells, sum), width.saturating_sub(3));
        return Line::from(vec![
            Span::styled(format!(" {sign} "), style),
            Span::styled(words, theme.dim()),
        ]);
    }
    if change == RowChange::Unchanged {
        return Line::styled(" =", theme.dim());
    }
    let mark = &change_mark(&base, sum, change);
    let style = change_style(theme, change);
    let words = text::fit(
        &top_words(cells, sum),
        width.saturating_sub(1 + text::width(mark)),
    );
    Line::from(vec![
        Span::styled(format!(" {mark}"), style),
        Span::raw(words),
    ])
}

fn disagreement(
    model: &Model,
    cells: &Grid,
    sum: &CellSummary,
    width: usize,
    tall: bool,
) -> Vec<Line<'static>> {
    let theme = model.view.theme;
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
    if tall {
        let words = format!(
            "   {} kinds, {}",
            sum.distinct_answers,
            top_words(cells, sum)
        );
        lines.push(Line::styled(text::fit(&words, width), theme.dim()));
    }
    lines
}

fn latency(model: &Model, sum: &CellSummary, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    if sum.answered + sum.truncated == 0 {
        let (sign, style) = sign(theme, sum);
        return Line::styled(format!(" {sign}"), style);
    }
    let seconds = f64::from(sum.latency_ms) / 1e3;
    // Twice the mean of the variant fills the bar.
    let mean = model
        .answers
        .grids
        .get(model.cursor.model)
        .map_or(0.0, |b| {
            let (mut sum, mut n) = (0.0, 0);
            for v in 0..b.variants() {
                sum += b.totals(v).latency_ms;
                n += b.totals(v).answered;
            }
            sum / (n.max(1) as f64) / 1e3
        });
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

fn cost(model: &Model, table: &Table, sum: &CellSummary, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    if sum.answered + sum.truncated == 0 {
        let (sign, style) = sign(theme, sum);
        return Line::styled(format!(" {sign}"), style);
    }
    let mut said = format!(
        " {} in {} out",
        text::count(sum.prompt_tokens),
        text::count(sum.completion_tokens)
    );
    if let Some(name) = table.models.get(model.cursor.model)
        && let Some(price) = tokens::price(&name.model, model.workspace.project.model(name))
    {
        let usd = price.cost_usd(&crate::model::Usage {
            prompt: sum.prompt_tokens,
            completion: sum.completion_tokens,
            ..Default::default()
        });
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
