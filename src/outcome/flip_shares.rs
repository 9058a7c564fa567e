//! How often two answers to the same row differ in being correct: of one side asked again, and of two sides.

use super::Grid;

/// Shares of pairs of answers to a row of which one is correct and the other is not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FlipShares {
    /// Of two answers before; `None` where no row has two.
    pub before_itself: Option<f64>,
    /// Of two answers after.
    pub after_itself: Option<f64>,
    /// Of an answer before and one after.
    pub between: Option<f64>,
}

impl FlipShares {
    /// Of the rows of a grid that both variants have a score on.
    pub fn new(grid: &Grid, before: usize, after: usize) -> FlipShares {
        let (mut inside, mut between) = ([(0, 0); 2], (0, 0));
        for row in 0..grid.rows() {
            let [a, b] = [before, after].map(|variant| {
                let summary = grid.summary(variant, row);
                let scored = summary.scored();
                (summary.correct, scored - summary.correct)
            });
            if a.0 + a.1 == 0 || b.0 + b.1 == 0 {
                continue;
            }
            for ((differ, pairs), (right, wrong)) in inside.iter_mut().zip([a, b]) {
                let all = right + wrong;
                *differ += right * wrong;
                *pairs += all * (all - 1) / 2;
            }
            between.0 += a.0 * b.1 + a.1 * b.0;
            between.1 += (a.0 + a.1) * (b.0 + b.1);
        }
        let share =
            |(differ, pairs): (usize, usize)| (pairs > 0).then(|| differ as f64 / pairs as f64);
        FlipShares {
            before_itself: share(inside[0]),
            after_itself: share(inside[1]),
            between: share(between),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Cell, CellState};

    #[test]
    fn shares_by_hand() {
        // Before: ✓✓✗ and ✓ alone; after: ✗ and ✓. The last row has no answer after.
        let mut grid = Grid::new(2, 3, 3);
        let mut set = |variant, row, sample, score| {
            let cell = Cell {
                state: CellState::Scored,
                score: Some(score),
                answer: None,
                truncated: false,
                latency_ms: 1.0,
                prompt_tokens: 1,
                cached_tokens: 0,
                completion_tokens: 1,
            };
            grid.set(variant, row, sample, cell);
        };
        for (sample, score) in [1.0, 1.0, 0.0].into_iter().enumerate() {
            set(0, 0, sample, score);
            set(0, 2, sample, score);
        }
        set(0, 1, 0, 1.0);
        set(1, 0, 0, 0.0);
        set(1, 1, 0, 1.0);
        let shares = FlipShares::new(&grid, 0, 1);
        assert_eq!(shares.before_itself, Some(2.0 / 3.0));
        assert_eq!(shares.after_itself, None);
        assert_eq!(shares.between, Some(2.0 / 4.0));
    }
}
