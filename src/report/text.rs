//! Reports for the terminal.

use super::{ModelReport, RunReport, figure_table::FigureTable, rating_tables::strength_table};
use crate::{
    analysis::{PreferenceRanking, Verdict},
    display::{self, OutputWidth, visible},
    narrate::{labels::count, quality},
};
use anstyle::{AnsiColor, Effects, Style};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default();
pub(super) const REMOVED: Style = BAD.effects(Effects::STRIKETHROUGH);
pub(super) const ADDED: Style = GOOD.effects(Effects::UNDERLINE);

/// A unified diff for the terminal.
pub fn unified_text(diff: &str, color: bool) -> String {
    let lines = diff.lines().map(|line| {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => BAD,
            _ => Style::new(),
        };
        format!("{}\n", Paint(color).with(style, &visible(line)))
    });
    lines.collect()
}

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

/// What people's ratings say; empty where there are none.
pub(super) fn ratings(report: &RunReport, width: OutputWidth, paint: &Paint) -> String {
    let paragraphs = report.rating_paragraphs().into_iter();
    let paragraphs = paragraphs.map(|text| wrap(&visible(&text), width.text) + "\n");
    let tables = report.strength_tables().into_iter();
    let tables = tables.map(|table| noted_table(&table, width, paint));
    paragraphs.chain(tables).collect()
}

/// The strengths of several wordings, one line per sentence.
pub fn strength_text(found: &PreferenceRanking) -> String {
    let width = OutputWidth {
        text: usize::MAX,
        table: usize::MAX,
    };
    let text = noted_table(&strength_table(found), width, &Paint(false));
    text.trim_end().to_owned()
}

/// The notes of a table, then the table.
fn noted_table(table: &FigureTable, width: OutputWidth, paint: &Paint) -> String {
    let notes = (table.notes.iter()).map(|note| wrap(&visible(note), width.text));
    let lines = notes.chain(table_lines(table, width.table, paint));
    lines.map(|line| line + "\n").collect()
}

/// The head and the rows of a table.
pub(super) fn table_lines(table: &FigureTable, width: usize, paint: &Paint) -> Vec<String> {
    let mut lines = table.lines(width);
    if let Some(head) = lines.first_mut() {
        *head = paint.with(DIM, head);
    }
    lines
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

/// Wrap at spaces; a number stays with its percent sign.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let lines = display::wrap(&text.replace(" %", "\u{a0}%"), width);
    lines.join("\n").replace('\u{a0}', " ")
}
