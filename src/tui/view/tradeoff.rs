//! Plots of scores: against cost or latency, with the front that no variant beats in both, and against the number of shots.
//!
//! ```text
//!  90 ┤                       1
//!     │        2    │
//!     │             3
//!  60 ┤  4
//!     └──────────────────────────
//!      120 tokens      340 tokens
//! ```

use super::{heads, model_names::ModelNames, text};
use crate::{
    analysis::{Expense, Tradeoff},
    narrate::tradeoff::{expense_figure, expense_name},
    tui::model::{GridColumn, Lens, Model, Table},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// Width of the figures beside the upright axis.
const LEFT: u16 = 6;

/// A point of a plot, with the whisker of its score.
struct Point {
    x: f64,
    score: f64,
    interval: Option<(f64, f64)>,
    sign: String,
    style: Style,
}

pub(super) fn draw(buffer: &mut Buffer, area: Rect, model: &Model, table: &Table) {
    let theme = model.view.theme;
    let (title, points, names, figure) = if model.view.settings.lens == Lens::Shots {
        shots(model, table)
    } else {
        tradeoff(model, table)
    };
    let title = text::fit(&title, usize::from(area.width));
    buffer.set_line(
        area.x,
        area.y,
        &Line::styled(title, theme.strong()),
        area.width,
    );
    let body = text::below_title(area);
    if points.is_empty() {
        let said = Line::styled(" No scores yet. r: run", theme.dim());
        return text::put(buffer, body, &[said]);
    }
    let widest = names.iter().map(Line::width).max().unwrap_or(0);
    let list = (widest as u16 + 2).clamp(20, (body.width / 2).max(20));
    let plot_area = Rect {
        width: body.width - list,
        ..body
    };
    plot(buffer, plot_area, model, &points, figure);
    let beside = Rect::new(plot_area.right() + 1, body.y, list - 1, body.height);
    let mut shown: Vec<Line<'_>> = names;
    if shown.len() > usize::from(beside.height) {
        shown.truncate(usize::from(beside.height).saturating_sub(1));
        shown.push(Line::styled(" …", theme.dim()));
    }
    text::put(buffer, beside, &shown);
}

type Plotted = (String, Vec<Point>, Vec<Line<'static>>, fn(f64) -> String);

/// Variants of the models shown by cost or latency.
fn tradeoff(model: &Model, table: &Table) -> Plotted {
    let theme = model.view.theme;
    let board = &model.leaderboard.board;
    let order: Vec<usize> = board
        .order(Default::default())
        .into_iter()
        .filter(|at| {
            model
                .answers
                .columns
                .models
                .contains(&board.lines[*at].model)
        })
        .collect();
    let expense = match model.view.settings.lens {
        Lens::Speed => Expense::Latency,
        _ => Expense::Cost,
    };
    let tradeoff = Tradeoff::new(board, &order, expense);
    let models = ModelNames::new(model, table);
    let column_name = |column: GridColumn| {
        let name = text::line(table.short(column.variant));
        match model.answers.columns.has_groups() {
            true => format!("{name} · {}", models.name(column.model, 24)),
            false => name,
        }
    };
    let mut points = Vec::new();
    let mut names = Vec::new();
    for point in &tradeoff.points {
        let line = &board.lines[point.line];
        let is_front = point.is_front;
        let column = GridColumn {
            variant: line.variant,
            model: line.model,
        };
        let here = column == model.cursor.column();
        let sign = (points.len() + 1).to_string();
        let style = match (here, is_front) {
            (true, _) => theme.cursor(),
            (false, true) => theme.good().patch(theme.strong()),
            (false, false) => theme.dim(),
        };
        names.push(Line::from(vec![
            Span::styled(
                format!("{sign:>3}{} ", if is_front { "*" } else { " " }),
                style,
            ),
            Span::raw(format!("{:>5.1}  ", point.score * 100.0)),
            Span::styled(column_name(column), style),
        ]));
        points.push(Point {
            x: point.expense,
            score: point.score,
            interval: None,
            sign,
            style,
        });
    }
    let (missing, better, figure): (_, _, fn(f64) -> String) = match tradeoff.expense {
        Expense::Cost => ("price", "cheaper", |usd| expense_figure(Expense::Cost, usd)),
        Expense::Tokens => ("tokens", "cheaper", |n| expense_figure(Expense::Tokens, n)),
        Expense::Latency => ("latency", "faster", |ms| {
            expense_figure(Expense::Latency, ms)
        }),
    };
    let what = expense_name(tradeoff.expense);
    let note = match tradeoff.lacking {
        0 => String::new(),
        _ => format!(" · without those that have no {missing}"),
    };
    let title = format!(" Score against {what}{note} · *: no variant is better and {better}");
    (title, points, names, figure)
}

/// The variants that differ from the current one in the number of shots alone.
fn shots(model: &Model, table: &Table) -> Plotted {
    let theme = model.view.theme;
    let mut points = Vec::new();
    let mut names = Vec::new();
    for (count, variant) in table.shot_counts(model.cursor.variant) {
        let lines = &model.leaderboard.board.lines;
        let Some(line) = lines
            .iter()
            .find(|l| (l.variant, l.model) == (variant, model.cursor.model))
        else {
            continue;
        };
        let Some(score) = line.score else { continue };
        let style = match &line.verdict {
            Some(verdict) => heads::verdict(theme, verdict).1,
            None => Style::new(),
        };
        let interval = line.interval.map_or(String::new(), |(low, high)| {
            format!("  [{:.1}, {:.1}]", low * 100.0, high * 100.0)
        });
        names.push(Line::from(vec![
            Span::raw(format!("{count:>4} shots {:>6.1}", score * 100.0)),
            Span::styled(interval, theme.dim()),
        ]));
        points.push(Point {
            x: count as f64,
            score,
            interval: line.interval,
            sign: "●".into(),
            style,
        });
    }
    let name = text::line(table.short(model.cursor.variant));
    let about = model.named_model();
    let about = about.map_or(String::new(), |m| {
        format!(" · {}", text::line(&m.to_string()))
    });
    let title = format!(
        " Score by the number of shots, otherwise as {name}{about} · whiskers: 95% intervals"
    );
    (title, points, names, |x| format!("{x:.0}"))
}

fn plot(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    points: &[Point],
    figure: fn(f64) -> String,
) {
    let theme = model.view.theme;
    if area.height < 5 || area.width < LEFT + 12 {
        return;
    }
    let inner = Rect::new(
        area.x + LEFT,
        area.y,
        area.width - LEFT - 1,
        area.height - 2,
    );
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| {
            (l.min(x), h.max(x))
        })
    };
    let (left, right) = ends(&mut points.iter().map(|p| p.x));
    let (low, high) = ends(&mut points.iter().flat_map(|p| {
        let (low, high) = p.interval.unwrap_or((p.score, p.score));
        [low, high]
    }));
    // Full steps of five points, so that the axis has round figures.
    let (low, high) = ((low * 20.0).floor() / 20.0, (high * 20.0).ceil() / 20.0);
    let share = |x: f64, from: f64, to: f64| {
        if to > from {
            (x - from) / (to - from)
        } else {
            0.5
        }
    };
    // A margin of two columns at each side, for signs of two digits.
    let column = |x: f64| {
        inner.x
            + 1
            + (share(x, left, right) * f64::from(inner.width.saturating_sub(4))).round() as u16
    };
    let line = |score: f64| {
        inner.bottom() - 1 - (share(score, low, high) * f64::from(inner.height - 1)).round() as u16
    };
    for y in inner.y..inner.bottom() {
        buffer.set_string(inner.x - 1, y, "│", theme.dim());
    }
    for score in [low, high] {
        let label = format!("{:>4.0} ┤", score * 100.0);
        buffer.set_string(area.x, line(score), label, theme.dim());
    }
    buffer.set_string(inner.x - 1, inner.bottom(), "└", theme.dim());
    buffer.set_string(
        inner.x,
        inner.bottom(),
        "─".repeat(usize::from(inner.width)),
        theme.dim(),
    );
    buffer.set_string(inner.x, inner.bottom() + 1, figure(left), theme.dim());
    if right > left {
        let label = figure(right);
        let at = inner.right().saturating_sub(text::width(&label) as u16);
        buffer.set_string(at, inner.bottom() + 1, label, theme.dim());
    }
    for point in points {
        if let Some((low, high)) = point.interval {
            for y in line(high)..=line(low) {
                buffer.set_string(column(point.x), y, "│", theme.dim());
            }
            for (end, sign) in [(high, "┬"), (low, "┴")] {
                buffer.set_string(column(point.x), line(end), sign, theme.dim());
            }
        }
    }
    let placed: Vec<(u16, u16)> = (points.iter())
        .map(|point| (column(point.x), line(point.score)))
        .collect();
    let signs: Vec<usize> = points.iter().map(|p| text::width(&p.sign)).collect();
    for label in shared_labels(&placed, &signs) {
        let mut spans: Vec<Span<'_>> = Vec::new();
        for point in label.points.iter().map(|point| &points[*point]) {
            // Points with one sign for all share it.
            if spans.iter().all(|span| span.content != point.sign) {
                if !spans.is_empty() {
                    spans.push(Span::styled(",", theme.dim()));
                }
                spans.push(Span::styled(point.sign.as_str(), point.style));
            }
        }
        if label.points.len() > MOST_IN_LABEL && spans.len() > 2 * MOST_IN_LABEL {
            let cursor = spans.iter().position(|span| span.style == theme.cursor());
            if let Some(cursor) = cursor.filter(|at| *at >= 2 * MOST_IN_LABEL) {
                spans.swap(2 * MOST_IN_LABEL - 2, cursor);
            }
            spans.truncate(2 * MOST_IN_LABEL - 1);
            spans.push(Span::styled("…", theme.dim()));
        }
        let said = Line::from(spans);
        let x = label
            .x
            .min(inner.right().saturating_sub(said.width() as u16));
        buffer.set_line(x, label.y, &said, inner.right() - x);
    }
}

