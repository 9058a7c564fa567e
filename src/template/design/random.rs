//! Distinct combinations by seed, every level as often as every other of its axis.

use super::combinations::{Combination, Combinations, total};
use crate::template::chance::{below, rng, shuffle};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// `n` distinct combinations (fewer than there are), the centre first. On every axis the counts of two levels differ by
/// one at most, where that can be; the same for the same seed on every platform.
pub(super) fn random(sizes: &[usize], n: usize, seed: u64, centre: &[usize]) -> Vec<Combination> {
    let mut rng = rng(seed);
    let all = total(sizes);
    if n as u64 <= all / 2 {
        return Deal::new(sizes, n, Some(centre), None, &mut rng).distinct(&mut rng);
    }
    // More than half of all: deal those that stay out. What is left of an even whole is even.
    let out = Deal::new(
        sizes,
        (all - n as u64) as usize,
        None,
        Some(centre),
        &mut rng,
    );
    let out = out.distinct(&mut rng);
    let out: std::collections::HashSet<Combination> = out.into_iter().collect();
    let full = Combinations::Full {
        sizes: sizes.to_vec(),
    };
    let mut listed = vec![centre.to_vec()];
    listed.extend(
        (0..all)
            .filter_map(|number| full.get(number))
            .filter(|one| one != centre && !out.contains(one)),
    );
    listed
}

/// Combinations dealt axis by axis from even packs, not yet distinct.
struct Deal<'d> {
    sizes: &'d [usize],
    rows: Vec<Combination>,
    /// Rows before this one stay as they are.
    fixed: usize,
    forbidden: Option<&'d [usize]>,
    counts: HashMap<Combination, usize>,
}

impl<'d> Deal<'d> {
    fn new(
        sizes: &'d [usize],
        n: usize,
        first: Option<&'d [usize]>,
        forbidden: Option<&'d [usize]>,
        rng: &mut ChaCha8Rng,
    ) -> Deal<'d> {
        let mut rows = vec![vec![0; sizes.len()]; n];
        for (axis, size) in sizes.iter().enumerate() {
            let mut order: Vec<usize> = (0..*size).collect();
            shuffle(&mut order, rng);
            // The levels at the front of the order stand once more where the pack does not come out even.
            if let Some(first) = first {
                order.sort_by_key(|level| *level != first[axis]);
            } else if let Some(forbidden) = forbidden {
                order.sort_by_key(|level| *level == forbidden[axis]);
            }
            let mut pack: Vec<usize> = (0..n).map(|i| order[i % size]).collect();
            let kept = usize::from(first.is_some());
            shuffle(&mut pack[kept.min(n)..], rng);
            for (row, level) in rows.iter_mut().zip(pack) {
                row[axis] = level;
            }
        }
        let mut counts = HashMap::new();
        for row in &rows {
            *counts.entry(row.clone()).or_default() += 1;
        }
        Deal {
            sizes,
            rows,
            fixed: usize::from(first.is_some()),
            forbidden,
            counts,
        }
    }

    fn is_wrong(&self, row: &[usize]) -> bool {
        self.counts.get(row).is_some_and(|n| *n > 1) || self.forbidden == Some(row)
    }

    /// How much is wrong with these two rows: one for each that stands there already or must not.
    fn wrongs(&self, i: usize, j: usize) -> usize {
        usize::from(self.is_wrong(&self.rows[i])) + usize::from(self.is_wrong(&self.rows[j]))
    }

    fn take(&mut self, i: usize) {
        if let Some(count) = self.counts.get_mut(&self.rows[i]) {
            *count -= 1;
        }
    }

    fn put(&mut self, i: usize) {
        *self.counts.entry(self.rows[i].clone()).or_default() += 1;
    }

    /// Exchange the levels of two rows on an axis.
    fn exchange(&mut self, i: usize, j: usize, axis: usize) {
        self.take(i);
        self.take(j);
        let level = self.rows[i][axis];
        self.rows[i][axis] = std::mem::replace(&mut self.rows[j][axis], level);
        self.put(i);
        self.put(j);
    }

    /// Make the rows distinct: rows exchange levels, which leaves every axis as even as it was dealt. Where that finds no
    /// way, a row becomes any that is free.
    fn distinct(mut self, rng: &mut ChaCha8Rng) -> Vec<Combination> {
        let movable = self.rows.len() - self.fixed;
        for i in self.fixed..self.rows.len() {
            let mut tries = 0;
            while self.is_wrong(&self.rows[i]) && tries < 400 && movable > 1 {
                tries += 1;
                let j = self.fixed + below(movable, rng);
                let axis = below(self.sizes.len(), rng);
                if i == j || self.rows[i][axis] == self.rows[j][axis] {
                    continue;
                }
                let before = self.wrongs(i, j);
                self.exchange(i, j, axis);
                if self.wrongs(i, j) > before || j < i && self.is_wrong(&self.rows[j]) {
                    self.exchange(i, j, axis);
                }
            }
            if self.is_wrong(&self.rows[i]) {
                self.replace(i, rng);
            }
        }
        self.rows
    }

    fn replace(&mut self, i: usize, rng: &mut ChaCha8Rng) {
        let all = total(self.sizes);
        let full = Combinations::Full {
            sizes: self.sizes.to_vec(),
        };
        let start = below(usize::try_from(all).unwrap_or(usize::MAX), rng) as u64;
        let free = (0..all)
            .map(|step| (start + step) % all)
            .filter_map(|number| full.get(number))
            .find(|one| {
                self.counts.get(one).is_none_or(|n| *n == 0)
                    && self.forbidden != Some(one.as_slice())
            });
        if let Some(free) = free {
            self.take(i);
            self.rows[i] = free;
            self.put(i);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[Combination], axis: usize, size: usize) -> Vec<usize> {
        (0..size)
            .map(|level| rows.iter().filter(|row| row[axis] == level).count())
            .collect()
    }

    #[test]
    fn every_level_is_covered_as_evenly_as_can_be() {
        for (sizes, n) in [
            (vec![3, 4, 5], 24),
            (vec![3, 4, 5], 29),
            (vec![3, 4, 5], 47),
            (vec![3, 4, 5], 59),
            (vec![2, 2, 2], 3),
            (vec![7], 4),
            (vec![2, 9, 4, 3, 5, 2], 100),
        ] {
            let centre = vec![1; sizes.len()];
            for seed in 0..20 {
                let rows = random(&sizes, n, seed, &centre);
                assert_eq!((rows.len(), &rows[0]), (n, &centre));
                for (axis, size) in sizes.iter().enumerate() {
                    let counts = counts(&rows, axis, *size);
                    let (most, least) = (counts.iter().max(), counts.iter().min());
                    assert!(
                        most.zip(least).is_some_and(|(a, b)| a - b <= 1),
                        "{sizes:?} {n} seed {seed} axis {axis}: {counts:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_seed_means_the_same_design_for_ever() {
        let rows = random(&[3, 4, 5], 6, 7, &[0, 0, 0]);
        assert_eq!(rows, PINNED);
        assert_ne!(rows, random(&[3, 4, 5], 6, 8, &[0, 0, 0]));
    }

    const PINNED: [[usize; 3]; 6] = [
        [0, 0, 0],
        [2, 0, 1],
        [1, 2, 4],
        [2, 3, 0],
        [0, 1, 3],
        [1, 1, 2],
    ];
}
