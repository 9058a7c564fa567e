//! What a policy has bought so far: scores, and which answers were cut.

use crate::{model::MaxTruncated, outcome::Cell, stats::binomial_tail_bound};

/// Chance below which a share of cut answers is no accident of few rows.
const ACCIDENT: f64 = 0.05;

/// A variant and a row: all samples of it are bought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VariantRow {
    pub variant: u32,
    /// Index of the row.
    pub row: u32,
}

/// The answer of one trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialAnswer {
    /// `None` where it has no score.
    pub score: Option<f64>,
    /// Whether it was cut at `max_tokens`.
    pub truncated: bool,
}

impl TrialAnswer {
    /// The answer in a cell; `None` where there is none.
    pub fn of_cell(cell: &Cell) -> Option<TrialAnswer> {
        let is_answer = cell.state.is_answered() || cell.state.is_unscored();
        is_answer.then_some(TrialAnswer {
            score: cell.score,
            truncated: cell.truncated,
        })
    }
}

/// Mean scores of pairs, held for the variants that have any, and the cut answers of each variant.
#[derive(Debug, Clone)]
pub struct Observations {
    rows: usize,
    max_truncated: MaxTruncated,
    /// Sum and number of the scores of each row.
    cells: Vec<Vec<(f64, u32)>>,
    /// Answers of each variant, and those that were cut.
    answers: Vec<(usize, usize)>,
}

impl Observations {
    pub fn new(variants: usize, rows: usize, max_truncated: MaxTruncated) -> Observations {
        Observations {
            rows,
            max_truncated,
            cells: vec![Vec::new(); variants],
            answers: vec![(0, 0); variants],
        }
    }

    /// Record the answer of one trial.
    pub fn record(&mut self, pair: VariantRow, answer: TrialAnswer) {
        let (Some(cells), Some((all, cut))) = (
            self.cells.get_mut(pair.variant as usize),
            self.answers.get_mut(pair.variant as usize),
        ) else {
            return;
        };
        *all += 1;
        *cut += usize::from(answer.truncated);
        let Some(score) = answer.score else { return };
        if cells.is_empty() {
            cells.resize(self.rows, (0.0, 0));
        }
        if let Some((sum, n)) = cells.get_mut(pair.row as usize) {
            *sum += score;
            *n += 1;
        }
    }

    /// Whether too many answers of a variant were cut to compare it with others.
    pub fn is_cut(&self, variant: u32) -> bool {
        let (all, cut) = self.answers_of(variant);
        self.max_truncated.is_exceeded(cut, all)
    }

    /// The same by more than few answers show by chance.
    pub(super) fn is_surely_cut(&self, variant: u32) -> bool {
        let (all, cut) = self.answers_of(variant);
        self.is_cut(variant) && binomial_tail_bound(cut, all, self.max_truncated.share()) < ACCIDENT
    }

    /// The same however the rest of so many answers turns out.
    pub(super) fn stays_cut(&self, variant: u32, answers: usize) -> bool {
        let (_, cut) = self.answers_of(variant);
        self.max_truncated.is_exceeded(cut, answers)
    }

    fn answers_of(&self, variant: u32) -> (usize, usize) {
        self.answers
            .get(variant as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Mean score of a pair, where it has any.
    pub fn score(&self, variant: u32, row: u32) -> Option<f64> {
        let (sum, n) = *self.cells.get(variant as usize)?.get(row as usize)?;
        (n > 0).then(|| sum / f64::from(n))
    }

    /// The scores of each of these rows: (variant, score).
    pub fn by_row(&self, rows: &[u32]) -> Vec<Vec<(u32, f64)>> {
        let variants = 0..self.cells.len() as u32;
        rows.iter()
            .map(|row| {
                let scores = variants.clone().map(|v| (v, self.score(v, *row)));
                scores.filter_map(|(v, x)| Some((v, x?))).collect()
            })
            .collect()
    }

    /// Rows of a variant with a score.
    pub fn rows_of(&self, variant: u32) -> usize {
        let cells = self.cells.get(variant as usize);
        cells.map_or(0, |cells| cells.iter().filter(|(_, n)| *n > 0).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_cut_answers_may_be_an_accident() {
        let seen = |all: usize, cut: usize| {
            let mut seen = Observations::new(1, all, MaxTruncated::default());
            for row in 0..all {
                let pair = VariantRow {
                    variant: 0,
                    row: row as u32,
                };
                let answer = TrialAnswer {
                    score: None,
                    truncated: row < cut,
                };
                seen.record(pair, answer);
            }
            [
                seen.is_cut(0),
                seen.is_surely_cut(0),
                seen.stays_cut(0, 100),
            ]
        };
        assert_eq!(seen(20, 1), [false; 3]);
        assert_eq!(seen(8, 1), [true, false, false]);
        assert_eq!(seen(8, 3), [true, true, false]);
        assert_eq!(seen(8, 6), [true; 3]);
    }
}
