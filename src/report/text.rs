//! Reports for the terminal.

use super::{
    ModelReport, RunReport,
    fewer::{conclusion_sentences, partial_words},
};
use crate::{
    analysis::{Interval, Verdict, points, sentence, verdict_word},
    display::{fit, visible},
    model::Variant,
};
use unicode_width::UnicodeWidthStr;

/// Colours, where they are wanted.
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn with(&self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The summary of a run: a table a model, and what it comes to in words.
pub fn summary(report: &RunReport, width: usize, color: bool) -> String {
    let paint = Paint(color);
    let mut text = String::new();
    for part in &report.models {
        let head = format!(
            "{} · {} · {} rows × {} sample{} · {}",
            report.info.experiment,
            part.model,
            report.info.rows,
            report.info.samples,
            if report.info.samples == 1 { "" } else { "s" },
            report.info.id,
        );
        text += &format!("{}\n", paint.with("1", &visible(&head)));
        text += &table(report, part, width, &paint);
        let fewer = conclusion_sentences(report, part);
        let said = if fewer.is_empty() {
            sentence(&part.analysis, &report.names())
        } else {
            fewer.join(" ")
        };
        text += &format!("\n{}\n", wrap(&visible(&said), width));
        if fewer.is_empty()
            && let Some(best) = &part.analysis.best
        {
            let name = report
                .info
                .variants
                .get(best.variant)
                .map_or("", |v| v.name.as_str());
            text += &wrap(
                &format!(
                    "Highest score: {}; chosen by its score, expect {:.1} % on new rows.",
                    visible(name),
                    best.held_out * 100.0
                ),
                width,
            );
            text.push('\n');
        }
        for sentence in part.scoring.iter().flat_map(|m| m.sentences()) {
            text += &format!("{}\n", wrap(&sentence, width));
        }
    }
    text += &wrap(&counts_line(report), width);
    text.push('\n');
    if let Some(said) = report.caveat() {
        text += &format!("{}\n", paint.with("2", &wrap(&said, width)));
    }
    text
}

/// What was sent, and what it took.
pub(super) fn counts_line(report: &RunReport) -> String {
    let counts = &report.counts;
    let cost = counts
        .cost_usd
        .map_or(String::new(), |c| format!(" · ${c:.4}"));
    format!(
        "{} answers, {} failed · {} sent, {} reused, {} retries · {} tokens in ({} cached), {} out{}{cost} · {:.1} s",
        counts.completed,
        counts.failed,
        counts.sent,
        counts.reused,
        counts.retries,
        counts.usage.prompt,
        counts.usage.cached,
        counts.usage.completion,
        if counts.usage.estimated {
            " (estimated)"
        } else {
            ""
        },
        counts.elapsed_s,
    )
}

/// Names of the variants for a screen: where they come from axes, the levels alone still tell them apart.
pub(super) fn short_names(report: &RunReport) -> Vec<String> {
    let all = &report.info.variants;
    let one_template = all.iter().all(|v| v.template == all[0].template);
    all.iter()
        .map(|variant| match variant.name.split_once('[') {
            Some((_, _)) if one_template => visible(&varying(variant, all).join(",")),
            Some((stem, _)) => visible(&format!("{stem}[{}]", varying(variant, all).join(","))),
            None => visible(&variant.name),
        })
        .collect()
}

fn table(report: &RunReport, part: &ModelReport, width: usize, paint: &Paint) -> String {
    let findings = &part.analysis.variants;
    let percent = |x: f64| format!("{:.1}", x * 100.0);
    let interval = |i: &Interval| format!("{}–{}", percent(i.low), percent(i.high));
    let mut rows: Vec<[String; 8]> = vec![
        [
            "variant",
            "score %",
            "95 %",
            "difference",
            "fixed/broken",
            "tokens",
            "p50 ms",
            "",
        ]
        .map(str::to_owned),
    ];
    for (at, (variant, f)) in report.info.variants.iter().zip(findings).enumerate() {
        let d = f.difference.as_ref();
        let mut verdict = match &f.verdict {
            Verdict::Undecided { more_rows: Some(n) } => format!("undecided: ~{n} more rows"),
            Verdict::Undecided { .. } if f.score.is_none() => "no answers".to_owned(),
            verdict => verdict_word(verdict).to_owned(),
        };
        if let Some(words) = partial_words(part, at) {
            verdict = words;
        }
        for (n, word) in [
            (f.unreadable, "unreadable"),
            (f.truncated, "truncated"),
            (f.refused, "refused"),
            (f.failed, "failed"),
            (f.unscored, "without a score"),
        ] {
            if n > 0 {
                verdict += &format!(", {n} {word}");
            }
        }
        rows.push([
            visible(&variant.name),
            f.score.map_or("–".into(), |s| percent(s.value)),
            f.score.as_ref().map_or(String::new(), interval),
            d.map_or(String::new(), |d| {
                format!(
                    "{} [{} {}]",
                    points(d.interval.value),
                    points(d.interval.low),
                    points(d.interval.high)
                )
            }),
            d.map_or(String::new(), |d| {
                format!("{}/{}", d.changes.fixed, d.changes.broken)
            }),
            format!("{:.0}+{:.0}", f.prompt_tokens, f.completion_tokens),
            f.latency_p50_ms.map_or("–".into(), |l| {
                if l < 9.95 {
                    format!("{l:.1}")
                } else {
                    format!("{l:.0}")
                }
            }),
            verdict,
        ]);
    }
    let mut widths: Vec<usize> = (0..8)
        .map(|c| rows.iter().map(|r| r[c].width()).max().unwrap_or(0))
        .collect();
    if widths.iter().map(|w| w + 2).sum::<usize>() > width {
        // Names of many axes: the levels alone still tell them apart.
        for (row, variant) in rows.iter_mut().skip(1).zip(&report.info.variants) {
            if let Some((stem, _)) = variant.name.split_once('[') {
                let levels: Vec<&str> = varying(variant, &report.info.variants);
                row[0] = visible(&format!("{stem}[{}]", levels.join(",")));
            }
        }
        widths[0] = rows.iter().map(|r| r[0].width()).max().unwrap_or(0);
    }
    // Names give way first, then the least needed columns.
    let mut shown = [true; 8];
    let total = |widths: &[usize], shown: &[bool; 8]| -> usize {
        widths
            .iter()
            .zip(shown)
            .filter(|(_, s)| **s)
            .map(|(w, _)| w + 2)
            .sum()
    };
    for column in [6, 5, 4] {
        if total(&widths, &shown) > width && widths[0] <= 40 {
            shown[column] = false;
        } else if total(&widths, &shown) > width {
            widths[0] = widths[0]
                .saturating_sub(total(&widths, &shown) - width)
                .max(40);
            if total(&widths, &shown) > width {
                shown[column] = false;
            }
        }
    }
    let mut text = String::new();
    for (i, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for c in 0..8 {
            if shown[c] {
                let cell = fit(&row[c], widths[c]);
                let pad = " ".repeat(widths[c].saturating_sub(cell.width()));
                line += &if (1..=6).contains(&c) {
                    format!("{pad}{cell}  ")
                } else {
                    format!("{cell}{pad}  ")
                };
            }
        }
        let line = line.trim_end();
        let line = match (i.checked_sub(1).map(|v| &findings[v].verdict), i) {
            (None, _) => paint.with("2", line),
            (Some(Verdict::Better), _) => paint.with("32", line),
            (Some(Verdict::Worse), _) => paint.with("31", line),
            _ => line.to_owned(),
        };
        text += &line;
        text.push('\n');
    }
    text
}

/// Names of a variant's levels on the axes on which the variants differ.
fn varying<'a>(variant: &'a Variant, all: &[Variant]) -> Vec<&'a str> {
    variant
        .levels
        .iter()
        .filter(|(axis, level)| {
            all.iter()
                .any(|v| v.level(axis).is_some_and(|other| other.name != level.name))
        })
        .map(|(_, level)| level.name.as_str())
        .collect()
}

/// Break lines at spaces.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    // A number is not parted from its percent sign.
    let text = text.replace(" %", "\u{a0}%");
    for word in text.split(' ') {
        if used > 0 && used + 1 + word.width() > width {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out += word;
        used += word.width();
    }
    out.replace("\u{a0}%", " %")
}
