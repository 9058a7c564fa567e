//! Draws of rows in proportion to their priorities, from rows that come and go: a sum tree (Fenwick 1994) of whole numbers, so
//! that the same rows have the same sums in whatever order they came.

use rand::{Rng, RngExt as _};

/// What the highest priority counts.
const UNIT: f64 = (1u64 << 32) as f64;

/// Priorities of the open rows.
#[derive(Debug, Clone, Default)]
pub(super) struct PriorityDraw {
    /// Of all rows, open or not.
    shares: Vec<u64>,
    is_open: Vec<bool>,
    /// Sums of the open rows' shares, each over the rows that its place covers.
    tree: Vec<u64>,
    total: u64,
}

impl PriorityDraw {
    /// Nothing is open yet. Priorities that are not positive are never drawn.
    pub(super) fn new(priorities: impl Iterator<Item = f64> + Clone) -> PriorityDraw {
        let highest = priorities.clone().fold(0.0, f64::max);
        let share = |priority: f64| match priority > 0.0 && highest.is_finite() {
            true => ((priority / highest * UNIT).round() as u64).max(1),
            false => 0,
        };
        let shares: Vec<u64> = priorities.map(share).collect();
        PriorityDraw {
            is_open: vec![false; shares.len()],
            tree: vec![0; shares.len() + 1],
            total: 0,
            shares,
        }
    }

    pub(super) fn set(&mut self, row: usize, is_open: bool) {
        if std::mem::replace(&mut self.is_open[row], is_open) == is_open {
            return;
        }
        let share = self.shares[row];
        let change = |sum: &mut u64| match is_open {
            true => *sum += share,
            false => *sum -= share,
        };
        change(&mut self.total);
        let mut at = row + 1;
        while let Some(sum) = self.tree.get_mut(at) {
            change(sum);
            at += at & at.wrapping_neg();
        }
    }

    /// Probability that an open row is drawn; `None` where no open row has a priority.
    pub(super) fn probability(&self, row: usize) -> Option<f64> {
        (self.total > 0).then(|| self.shares[row] as f64 / self.total as f64)
    }

    /// An open row; `None` where none has a priority.
    pub(super) fn draw(&self, rng: &mut impl Rng) -> Option<usize> {
        if self.total == 0 {
            return None;
        }
        let mut left = rng.random_range(0..self.total);
        let (mut at, mut step) = (0, self.tree.len().next_power_of_two());
        while step > 0 {
            if let Some(sum) = self.tree.get(at + step)
                && *sum <= left
            {
                left -= sum;
                at += step;
            }
            step /= 2;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    #[test]
    fn rows_are_drawn_in_proportion_and_only_while_they_are_open() {
        let priorities = [0.0, 1.0, 0.0, 3.0, 4.0, -1.0, f64::NAN];
        let mut draw = PriorityDraw::new(priorities.into_iter());
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        assert_eq!((draw.draw(&mut rng), draw.probability(1)), (None, None));
        (0..priorities.len()).for_each(|row| draw.set(row, true));
        draw.set(4, false);
        draw.set(4, false);
        let mut counts = [0; 7];
        (0..4_000).for_each(|_| counts[draw.draw(&mut rng).unwrap()] += 1);
        assert_eq!(counts.iter().sum::<i32>(), counts[1] + counts[3]);
        assert!((900..1_100).contains(&counts[1]), "{counts:?}");
        assert_eq!(draw.probability(3), Some(0.75));
        draw.set(4, true);
        assert_eq!(
            (draw.probability(3), draw.probability(0)),
            (Some(0.375), Some(0.0))
        );
        [1, 3, 4].iter().for_each(|row| draw.set(*row, false));
        assert_eq!(draw.draw(&mut rng), None);
    }
}
