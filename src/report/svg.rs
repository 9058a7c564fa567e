//! Drawings as SVG: small ones for tables and whole plots for files. Every drawing has a text with the same content.
//!
//! Colours are classes, which the page or the plot's own style names.

use super::{ModelReport, RunReport};
use crate::{
    analysis::Interval,
    display::{fit, visible},
    narrate::{
        labels::{p_value, percent_interval, points_interval},
        summary::variance_parts,
    },
};

/// Text for XML; characters that XML cannot hold are made visible or replaced.
pub(super) fn escape(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace(['\n', '\t'], " ")
        .replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// The position of a value on a line of that many pixels, with room for the dot at its ends.
fn position(value: f64, (low, high): (f64, f64), width: f64) -> f64 {
    4.0 + (width - 8.0) * ((value - low) / (high - low).max(1e-9)).clamp(0.0, 1.0)
}

/// The shapes of an interval: a line with a dot, and where the reference stands.
fn interval(
    i: &Interval,
    scale: (f64, f64),
    reference: Option<f64>,
    (x, y, width): (f64, f64, f64),
) -> String {
    let x = |value: f64| x + position(value, scale, width);
    let mut shapes = String::new();
    if let Some(r) = reference {
        shapes += &format!(
            "<line class=\"l\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1:.1}\" y2=\"{2:.1}\"/>",
            x(r),
            y - 9.0,
            y + 9.0
        );
    }
    shapes
        + &format!(
            "<line class=\"b\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><circle class=\"d\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\"/>",
            x(i.low),
            x(i.high),
            x(i.value)
        )
}

/// An interval for a cell of a table.
pub(super) fn whisker(
    i: &Interval,
    scale: (f64, f64),
    reference: Option<f64>,
    label: &str,
) -> String {
    format!(
        "<svg width=\"140\" height=\"18\" viewBox=\"0 0 140 18\" role=\"img\" aria-label=\"{}\">{}</svg>",
        escape(label),
        interval(i, scale, reference, (0.0, 9.0, 140.0))
    )
}

/// The spread with the band of what chance alone gives.
pub(super) fn band(value: f64, null_95: f64, label: &str) -> String {
    let most = (value.max(null_95) * 1.15).max(0.01);
    let x = |v: f64| position(v, (0.0, most), 320.0);
    format!(
        "<svg width=\"320\" height=\"22\" viewBox=\"0 0 320 22\" role=\"img\" aria-label=\"{}\"><rect class=\"z\" x=\"4\" y=\"4\" width=\"{:.1}\" height=\"14\"/><line class=\"b\" x1=\"4\" x2=\"{:.1}\" y1=\"11\" y2=\"11\"/><circle class=\"d\" cx=\"{:.1}\" cy=\"11\" r=\"5\"/></svg>",
        escape(label),
        x(null_95) - 4.0,
        x(value),
        x(value)
    )
}

/// Shares of a whole, side by side.
pub(super) fn stacked(shares: &[f64], label: &str) -> String {
    let mut x = 0.0;
    let mut shapes = String::new();
    for (i, share) in shares.iter().enumerate() {
        let width = share * 480.0;
        shapes += &format!(
            "<rect class=\"s{i}\" x=\"{x:.1}\" y=\"0\" width=\"{width:.1}\" height=\"22\"/>"
        );
        x += width;
    }
    format!(
        "<svg width=\"480\" height=\"22\" viewBox=\"0 0 480 22\" role=\"img\" aria-label=\"{}\">{shapes}</svg>",
        escape(label)
    )
}

/// A line of a plot.
struct Line {
    label: String,
    value: Option<Interval>,
    text: String,
}

/// One part of a plot: lines on a common scale.
struct Chart {
    title: String,
    lines: Vec<Line>,
    scale: (f64, f64),
    reference: Option<f64>,
    /// A band from 0 to here is drawn behind the dots.
    band: Option<f64>,
}

/// A plot of a run as a file, one chart per model. `None` where there is nothing to plot.
pub(super) fn charts(report: &RunReport, kind: &str, title: Option<&str>) -> Option<String> {
    let mut charts: Vec<Chart> = report
        .models
        .iter()
        .filter_map(|part| {
            let mut chart = chart(report, part, kind)?;
            let experiment = &report.info.experiment;
            chart.title = format!("{experiment} · {} · {}", part.model, chart.title);
            Some(chart)
        })
        .collect();
    charts.retain(|c| !c.lines.is_empty());
    (!charts.is_empty()).then(|| drawing(&charts, title))
}

fn chart(report: &RunReport, part: &ModelReport, kind: &str) -> Option<Chart> {
    let found = &part.analysis;
    let names = report.shown_names();
    let ranked = part.ranked().into_iter();
    Some(match kind {
        "scores" => {
            let lines = ranked.map(|v| {
                let score = found.variants[v].score;
                let text = |s: Interval| percent_interval(s.value, s.low, s.high);
                Line {
                    label: names[v].clone(),
                    text: score.map_or("no answers".to_owned(), text),
                    value: score,
                }
            });
            let base = found.variants.get(report.info.baseline);
            Chart {
                title: "score of each variant, 95 % intervals; the line is the baseline".into(),
                lines: lines.collect(),
                scale: (0.0, 1.0),
                reference: base.and_then(|f| f.score).map(|s| s.value),
                band: None,
            }
        }
        "differences" => points_chart(
            "difference to the baseline in points, paired, 95 % intervals",
            ranked
                .filter_map(|v| {
                    let d = found.variants[v].difference.as_ref()?;
                    Some((names[v].clone(), d.interval))
                })
                .collect(),
        ),
        "effects" => points_chart(
            "effect of each level in points compared with the axis mean",
            (found.effects.axes.iter())
                .flat_map(|axis| {
                    let levels = axis.levels.iter();
                    levels.map(|level| (format!("{} = {}", axis.name, level.name), level.effect))
                })
                .collect(),
        ),
        "spread" => {
            let s = found.spread.as_ref()?;
            let text = format!(
                "{:.1} points; chance alone {:.1} (p {})",
                s.value * 100.0,
                s.null_95 * 100.0,
                p_value(s.p)
            );
            Chart {
                title: "best minus worst; the band is what chance alone gives (95 %)".into(),
                lines: vec![Line::from_zero("spread", s.value, text)],
                scale: (0.0, s.value.max(s.null_95) * 1.1 + 0.005),
                reference: None,
                band: Some(s.null_95),
            }
        }
        _ => {
            let parts = variance_parts(found.components.as_ref()?).into_iter();
            Chart {
                title: "where scores differ".into(),
                lines: parts
                    .map(|(name, share)| {
                        Line::from_zero(name, share, format!("{:.0} %", share * 100.0))
                    })
                    .collect(),
                scale: (0.0, 1.0),
                reference: None,
                band: None,
            }
        }
    })
}

impl Line {
    /// A value drawn from zero.
    fn from_zero(label: &str, value: f64, text: String) -> Line {
        let interval = Interval {
            value,
            low: 0.0,
            high: value,
        };
        Line {
            label: label.to_owned(),
            value: Some(interval),
            text,
        }
    }
}

/// Differences in points on a scale that holds all of them.
fn points_chart(title: &str, values: Vec<(String, Interval)>) -> Chart {
    let low = values.iter().map(|(_, i)| i.low).fold(0.0f64, f64::min);
    let high = values.iter().map(|(_, i)| i.high).fold(0.0f64, f64::max);
    let room = (high - low).max(0.02) * 0.05;
    Chart {
        title: title.to_owned(),
        lines: (values.into_iter())
            .map(|(label, i)| Line {
                label,
                value: Some(i),
                text: points_interval(&i),
            })
            .collect(),
        scale: (low - room, high + room),
        reference: Some(0.0),
        band: None,
    }
}

const STYLE: &str = "svg{background:#fff;font:13px system-ui,sans-serif}text{fill:#1c1e21}.h{font-weight:600}.l{stroke:#9aa3ad}.b{stroke:#2f63ad;stroke-width:2}.d{fill:#2f63ad}.m{fill:#9aa3ad}.z{fill:#e4e7ec}";

fn drawing(charts: &[Chart], title: Option<&str>) -> String {
    let (left, line, width) = (260.0, 24.0, 900.0);
    let plot = 380.0;
    let mut y = 0.0;
    let mut shapes = String::new();
    let mut said = Vec::new();
    if let Some(title) = title {
        y += 30.0;
        shapes += &format!(
            "<text class=\"h\" x=\"12\" y=\"{y:.0}\">{}</text>\n",
            escape(title)
        );
    }
    for chart in charts {
        y += 30.0;
        shapes += &format!(
            "<text class=\"h\" x=\"12\" y=\"{y:.0}\">{}</text>\n",
            escape(&fit(&chart.title, 120))
        );
        let mut told = Vec::new();
        for each in &chart.lines {
            y += line;
            if let Some(band) = chart.band {
                let from = left + position(0.0, chart.scale, plot);
                let to = left + position(band, chart.scale, plot);
                shapes += &format!(
                    "<rect class=\"z\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\"/>\n",
                    y - 11.0,
                    to - from
                );
            }
            shapes += &format!(
                "<text x=\"12\" y=\"{y:.0}\">{}</text>",
                escape(&fit(&each.label, 34))
            );
            if let Some(i) = &each.value {
                shapes += &interval(i, chart.scale, chart.reference, (left, y - 4.0, plot));
            }
            shapes += &format!(
                "<text x=\"{:.0}\" y=\"{y:.0}\">{}</text>\n",
                left + plot + 12.0,
                escape(&each.text)
            );
            told.push(format!("{}: {}", each.label, each.text));
        }
        y += 12.0;
        said.push(format!("{}: {}.", chart.title, told.join("; ")));
    }
    let name = title.map_or_else(|| charts[0].title.clone(), str::to_owned);
    file((width, y + 12.0), (&name, &said.join(" ")), &shapes)
}

/// A drawing of that width and height as a file, with a title and a text of the same content.
pub(super) fn file(
    (width, height): (f64, f64),
    (title, text): (&str, &str),
    shapes: &str,
) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height:.0}\" viewBox=\"0 0 {width} {height:.0}\" role=\"img\" aria-labelledby=\"t d\">\n<title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n<style>{STYLE}</style>\n{shapes}</svg>\n",
        escape(title),
        escape(text)
    )
}
