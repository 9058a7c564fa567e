//! Scores while they come in: a constant amount of work a score, so that a screen can follow any run.
//!
//! Nothing is resampled here: intervals are by formula, and no p is adjusted. `analyse` has the last word.

use super::Interval;
use crate::stats::{Z95, wilson};

/// Running sums of one model's scores.
#[derive(Debug, Clone)]
pub struct Live {
    variants: usize,
    rows: usize,
    baseline: usize,
    /// Sum and number of the scores of each cell, `variant · rows + row`.
    cells: Vec<(f64, u32)>,
    sums: Vec<Sums>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    mean: Moments,
    difference: Moments,
    graded: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn change(&mut self, sign: f64, x: f64) {
        self.n += sign;
        self.sum += sign * x;
        self.squares += sign * x * x;
    }

    fn interval(&self) -> Option<Interval> {
        if self.n < 1.0 {
            return None;
        }
        let value = self.sum / self.n;
        let half = if self.n > 1.5 {
            let variance = (self.squares - self.n * value * value).max(0.0) / (self.n - 1.0);
            // Where nothing varies yet, as much as so many rows could hide.
            let hidden = Z95 * Z95 / (self.n + Z95 * Z95);
            if variance > 0.0 {
                Z95 * (variance / self.n).sqrt()
            } else {
                hidden
            }
        } else {
            1.0
        };
        Some(Interval {
            value,
            low: (value - half).max(-1.0),
            high: (value + half).min(1.0),
        })
    }
}

/// What is known of a variant so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveVariant {
    pub rows: usize,
    /// Mean score with a 95 % interval by formula.
    pub score: Option<Interval>,
    /// Mean difference to the baseline on the rows that both have.
    pub difference: Option<Interval>,
}

impl Live {
    pub fn new(variants: usize, rows: usize, baseline: usize) -> Live {
        Live {
            variants,
            rows,
            baseline,
            cells: vec![(0.0, 0); variants * rows],
            sums: vec![Sums::default(); variants],
        }
    }

    fn mean(&self, variant: usize, row: usize) -> Option<f64> {
        let (sum, n) = *self.cells.get(variant * self.rows + row)?;
        (n > 0).then(|| sum / f64::from(n))
    }

    /// Take in a score. Scores of the same cell are samples of it; a cell outside of the grid is ignored.
    pub fn add(&mut self, variant: usize, row: usize, score: f64) {
        self.change(variant, row, |(sum, n)| (sum + score, n + 1));
        if let Some(sums) = self.sums.get_mut(variant) {
            sums.graded |= score > 0.0 && score < 1.0;
        }
    }

    /// Take out a score that was taken in, as another takes its place.
    pub fn remove(&mut self, variant: usize, row: usize, score: f64) {
        self.change(variant, row, |(sum, n)| (sum - score, n.saturating_sub(1)));
    }

    fn change(&mut self, variant: usize, row: usize, by: impl Fn((f64, u32)) -> (f64, u32)) {
        if variant >= self.variants || row >= self.rows {
            return;
        }
        self.count(variant, row, -1.0);
        let cell = &mut self.cells[variant * self.rows + row];
        *cell = by(*cell);
        self.sums[variant].graded |= cell.1 > 1;
        self.count(variant, row, 1.0);
    }

    /// Add what a cell contributes to the sums, or take it away.
    fn count(&mut self, variant: usize, row: usize, sign: f64) {
        let Some(mean) = self.mean(variant, row) else {
            return;
        };
        self.sums[variant].mean.change(sign, mean);
        let compared = if variant == self.baseline {
            0..self.variants
        } else {
            variant..variant + 1
        };
        for other in compared.filter(|v| *v != self.baseline) {
            if let (Some(a), Some(b)) = (self.mean(other, row), self.mean(self.baseline, row)) {
                self.sums[other].difference.change(sign, a - b);
            }
        }
    }

    /// What is known of a variant.
    pub fn variant(&self, variant: usize) -> Option<LiveVariant> {
        let sums = self.sums.get(variant)?;
        let score = sums.mean.interval().map(|by_variance| {
            if sums.graded {
                Interval {
                    low: by_variance.low.max(0.0),
                    ..by_variance
                }
            } else {
                let (low, high) = wilson(sums.mean.sum, sums.mean.n);
                Interval {
                    low,
                    high,
                    ..by_variance
                }
            }
        });
        Some(LiveVariant {
            rows: sums.mean.n as usize,
            score,
            difference: sums.difference.interval(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_follow_the_scores_in_any_order() {
        let mut live = Live::new(2, 4, 0);
        assert_eq!(live.variant(1).unwrap().score, None);
        for (v, row, score) in [
            (1, 0, 1.0),
            (0, 0, 0.0),
            (0, 1, 1.0),
            (1, 1, 1.0),
            (1, 2, 1.0),
            (9, 0, 1.0),
        ] {
            live.add(v, row, score);
        }
        let one = live.variant(1).unwrap();
        assert_eq!((one.rows, one.score.unwrap().value), (3, 1.0));
        assert_eq!(one.score.unwrap().low, wilson(3.0, 3.0).0);
        assert_eq!(one.difference.unwrap().value, 0.5);
        assert_eq!(live.variant(0).unwrap().difference, None);
        // A second sample changes the cell's mean, and with it both sums.
        live.add(0, 0, 1.0);
        assert_eq!(live.variant(1).unwrap().difference.unwrap().value, 0.25);
        assert_eq!(live.variant(0).unwrap().score.unwrap().value, 0.75);
        live.remove(0, 0, 1.0);
        live.remove(1, 2, 1.0);
        assert_eq!(live.variant(0).unwrap().score.unwrap().value, 0.5);
        assert_eq!((live.variant(1).unwrap().rows, live.variant(7)), (2, None));
    }
}
