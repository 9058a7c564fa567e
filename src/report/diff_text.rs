//! The difference of two wordings for the terminal: the verdict first, then what it rests on.

use super::{
    ChangedRow, ComparedPair, DiffReport, PairEffect, RowOutcome, WriteOptions,
    text::{ADDED, BAD, BOLD, DIM, GOOD, Paint, REMOVED, UNSURE, wrap},
};
use crate::{
    diff::{Change, Piece},
    display::{fit, one_line, visible},
    narrate::{
        change::{advice_hint, changed, conclusion, difference, repeat_noise, row_counts},
        labels::{count, problems, row_change},
    },
    outcome::RowChange,
};

/// Most rows shown in a terminal.
const ROWS: usize = 40;

/// The verdicts alone, for after a file was written.
pub fn diff_verdicts(report: &DiffReport, width: usize) -> String {
    let mut text = String::new();
    for pair in &report.pairs {
        for effect in &pair.effects {
            let figures = format!(
                "{} → {} with {}: {} {}",
                pair.before.name,
                pair.after.name,
                effect.model,
                difference(effect),
                row_counts(effect)
            );
            for line in [conclusion(effect, pair, report.margin), figures] {
                text += &format!("{}\n", wrap(&visible(&line), width));
            }
        }
    }
    text
}

pub fn diff_text(report: &DiffReport, width: usize, color: bool, options: &WriteOptions) -> String {
    let page = Page {
        report,
        width: width.max(40),
        paint: Paint(color),
        private: options.no_outputs,
    };
    let mut text = page.title(&report.title);
    if let Some(note) = &report.note {
        text += &page.wrapped(note);
    }
    for pair in &report.pairs {
        text += &page.pair(pair, report.pairs.len() > 1);
    }
    if let Some(note) = report.stand_in() {
        text += &format!("\n{}\n", page.paint.with(DIM, &wrap(&note, page.width)));
    }
    text
}

struct Page<'a> {
    report: &'a DiffReport,
    width: usize,
    paint: Paint,
    private: bool,
}

impl Page<'_> {
    fn wrapped(&self, text: &str) -> String {
        format!("{}\n", wrap(&visible(text), self.width))
    }

    fn title(&self, text: &str) -> String {
        format!("{}\n", self.paint.with(BOLD, &visible(text)))
    }

    fn pair(&self, pair: &ComparedPair, named: bool) -> String {
        let mut text = String::new();
        if named {
            let name = format!("{} → {}", pair.before.name, pair.after.name);
            text += &format!("\n{}", self.title(&name));
        }
        for effect in &pair.effects {
            text += &self.effect(pair, effect);
        }
        text += &format!("\n{}", self.title("The change"));
        text += self.words(&pair.change.template).trim_end_matches('\n');
        text += "\n";
        for line in changed(pair) {
            text += &self.wrapped(&line);
        }
        for effect in pair.effects.iter().filter(|e| !e.rows.is_empty()) {
            text += &format!("\n{}", self.title(&format!("Rows, with {}", effect.model)));
            for row in effect.rows.iter().take(ROWS) {
                text += &self.row(row);
            }
            if effect.rows.len() > ROWS {
                let more = count(effect.rows.len() - ROWS, "more row");
                text += &self.wrapped(&format!("{more} changed; write all with -o FILE."));
            }
        }
        text
    }

    fn effect(&self, pair: &ComparedPair, effect: &PairEffect) -> String {
        let verdict = visible(&conclusion(effect, pair, self.report.margin));
        let mut text = format!(
            "\n{}{}\n",
            self.title(&effect.model.to_string()),
            self.paint.with(BOLD, &wrap(&verdict, self.width))
        );
        let mut lines: Vec<String> = advice_hint(effect, self.report.advice_experiment())
            .into_iter()
            .collect();
        lines.extend([difference(effect), row_counts(effect)]);
        lines.extend(repeat_noise(effect, pair));
        for (side, t) in [
            (&pair.before, &effect.trials_before),
            (&pair.after, &effect.trials_after),
        ] {
            let problems = problems(t);
            if !problems.is_empty() {
                let trials = count(t.planned, "trial");
                lines.push(format!("Of {trials} of {}: {problems}.", side.shown_name));
            }
        }
        for line in lines {
            text += &self.wrapped(&line);
        }
        text
    }

    fn words(&self, pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| match (piece.change, self.paint.0) {
                (Change::Same, _) => visible(&piece.text),
                (change, true) => {
                    let style = if change == Change::Removed {
                        REMOVED
                    } else {
                        ADDED
                    };
                    self.paint
                        .with(style, &visible(&piece.with_visible_space()))
                }
                (_, false) => piece.marked(),
            })
            .collect()
    }

    fn row(&self, row: &ChangedRow) -> String {
        let style = match row.change {
            RowChange::Broken | RowChange::Worsened => BAD,
            RowChange::Fixed | RowChange::Improved => GOOD,
            RowChange::AnswerChanged | RowChange::Unchanged => UNSURE,
        };
        let again = if row.moves_on_repeats { " ↻" } else { "" };
        let mut text = format!(
            "  {} {}  {}/{} → {}/{}{again}",
            self.paint.with(style, &row_change(row)),
            visible(&row.row_id),
            row.before.right,
            row.before.of,
            row.after.right,
            row.after.of
        );
        if self.private {
            return text + "\n";
        }
        if let Some(input) = &row.input {
            text += &format!("  {}", fit(&one_line(input), self.width.saturating_sub(36)));
        }
        let first = |side: &RowOutcome| {
            let output = side.outputs.first();
            output.map_or("no answer".to_owned(), |(text, _)| fit(&one_line(text), 40))
        };
        text + &format!(
            "\n      {} → {}   expected {}\n",
            first(&row.before),
            first(&row.after),
            fit(&one_line(row.expected.as_deref().unwrap_or("–")), 24)
        )
    }
}
