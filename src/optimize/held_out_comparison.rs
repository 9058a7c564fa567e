//! What folds say: of each search by the rows that it had not seen, and of all of them together.

use crate::stats::{FoldSum, folded_mean};
use serde::{Deserialize, Serialize};

/// Fewest and most folds.
pub const FEWEST_FOLDS: usize = 2;
pub const MOST_FOLDS: usize = 20;
/// Fewest rows (clusters, where there are some) by which folds judge: with fewer, one row decides too much of a fold.
pub(super) const LEAST_UNITS: usize = 20;

/// Start and nominee of a fold on the rows that its search did not see.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOutComparison {
    /// Rows with a score of both; all held-out rows where the nominee is the start.
    pub rows: usize,
    /// Held-out rows that failed with one of them.
    pub missing: usize,
    /// Clusters of rows, or rows.
    pub units: usize,
    /// Mean scores; `None` where the nominee is the start, and nothing was sent.
    pub start: Option<f64>,
    pub nominee: Option<f64>,
    /// Mean paired difference, nominee minus start.
    pub difference: f64,
    /// Estimated variance of the sum of the differences.
    pub variance: f64,
}

/// What the searches of all folds gained, on average over the rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PooledGain {
    pub rows: usize,
    pub missing: usize,
    /// Mean paired difference, and its 95 % interval: of the searches, not of one wording.
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

impl HeldOutComparison {
    /// Of a search that found nothing better than the start: the two do not differ, whatever the rows.
    pub(super) fn of_start(rows: usize, units: usize) -> HeldOutComparison {
        HeldOutComparison {
            rows,
            missing: 0,
            units,
            start: None,
            nominee: None,
            difference: 0.0,
            variance: FoldSum::zero(units, rows as f64).variance,
        }
    }

    /// From the scores of start and nominee on each row, and the row's cluster.
    pub(super) fn of_scores(scores: &[(u32, Option<f64>, Option<f64>)]) -> HeldOutComparison {
        let mut known: Vec<(u32, f64, f64)> = (scores.iter())
            .filter_map(|(cluster, start, nominee)| Some((*cluster, (*start)?, (*nominee)?)))
            .collect();
        known.sort_by_key(|(cluster, ..)| *cluster);
        let units: Vec<(f64, f64)> = (known.chunk_by(|a, b| a.0 == b.0))
            .map(|rows| {
                let sum = rows.iter().map(|(_, start, nominee)| nominee - start).sum();
                (sum, rows.len() as f64)
            })
            .collect();
        let sum = FoldSum::estimated(&units);
        let rows = known.len();
        let mean = |total: f64| (rows > 0).then(|| total / rows as f64);
        HeldOutComparison {
            rows,
            missing: scores.len() - rows,
            units: units.len(),
            start: mean(known.iter().map(|(_, start, _)| start).sum()),
            nominee: mean(known.iter().map(|(.., nominee)| nominee).sum()),
            difference: mean(sum.sum).unwrap_or(0.0),
            variance: sum.variance,
        }
    }

    fn sum(&self) -> FoldSum {
        FoldSum {
            units: self.units,
            items: self.rows as f64,
            sum: self.difference * self.rows as f64,
            variance: self.variance,
        }
    }
}

impl PooledGain {
    /// Over all folds; `None` where too few rows have scores.
    pub(super) fn of(folds: &[HeldOutComparison]) -> Option<PooledGain> {
        let sums: Vec<FoldSum> = (folds.iter())
            .filter(|held_out| held_out.rows > 0)
            .map(HeldOutComparison::sum)
            .collect();
        let found = folded_mean(&sums)?;
        Some(PooledGain {
            rows: folds.iter().map(|held_out| held_out.rows).sum(),
            missing: folds.iter().map(|held_out| held_out.missing).sum(),
            difference: found.mean,
            low: found.low,
            high: found.high,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_score_of_both_are_counted_and_left_out() {
        let found = HeldOutComparison::of_scores(&[
            (0, Some(0.0), Some(1.0)),
            (1, Some(1.0), None),
            (2, None, Some(1.0)),
            (3, Some(1.0), Some(1.0)),
            (0, Some(0.0), Some(0.0)),
        ]);
        assert_eq!((found.rows, found.missing, found.units), (3, 2, 2));
        assert!((found.difference - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(
            (found.start, found.nominee),
            (Some(1.0 / 3.0), Some(2.0 / 3.0))
        );
        let none = HeldOutComparison::of_scores(&[(0, None, None)]);
        assert_eq!((none.rows, none.start, none.difference), (0, None, 0.0));
    }
}