/// Points that one label names, at most; a sign says that there are more.
const MOST_IN_LABEL: usize = 4;

/// A label of points that stand in one place, or so close together that their numbers would run into each other.
#[derive(Debug, PartialEq, Eq)]
struct PointLabel {
    x: u16,
    y: u16,
    /// By rank.
    points: Vec<usize>,
}

/// The labels of points at these columns and lines, whose signs have these widths.
fn shared_labels(placed: &[(u16, u16)], signs: &[usize]) -> Vec<PointLabel> {
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by_key(|point| (placed[*point].1, placed[*point].0, *point));
    let mut labels: Vec<PointLabel> = Vec::new();
    for point in order {
        let (x, y) = placed[point];
        let width = |label: &PointLabel| -> usize {
            let shown = label.points.iter().take(MOST_IN_LABEL);
            let more = usize::from(label.points.len() > MOST_IN_LABEL);
            shown.map(|point| signs[*point] + 1).sum::<usize>() - 1 + more
        };
        match labels.last_mut() {
            // With a blank between them.
            Some(label)
                if label.y == y && usize::from(x) <= usize::from(label.x) + width(label) =>
            {
                label.points.push(point);
            }
            _ => labels.push(PointLabel {
                x,
                y,
                points: vec![point],
            }),
        }
    }
    for label in &mut labels {
        label.points.sort_unstable();
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_would_run_into_each_other_share_a_label() {
        // Points 1, 17 and 2 beside each other, 3 a line below, 4 farther right.
        let placed = [(10, 5), (12, 5), (10, 6), (20, 5), (10, 5)];
        let labels = shared_labels(&placed, &[1, 1, 1, 1, 2]);
        let label = |x, y, points: &[usize]| PointLabel {
            x,
            y,
            points: points.to_vec(),
        };
        assert_eq!(
            labels,
            [
                label(10, 5, &[0, 1, 4]),
                label(20, 5, &[3]),
                label(10, 6, &[2])
            ]
        );
        // A blank between two is enough.
        assert_eq!(shared_labels(&[(1, 1), (3, 1)], &[1, 1]).len(), 2);
        assert_eq!(shared_labels(&[(1, 1), (2, 1)], &[1, 1]).len(), 1);
    }
}
