//! What a change of wording did to a row.

use super::{CellSummary, Grid, MajorityAnswer, is_correct};
use serde::Serialize;
use std::fmt;

/// Differences of mean scores below this are rounding.
const SAME_SCORE: f64 = 1e-6;

/// What a change of wording did to a row, by the mean score over its samples. The order is that of attention.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RowChange {
    /// Correct before, not after.
    Broken,
    /// Not correct before, correct after.
    Fixed,
    /// A lower score on the same side of the threshold.
    Worsened,
    /// A higher score on the same side of the threshold.
    Improved,
    /// The same score, another majority answer.
    AnswerChanged,
    Unchanged,
}

impl RowChange {
    pub const ALL: &[RowChange] = <RowChange as strum::VariantArray>::VARIANTS;

    /// From the mean scores before and after.
    pub fn new(before: f64, after: f64, threshold: f64, same_answer: bool) -> RowChange {
        match (is_correct(before, threshold), is_correct(after, threshold)) {
            (true, false) => RowChange::Broken,
            (false, true) => RowChange::Fixed,
            _ if after < before - SAME_SCORE => RowChange::Worsened,
            _ if after > before + SAME_SCORE => RowChange::Improved,
            _ if !same_answer => RowChange::AnswerChanged,
            _ => RowChange::Unchanged,
        }
    }

    /// The change in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            RowChange::AnswerChanged => "answer changed",
            other => other.as_str(),
        }
    }

    /// The name in files: `broken`, `fixed`, `worsened`, `improved`, `answer_changed`, `unchanged`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a change did to a row, between a variant of one grid and a variant of another (or of the same). `None` unless both
/// have a score. The threshold is that of the grid after.
pub fn row_change(
    before: (&Grid, usize, usize),
    after: (&Grid, usize, usize),
) -> Option<RowChange> {
    let a: CellSummary = before.0.summary(before.1, before.2);
    let b: CellSummary = after.0.summary(after.1, after.2);
    let same = match (a.majority, b.majority) {
        (MajorityAnswer::Answer(x), MajorityAnswer::Answer(y)) => {
            before.0.answer_text(x) == after.0.answer_text(y)
        }
        (x, y) => x == y,
    };
    Some(RowChange::new(
        a.mean()?,
        b.mean()?,
        after.0.threshold(),
        same,
    ))
}

/// How many rows changed in each way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCounts {
    pub broken: usize,
    pub fixed: usize,
    pub worsened: usize,
    pub improved: usize,
    pub answer_changed: usize,
    pub unchanged: usize,
}

impl ChangeCounts {
    pub fn add(&mut self, change: RowChange) {
        *match change {
            RowChange::Broken => &mut self.broken,
            RowChange::Fixed => &mut self.fixed,
            RowChange::Worsened => &mut self.worsened,
            RowChange::Improved => &mut self.improved,
            RowChange::AnswerChanged => &mut self.answer_changed,
            RowChange::Unchanged => &mut self.unchanged,
        } += 1;
    }

    pub fn get(&self, change: RowChange) -> usize {
        match change {
            RowChange::Broken => self.broken,
            RowChange::Fixed => self.fixed,
            RowChange::Worsened => self.worsened,
            RowChange::Improved => self.improved,
            RowChange::AnswerChanged => self.answer_changed,
            RowChange::Unchanged => self.unchanged,
        }
    }

    /// Rows with a score on both sides.
    pub fn compared(&self) -> usize {
        RowChange::ALL.iter().map(|change| self.get(*change)).sum()
    }

    /// Count the rows of a grid between two of its variants.
    pub fn between(grid: &Grid, before: usize, after: usize) -> ChangeCounts {
        (0..grid.rows())
            .filter_map(|row| row_change((grid, before, row), (grid, after, row)))
            .collect()
    }
}

impl fmt::Display for ChangeCounts {
    /// `4 fixed, 1 broken, 2 with another answer, 23 unchanged`; improved and worsened rows where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fixed, {} broken, ", self.fixed, self.broken)?;
        if self.improved + self.worsened > 0 {
            write!(
                f,
                "{} improved, {} worsened, ",
                self.improved, self.worsened
            )?;
        }
        write!(
            f,
            "{} with another answer, {} unchanged",
            self.answer_changed, self.unchanged
        )
    }
}

impl FromIterator<RowChange> for ChangeCounts {
    fn from_iter<I: IntoIterator<Item = RowChange>>(changes: I) -> ChangeCounts {
        let mut counts = ChangeCounts::default();
        changes.into_iter().for_each(|change| counts.add(change));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_one_definition() {
        let change =
            |before, after, threshold, same| RowChange::new(before, after, threshold, same);
        assert_eq!(change(1.0, 2.0 / 3.0, 1.0, true), RowChange::Broken);
        assert_eq!(change(0.0, 1.0, 1.0, false), RowChange::Fixed);
        assert_eq!(change(1.0 / 3.0, 2.0 / 3.0, 1.0, true), RowChange::Improved);
        assert_eq!(change(0.9, 0.6, 0.5, true), RowChange::Worsened);
        assert_eq!(change(0.4, 0.6, 0.5, true), RowChange::Fixed);
        assert_eq!(change(0.0, 0.0, 1.0, false), RowChange::AnswerChanged);
        assert_eq!(change(1.0, 1.0, 1.0, true), RowChange::Unchanged);
        assert_eq!(
            change(0.7 - 1e-9, 1.0, 0.7, true),
            RowChange::Improved,
            "a single precision 0.7 reaches 0.7"
        );
    }
}
