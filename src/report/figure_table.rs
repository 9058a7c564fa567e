//! A table of texts and figures, for every form of a report to lay out.

use crate::display::{fit, visible};
use unicode_width::UnicodeWidthStr;

/// Widest cell in the terminal.
const CELL: usize = 32;

/// A table: the first columns hold texts, the others figures.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FigureTable {
    pub(super) title: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Columns of texts.
    pub(super) texts: usize,
    /// Sentences below it.
    pub(super) notes: Vec<String>,
}

impl FigureTable {
    /// The head and the rows for a terminal of this width.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let cells = |row: &[String]| -> Vec<String> {
            row.iter().map(|c| fit(&visible(c), CELL)).collect()
        };
        let rows: Vec<Vec<String>> = std::iter::once(cells(&self.head))
            .chain(self.rows.iter().map(|r| cells(r)))
            .collect();
        let widths: Vec<usize> = (0..self.head.len())
            .map(|c| rows.iter().map(|row| row[c].width()).max().unwrap_or(0))
            .collect();
        let lines = rows.iter().map(|row| {
            let mut line = " ".to_owned();
            for (c, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let blank = " ".repeat(width - cell.width());
                line += &if c < self.texts {
                    format!(" {cell}{blank} ")
                } else {
                    format!(" {blank}{cell} ")
                };
            }
            fit(line.trim_end(), width)
        });
        lines.collect()
    }
}
