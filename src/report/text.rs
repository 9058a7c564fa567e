//! Reports for the terminal.

use super::{ModelReport, RunReport, variant_columns::VariantColumns};
use crate::{
    analysis::Verdict,
    display::{self, fit, visible},
    narrate::{
        labels::{count, points_interval, score_range},
        quality, summary,
    },
};
use anstyle::{AnsiColor, Effects, Style};
use unicode_width::UnicodeWidthStr;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default();
pub(super) const REMOVED: Style = BAD.effects(Effects::STRIKETHROUGH);
pub(super) const ADDED: Style = GOOD.effects(Effects::UNDERLINE);

/// Applies styles, where colour is on.
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn with(&self, style: Style, text: &str) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The colour of a verdict.
    pub(super) fn verdict(&self, verdict: &Verdict, text: &str) -> String {
        match verdict {
            Verdict::Better => self.with(GOOD, text),
            Verdict::Worse => self.with(BAD, text),
            _ => text.to_owned(),
        }
    }
}

/// The summary of a run: for each model a table and the result in words.
pub fn summary(report: &RunReport, width: usize, color: bool) -> String {
    let paint = Paint(color);
    let mut text = String::new();
    for part in &report.models {
        text += &format!("{}\n", paint.with(BOLD, &part_head(report, part)));
        text += &table(report, part, width, &paint);
        let mut lines = vec![report.headline(part)];
        if part.policy.is_none() {
            lines.extend(summary::expected_score(
                &part.analysis,
                report.shown_names(),
            ));
        }
        lines.extend(part.scoring_notes());
        if report.info.is_scored_only() {
            lines.extend(report.row_counts(part));
        }
        text.push('\n');
        for line in lines {
            text += &format!("{}\n", wrap(&visible(&line), width));
        }
    }
    text + &foot(report, width, &paint)
}

/// Experiment, model, size and run.
pub(super) fn part_head(report: &RunReport, part: &ModelReport) -> String {
    let info = &report.info;
    visible(&format!(
        "{} · {} · {} × {} · {}",
        info.experiment,
        part.model,
        count(info.rows, "row"),
        count(info.samples, "sample"),
        info.id,
    ))
}

/// What was sent and what it cost, and what to know about the figures.
pub(super) fn foot(report: &RunReport, width: usize, paint: &Paint) -> String {
    let counts = match report.info.is_scored_only() {
        true => quality::scored_counts(&report.counts),
        false => quality::run_counts(&report.counts),
    };
    let mut text = format!("{}\n", wrap(&counts, width));
    if let Some(caveat) = report.caveat() {
        text += &format!("{}\n", paint.with(DIM, &wrap(&caveat, width)));
    }
    text
}

fn table(report: &RunReport, part: &ModelReport, width: usize, paint: &Paint) -> String {
    let findings = &part.analysis.variants;
    let [levels, names] = [
        VariantColumns::levels(report),
        VariantColumns::names(report),
    ]
    .map(|columns| name_cells(&columns));
    let head = [
        "",
        "score %",
        "95 % CI",
        "difference",
        "fixed/broken",
        "tokens in+out",
        "p50 ms",
        "",
    ];
    let mut rows: Vec<[String; 8]> = vec![head.map(str::to_owned)];
    rows[0][0].clone_from(&levels[0]);
    for (v, f) in findings.iter().enumerate() {
        let d = f.difference.as_ref();
        rows.push([
            levels[v + 1].clone(),
            f.score
                .map_or("–".into(), |s| format!("{:.1}", s.value * 100.0)),
            f.score.as_ref().map_or(String::new(), score_range),
            d.map_or(String::new(), |d| points_interval(&d.interval)),
            d.map_or(String::new(), |d| {
                format!("{}/{}", d.changes.fixed, d.changes.broken)
            }),
            format!("{:.0}+{:.0}", f.prompt_tokens, f.completion_tokens),
            f.latency_p50_ms.map_or("–".into(), |l| {
                let digits = usize::from(l < 9.95);
                format!("{l:.digits$}")
            }),
            part.verdict_label(v),
        ]);
    }
    let mut widths: Vec<usize> = (0..8)
        .map(|c| rows.iter().map(|r| r[c].width()).max().unwrap_or(0))
        .collect();
    let names_width = names.iter().map(|name| name.width()).max().unwrap_or(0);
    if widths.iter().map(|w| w + 2).sum::<usize>() > width && names_width < widths[0] {
        for (row, name) in rows.iter_mut().zip(names) {
            row[0] = name;
        }
        widths[0] = names_width;
    }
    // Names give way first, then the least needed columns.
    let mut shown = [true; 8];
    if report.info.is_scored_only() {
        (shown[5], shown[6]) = (false, false);
    }
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
                let gap = " ".repeat(widths[c].saturating_sub(cell.width()));
                line += &if (1..=6).contains(&c) {
                    format!("{gap}{cell}  ")
                } else {
                    format!("{cell}{gap}  ")
                };
            }
        }
        let line = line.trim_end();
        let line = match i.checked_sub(1) {
            None => paint.with(DIM, line),
            Some(v) => paint.verdict(&findings[v].verdict, line),
        };
        text += &format!("{line}\n");
    }
    text
}

/// The columns that name the variants, as one: the heads, then the variants.
fn name_cells(columns: &VariantColumns) -> Vec<String> {
    let rows = || std::iter::once(&columns.head).chain(&columns.rows);
    let cell = |text: &str| visible(text);
    let widths: Vec<usize> = (0..columns.head.len())
        .map(|c| rows().map(|row| cell(&row[c]).width()).max().unwrap_or(0))
        .collect();
    rows()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(text, width)| {
                let text = cell(text);
                let gap = " ".repeat(width - text.width());
                text + &gap
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// Wrap at spaces; a number stays with its percent sign.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let lines = display::wrap(&text.replace(" %", "\u{a0}%"), width);
    lines.join("\n").replace('\u{a0}', " ")
}
