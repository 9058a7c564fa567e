//! Rows that must be correct, as named by the user.

use super::{DiffReport, RunReport};
use crate::outcome::CellOutcome;

/// Rows that must be right.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Required {
    /// None was named: in a report of a run all, in one of a difference those that were right before. They decide nothing.
    #[default]
    All,
    /// Those with these ids. They decide the exit code.
    Some(Vec<String>),
}

/// Rows that must be right and are not, at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct NotRight {
    /// The variant and model.
    pub place: String,
    pub rows: Vec<String>,
}

impl Required {
    /// Whether a row is one of them.
    pub fn has(&self, id: &str) -> bool {
        match self {
            Required::All => true,
            Required::Some(ids) => ids.iter().any(|i| i == id),
        }
    }

    /// The named rows that are not there.
    pub fn absent(&self, mut there: impl FnMut(&str) -> bool) -> Vec<&str> {
        match self {
            Required::All => Vec::new(),
            Required::Some(ids) => ids
                .iter()
                .map(String::as_str)
                .filter(|id| !there(id))
                .collect(),
        }
    }

    /// The named rows that some variant of a run does not get right every time.
    pub fn not_right_in_run(&self, report: &RunReport) -> Vec<NotRight> {
        let Required::Some(_) = self else {
            return Vec::new();
        };
        let rows: Vec<usize> = (0..report.info.rows)
            .filter(|r| self.has(&report.info.heads.id(*r)))
            .collect();
        let mut all = Vec::new();
        for part in &report.models {
            for (v, variant) in report.info.variants.iter().enumerate() {
                let right = |row: usize| {
                    let cell = part.grid.summary(v, row);
                    cell.scored() == report.info.samples && cell.is_correct()
                };
                let wrong: Vec<String> = rows
                    .iter()
                    .filter(|r| !right(**r))
                    .map(|r| report.info.heads.id(*r).into_owned())
                    .collect();
                if !wrong.is_empty() {
                    all.push(NotRight {
                        place: format!("{}, {}", variant.name, part.model),
                        rows: wrong,
                    });
                }
            }
        }
        all
    }

    /// The named rows that are not right every time after.
    pub fn not_right_in_diff(&self, report: &DiffReport) -> Vec<NotRight> {
        let Required::Some(ids) = self else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for pair in &report.pairs {
            for effect in &pair.effects {
                let right = |id: &String| {
                    let changed = effect.rows.iter().find(|r| r.row_id == *id);
                    let same = effect.same.iter().find(|r| r.row_id == *id);
                    match (changed, same) {
                        (Some(row), _) => row.after.outcome == CellOutcome::Correct,
                        (None, Some(row)) => row.correct,
                        (None, None) => false,
                    }
                };
                let wrong: Vec<String> = ids.iter().filter(|id| !right(id)).cloned().collect();
                if !wrong.is_empty() {
                    all.push(NotRight {
                        place: format!("{}, {}", pair.after.name, effect.model),
                        rows: wrong,
                    });
                }
            }
        }
        all
    }
}
