//! Scores against cost or latency as SVG: one point per variant and model, and the front that none beats.

use super::{RunReport, svg::escape, tradeoff::RunTradeoffs};
use crate::{
    analysis::{Expense, Tradeoff, TradeoffPoint},
    display::fit,
    narrate::{
        labels::percent,
        tradeoff::{expense_figure, expense_name},
    },
};

/// Room for the points, in pixels, and for the figures at the left and below.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 54.0;
const BELOW: f64 = 38.0;

/// Variants that a plot in a file names.
const NAMED: usize = 40;

/// The ends of both axes.
struct Frame {
    expense: (f64, f64),
    score: (f64, f64),
}

impl Frame {
    fn around(points: &[TradeoffPoint]) -> Frame {
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| {
                (l.min(x), h.max(x))
            })
        };
        let score = ends(&mut points.iter().map(|point| point.score));
        // Full steps of five points, so that the axis has round figures.
        let (low, high) = (
            (score.0 * 20.0).floor() / 20.0,
            (score.1 * 20.0).ceil() / 20.0,
        );
        Frame {
            expense: ends(&mut points.iter().map(|point| point.expense)),
            score: (low, high.max(low + 0.05)),
        }
    }

    fn x(&self, expense: f64) -> f64 {
        let (low, high) = self.expense;
        let share = if high > low {
            (expense - low) / (high - low)
        } else {
            0.5
        };
        LEFT + 10.0 + share * (WIDTH - 20.0)
    }

    fn y(&self, score: f64) -> f64 {
        let (low, high) = self.score;
        22.0 + (1.0 - (score - low) / (high - low)) * (HEIGHT - 32.0)
    }
}

/// The text of a plot: what it is about, and its front.
fn label(report: &RunReport, tradeoffs: &RunTradeoffs, tradeoff: &Tradeoff) -> String {
    let front = tradeoff.front().map(|point| {
        format!(
            "{} {}, {}",
            report.line_name(&tradeoffs.board.lines[point.line]),
            percent(point.score),
            expense_figure(tradeoff.expense, point.expense)
        )
    });
    format!(
        "Score against {}. Not beaten in both: {}",
        expense_name(tradeoff.expense),
        front.collect::<Vec<_>>().join("; ")
    )
}

/// The axes, the front as steps, and the points, those of the front with their numbers in its order.
fn shapes(report: &RunReport, tradeoffs: &RunTradeoffs, tradeoff: &Tradeoff) -> String {
    let frame = Frame::around(&tradeoff.points);
    let bottom = HEIGHT;
    let mut shapes = format!(
        "<line class=\"l\" x1=\"{LEFT}\" x2=\"{LEFT}\" y1=\"0\" y2=\"{bottom}\"/><line class=\"l\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{bottom}\" y2=\"{bottom}\"/>",
        LEFT + WIDTH
    );
    let (low, high) = frame.score;
    for score in [low, 0.5 * (low + high), high] {
        let y = frame.y(score);
        shapes += &format!(
            "<line class=\"l\" x1=\"{}\" x2=\"{LEFT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"0\" y=\"{:.1}\">{}</text>",
            LEFT - 4.0,
            y + 4.0,
            percent(score)
        );
    }
    let (left, right) = frame.expense;
    let figure = |value: f64| escape(&expense_figure(tradeoff.expense, value));
    shapes += &format!(
        "<text x=\"{LEFT}\" y=\"{:.0}\">{}</text>",
        bottom + 16.0,
        figure(left)
    );
    if right > left {
        shapes += &format!(
            "<text x=\"{}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
            LEFT + WIDTH,
            bottom + 16.0,
            figure(right)
        );
    }
    shapes += &format!(
        "<text x=\"{}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
        LEFT + WIDTH / 2.0,
        bottom + 32.0,
        expense_name(tradeoff.expense)
    );
    let front: Vec<&TradeoffPoint> = tradeoff.front().collect();
    for pair in front.windows(2) {
        let [(x1, y1), (x2, y2)] =
            [pair[0], pair[1]].map(|p| (frame.x(p.expense), frame.y(p.score)));
        shapes += &format!(
            "<line class=\"l\" x1=\"{x1:.1}\" x2=\"{x2:.1}\" y1=\"{y1:.1}\" y2=\"{y1:.1}\"/><line class=\"l\" x1=\"{x2:.1}\" x2=\"{x2:.1}\" y1=\"{y1:.1}\" y2=\"{y2:.1}\"/>"
        );
    }
    let circle = |point: &TradeoffPoint, class: &str, radius: u8| {
        let name = report.line_name(&tradeoffs.board.lines[point.line]);
        format!(
            "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\"><title>{}: {}, {}</title></circle>",
            frame.x(point.expense),
            frame.y(point.score),
            escape(&name),
            percent(point.score),
            figure(point.expense)
        )
    };
    for point in tradeoff.points.iter().filter(|point| !point.is_front) {
        shapes += &circle(point, "m", 4);
    }
    for (at, point) in front.into_iter().enumerate() {
        shapes += &circle(point, "d", 5);
        shapes += &format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            frame.x(point.expense),
            frame.y(point.score) - 9.0,
            at + 1
        );
    }
    shapes
}

/// A plot for a page.
pub(super) fn scatter(report: &RunReport, tradeoffs: &RunTradeoffs, tradeoff: &Tradeoff) -> String {
    let (width, height) = (LEFT + WIDTH + 2.0, HEIGHT + BELOW);
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{}</svg>",
        escape(&label(report, tradeoffs, tradeoff)),
        shapes(report, tradeoffs, tradeoff)
    )
}

/// The same for a file, with the names of the front beside it. `None` where fewer than two variants have both figures, or none can be
/// compared.
pub(super) fn scatter_file(
    report: &RunReport,
    is_latency: bool,
    title: Option<&str>,
) -> Option<String> {
    let tradeoffs = report.tradeoffs();
    let is_asked = |t: &&Tradeoff| (t.expense == Expense::Latency) == is_latency;
    let tradeoff = tradeoffs.all.iter().find(is_asked)?;
    let about = label(report, &tradeoffs, tradeoff);
    let head = title.map_or_else(
        || {
            format!(
                "{} · score against {}; the line is not beaten in both",
                report.info.experiment,
                expense_name(tradeoff.expense)
            )
        },
        str::to_owned,
    );
    let front: Vec<&TradeoffPoint> = tradeoff.front().take(NAMED).collect();
    let names: String = front
        .iter()
        .enumerate()
        .map(|(at, point)| {
            format!(
                "<text x=\"500\" y=\"{}\">{}. {} · {} · {}</text>\n",
                60 + 20 * at,
                at + 1,
                escape(&fit(
                    &report.line_name(&tradeoffs.board.lines[point.line]),
                    36
                )),
                percent(point.score),
                escape(&expense_figure(tradeoff.expense, point.expense))
            )
        })
        .collect();
    let height = (HEIGHT + BELOW + 60.0).max(70.0 + 20.0 * front.len() as f64);
    let body = format!(
        "<text class=\"h\" x=\"12\" y=\"28\">{}</text>\n<g transform=\"translate(12 48)\">{}</g>\n{names}",
        escape(&fit(&head, 120)),
        shapes(report, &tradeoffs, tradeoff)
    );
    Some(super::svg::file((900.0, height), (&head, &about), &body))
}
