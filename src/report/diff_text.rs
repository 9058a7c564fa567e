//! The difference of two wordings for the terminal: the verdict first, then what it rests on.

use super::{
    ChangedRow, ComparedPair, DiffReport, RowOutcome, WriteOptions,
    text::{Paint, wrap},
    verdicts::{change_words, changed, conclusion, difference, moved, noise, onward, troubles},
};
use crate::{
    diff::{Change, Piece},
    display::{fit, one_line, visible},
    outcome::RowChange,
};

/// Rows that a terminal has patience for.
const ROWS: usize = 40;

/// The verdicts alone, for after a file was written.
pub fn diff_verdicts(report: &DiffReport, width: usize) -> String {
    let mut text = String::new();
    for pair in &report.pairs {
        for effect in &pair.effects {
            text += &format!(
                "{}\n{}\n",
                wrap(&visible(&conclusion(effect, pair, report.margin)), width),
                wrap(
                    &visible(&format!(
                        "{} → {} with {}: {} {}",
                        pair.before.name,
                        pair.after.name,
                        effect.model,
                        difference(effect),
                        moved(effect)
                    )),
                    width
                )
            );
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
    let mut text = format!("{}\n", page.paint.with("1", &visible(&report.title)));
    if let Some(note) = &report.note {
        text += &format!("{}\n", wrap(&visible(note), page.width));
    }
    for pair in &report.pairs {
        text += &page.pair(pair, report.pairs.len() > 1);
    }
    if let Some(said) = report.stand_in() {
        text += &format!("\n{}\n", page.paint.with("2", &wrap(&said, page.width)));
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
    fn say(&self, text: &str) -> String {
        format!("{}\n", wrap(&visible(text), self.width))
    }

    fn pair(&self, pair: &ComparedPair, named: bool) -> String {
        let mut text = String::new();
        if named {
            let name = format!("{} → {}", pair.before.name, pair.after.name);
            text += &format!("\n{}\n", self.paint.with("1", &visible(&name)));
        }
        for effect in &pair.effects {
            text += &format!(
                "\n{}\n",
                self.paint.with("1", &visible(&effect.model.to_string()))
            );
            let verdict = wrap(
                &visible(&conclusion(effect, pair, self.report.margin)),
                self.width,
            );
            text += &format!("{}\n", self.paint.with("1", &verdict));
            if let Some(line) = onward(effect, self.report) {
                text += &self.say(&line);
            }
            text += &self.say(&difference(effect));
            text += &self.say(&moved(effect));
            for line in noise(effect, pair) {
                text += &self.say(&line);
            }
            for (name, t) in [
                (&pair.before.name, &effect.trials_before),
                (&pair.after.name, &effect.trials_after),
            ] {
                let trouble = troubles(t);
                if !trouble.is_empty() {
                    text += &self.say(&format!("Of {} trials of {name}: {trouble}.", t.planned));
                }
            }
        }
        text += &format!("\n{}\n", self.paint.with("1", "The change"));
        text += self.words(&pair.change.template).trim_end_matches('\n');
        text += "\n";
        for line in changed(pair) {
            text += &self.say(&line);
        }
        for effect in &pair.effects {
            if effect.rows.is_empty() {
                continue;
            }
            text += &format!(
                "\n{}\n",
                self.paint.with(
                    "1",
                    &format!("Rows, with {}", visible(&effect.model.to_string()))
                )
            );
            for row in effect.rows.iter().take(ROWS) {
                text += &self.row(row);
            }
            if effect.rows.len() > ROWS {
                text += &self.say(&format!(
                    "{} more rows changed; -o FILE has all.",
                    effect.rows.len() - ROWS
                ));
            }
        }
        text
    }

    fn words(&self, pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| {
                let shown = visible(&match piece.change {
                    Change::Same => piece.text.clone(),
                    _ => piece.with_visible_space(),
                });
                match piece.change {
                    Change::Same => shown,
                    Change::Removed if self.paint.0 => self.paint.with("31;9", &shown),
                    Change::Added if self.paint.0 => self.paint.with("32;4", &shown),
                    Change::Removed => format!("[-{shown}-]"),
                    Change::Added => format!("{{+{shown}+}}"),
                }
            })
            .collect()
    }

    fn row(&self, row: &ChangedRow) -> String {
        let code = match row.change {
            RowChange::Broken | RowChange::Worsened => "31",
            RowChange::Fixed | RowChange::Improved => "32",
            RowChange::AnswerChanged | RowChange::Unchanged => "33",
        };
        let again = if row.moves_on_repeats { " ↻" } else { "" };
        let mut text = format!(
            "  {} {}  {}/{} → {}/{}{again}",
            self.paint.with(code, &change_words(row)),
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
        let first = |told: &RowOutcome| {
            told.outputs
                .first()
                .map_or("no answer".to_owned(), |(text, _)| fit(&one_line(text), 40))
        };
        text + &format!(
            "\n      {} → {}   expected {}\n",
            first(&row.before),
            first(&row.after),
            fit(&one_line(row.expected.as_deref().unwrap_or("–")), 24)
        )
    }
}
