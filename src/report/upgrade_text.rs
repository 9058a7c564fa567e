//! A comparison of models for the terminal: the conclusion first, then each wording with what its verdict rests on.

use super::{
    ChangedRow, RowOutcome, UpgradeReport, WriteOptions,
    figure_table::FigureTable,
    text::{BAD, BOLD, GOOD, Paint, UNSURE, table_lines, wrap},
    upgrade::sentences,
    upgrade_tables::{bills, parts, wordings},
};
use crate::{
    display::{OutputWidth, fit, one_line, visible},
    narrate::{
        labels::{count, row_change},
        upgrade as words,
    },
    outcome::RowChange,
    upgrade::{UpgradeFindings, UpgradeVerdict, UpgradedWording},
};

/// Wordings that are shown one by one, with so many changed rows, labels and slices.
const WORDINGS: usize = 5;
const ROWS: usize = 5;
const PARTS: usize = 6;
/// Columns that a name has at least.
const NAME: usize = 12;
/// Columns that the sentences of each wording say too; a terminal of 80 columns has no room for them.
const SAID: [&str; 2] = ["from", "to"];

/// A comparison of models for a terminal of this width.
pub fn upgrade_text(
    report: &UpgradeReport,
    width: OutputWidth,
    color: bool,
    options: &WriteOptions,
) -> String {
    let found = &report.findings;
    let page = Page {
        found,
        width,
        paint: Paint(color),
        private: options.no_outputs,
    };
    let mut text = format!(
        "{}\n",
        page.paint.with(BOLD, &visible(&words::title(found)))
    );
    text += &page.wrapped(&words::conclusion(found));
    text += &page.table(&wordings(found));
    // Where there are many, those that cannot move are what to look at.
    let is_few = found.wordings.len() <= WORDINGS;
    let shown = (found.wordings.iter()).filter(|wording| is_few || !wording.can_move());
    let shown: Vec<&UpgradedWording> = shown.take(WORDINGS).collect();
    for wording in &shown {
        text += &page.wording(wording);
    }
    let more = found.wordings.len() - shown.len();
    if more > 0 {
        let more = count(more, "other wording");
        text += &page.wrapped(&format!("\n{more}: write the details with -o FILE."));
    }
    text += &format!("\n{}\n", page.paint.with(BOLD, "Cost and latency"));
    text += &page.table(&bills(found));
    text += "\n";
    for line in report.closing() {
        text += &page.wrapped(&line);
    }
    text
}

struct Page<'a> {
    found: &'a UpgradeFindings,
    width: OutputWidth,
    paint: Paint,
    private: bool,
}

impl Page<'_> {
    fn wrapped(&self, text: &str) -> String {
        format!("{}\n", wrap(&visible(text), self.width.text))
    }

    fn table(&self, table: &FigureTable) -> String {
        let lines = table_lines(
            &narrowed(table, self.width.table),
            self.width.table,
            &self.paint,
        );
        lines.into_iter().map(|line| line + "\n").collect()
    }

    fn wording(&self, wording: &UpgradedWording) -> String {
        let style = match wording.outcome.verdict {
            UpgradeVerdict::Equivalent | UpgradeVerdict::Better => GOOD,
            UpgradeVerdict::Worse => BAD,
            _ => UNSURE,
        };
        let name = visible(&wording.shown_name);
        let mut text = format!("\n{}\n", self.paint.with(BOLD, &name));
        let verdict = wrap(
            &visible(&words::verdict(wording, self.found)),
            self.width.text,
        );
        text += &format!("{}\n", self.paint.with(style, &verdict));
        for line in sentences(wording, self.found) {
            text += &self.wrapped(&line);
        }
        if let Some(mut table) = parts(wording) {
            table.rows.truncate(PARTS);
            text += &self.table(&table);
        }
        let shown = if self.private { 0 } else { ROWS };
        for row in wording.effect.rows.iter().take(shown) {
            text += &self.row(row);
        }
        let more = wording.effect.rows.len().saturating_sub(shown);
        if more > 0 {
            let more = count(more, "more row");
            text += &self.wrapped(&format!("{more} changed; write all with -o FILE."));
        }
        for line in words::advice(wording, self.found) {
            text += &self.wrapped(&format!("Try: {line}"));
        }
        text
    }

    fn row(&self, row: &ChangedRow) -> String {
        let style = match row.change {
            RowChange::Broken | RowChange::Worsened => BAD,
            RowChange::Fixed | RowChange::Improved => GOOD,
            RowChange::AnswerChanged | RowChange::Unchanged => UNSURE,
        };
        let first = |side: &RowOutcome| {
            let output = side.outputs.first();
            output.map_or("no answer".to_owned(), |(text, _)| fit(&one_line(text), 20))
        };
        let line = format!(
            "  {}: {} → {}, expected {}",
            visible(&row.row_id),
            first(&row.before),
            first(&row.after),
            fit(&one_line(row.expected.as_deref().unwrap_or("–")), 16)
        );
        let label = row_change(row);
        let room = self.width.text.saturating_sub(label.chars().count() + 2);
        format!("  {}{}\n", self.paint.with(style, &label), fit(&line, room))
    }
}

/// The table without what is said beside it, and with names so short that its figures fit.
fn narrowed(table: &FigureTable, width: usize) -> FigureTable {
    let is_kept = |column: &usize| !SAID.contains(&table.head[*column].as_str());
    let kept: Vec<usize> = (0..table.head.len()).filter(is_kept).collect();
    let pick = |row: &Vec<String>| kept.iter().map(|c| row[*c].clone()).collect::<Vec<_>>();
    let widest = |column: usize| {
        let cells = std::iter::once(&table.head).chain(&table.rows);
        cells
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let others: usize = kept[1..].iter().map(|c| widest(*c) + 2).sum();
    let room = width.saturating_sub(others + 3).max(NAME);
    let rows = table.rows.iter().map(|row| {
        let mut row = pick(row);
        row[0] = fit(&visible(&row[0]), room);
        row
    });
    FigureTable {
        title: table.title.clone(),
        head: pick(&table.head),
        rows: rows.collect(),
        texts: table.texts,
        notes: table.notes.clone(),
    }
}
