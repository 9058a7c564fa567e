//! Agreement of raters on categories, and how mixed the categories of a unit are.

use super::{
    ResampleSpec,
    interval::{expanded_tail, percentiles},
    random::{Indices, Purpose, in_blocks, stream},
};
use std::collections::BTreeMap;

/// Fewer units say nothing about how much they vary.
const LEAST_UNITS: usize = 10;
/// Resamples below this share of those drawn that have a value make no interval.
const LEAST_DRAWS: f64 = 0.5;

/// Agreement of ratings over units, fed unit by unit. Missing ratings are left out; units with fewer than two ratings pair
/// nothing.
#[derive(Debug, Clone, Default)]
pub struct Coincidences {
    units: f64,
    /// Sum over units of the share of pairs that agree, and whether all units have as many ratings as the first.
    agreed: f64,
    raters: Option<f64>,
    uneven: bool,
    totals: BTreeMap<u64, f64>,
    disagreed: f64,
    pairable: f64,
    agreeing: f64,
    pairs: f64,
}

impl Coincidences {
    /// Add one unit: category and number of ratings.
    pub fn add(&mut self, unit: &[(u64, u32)]) {
        let n: f64 = unit.iter().map(|(_, c)| f64::from(*c)).sum();
        if n < 2.0 {
            return;
        }
        let same: f64 = unit
            .iter()
            .map(|(_, c)| f64::from(*c) * (f64::from(*c) - 1.0))
            .sum();
        self.units += 1.0;
        self.agreed += same / (n * (n - 1.0));
        self.uneven |= *self.raters.get_or_insert(n) != n;
        self.disagreed += (n * (n - 1.0) - same) / (n - 1.0);
        self.pairable += n;
        self.agreeing += same;
        self.pairs += n * (n - 1.0);
        for (category, c) in unit {
            *self.totals.entry(*category).or_default() += f64::from(*c);
        }
    }

    /// Fleiss' κ (Fleiss 1971), for `raters` ratings in every unit; `None` where some unit has another number of them, or
    /// where all ratings are the same.
    pub fn fleiss_kappa(&self, raters: usize) -> Option<f64> {
        if self.uneven || self.raters != Some(raters as f64) {
            return None;
        }
        let chance: f64 = self
            .totals
            .values()
            .map(|c| (c / self.pairable).powi(2))
            .sum();
        let observed = self.agreed / self.units;
        (chance < 1.0 - 1e-12).then(|| (observed - chance) / (1.0 - chance))
    }

    /// Krippendorff's α for nominal data (Krippendorff 2011); `None` where nothing can be paired or all ratings are the same.
    pub fn alpha(&self) -> Option<f64> {
        let n = self.pairable;
        let squares: f64 = self.totals.values().map(|c| c * c).sum();
        let expected = (n * n - squares) / (n - 1.0);
        (n > 1.0 && expected > 0.0).then(|| 1.0 - self.disagreed / expected)
    }

    /// Share of pairs of ratings within a unit that agree; `None` without pairs.
    pub fn raw(&self) -> Option<f64> {
        (self.pairs > 0.0).then(|| self.agreeing / self.pairs)
    }

    /// Pairs that agree, and pairs.
    pub fn pairs(&self) -> (f64, f64) {
        (self.agreeing, self.pairs)
    }
}

/// The 95 % bootstrap interval of a statistic of units that is no function of sums (α and κ with many categories): the
/// statistic is computed for each resample, given as the numbers of its units. `None` for fewer than ten units,
/// and where most resamples have no value.
pub fn resampled_interval(
    units: usize,
    spec: ResampleSpec,
    statistic: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Option<(f64, f64)> {
    if units < LEAST_UNITS {
        return None;
    }
    let values = in_blocks(spec.draws, spec.threads, |draw| {
        let mut rng = stream(spec.seed, Purpose::Agreement, draw as u64);
        let mut indices = Indices::new(&mut rng);
        let drawn: Vec<u32> = (0..units).map(|_| indices.next(units) as u32).collect();
        statistic(&drawn)
    });
    let mut values: Vec<f64> = values.into_iter().flatten().collect();
    let is_enough = values.len() as f64 >= LEAST_DRAWS * spec.draws as f64;
    is_enough.then(|| percentiles(&mut values, expanded_tail(0.025, units)))
}

/// Entropy of counts as a share of that of `classes` equally frequent ones (Shannon 1948); 0 where only one is possible.
pub fn normalized_entropy(counts: &[u32], classes: usize) -> f64 {
    let n: f64 = counts.iter().map(|c| f64::from(*c)).sum();
    if classes < 2 || n <= 0.0 {
        return 0.0;
    }
    let entropy: f64 = counts
        .iter()
        .filter(|c| **c > 0)
        .map(|c| {
            let p = f64::from(*c) / n;
            p * (1.0 / p).ln()
        })
        .sum();
    (entropy / (classes as f64).ln()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_of_the_published_example() {
        // Fleiss 1971 as in every textbook: 14 raters, 10 subjects, 5 categories.
        let counts = [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ];
        let of = |units: &[[u32; 5]]| {
            let mut all = Coincidences::default();
            for unit in units {
                let counts: Vec<(u64, u32)> = (0..).zip(*unit).filter(|(_, c)| *c > 0).collect();
                all.add(&counts);
            }
            all.fleiss_kappa(14)
        };
        assert!((of(&counts).unwrap() - 0.2099).abs() < 5e-5);
        assert_eq!(of(&counts[..1]), None, "all ratings are the same");
        assert_eq!(
            of(&[counts[1], [3, 0, 0, 0, 0]]),
            None,
            "another number of ratings"
        );
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_cannot_be_paired_counts_for_nothing() {
        let mut all = Coincidences::default();
        assert_eq!((all.alpha(), all.raw()), (None, None));
        all.add(&[(0, 1)]);
        assert_eq!(all.alpha(), None);
        all.add(&[(0, 2)]);
        all.add(&[(1, 2)]);
        assert_eq!((all.alpha(), all.raw()), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn the_interval_of_kappa_is_that_of_its_asymptotic_error() {
        // Two raters, 200 units, 2 × 2 table 80 15 / 25 80: κ = 0.601, standard error 0.0562 (Fleiss, Cohen and Everitt 1969).
        let table = [(0, 0, 80), (0, 1, 15), (1, 0, 25), (1, 1, 80)];
        let units: Vec<(usize, usize)> = table
            .iter()
            .flat_map(|(a, b, n)| std::iter::repeat_n((*a, *b), *n))
            .collect();
        let kappa = |drawn: &[u32]| {
            let mut counts = crate::stats::ClassCounts::new(2);
            for unit in drawn {
                let (a, b) = units[*unit as usize];
                counts.add(a, Some(b), 1.0);
            }
            counts.kappa()
        };
        let all: Vec<u32> = (0..200).collect();
        assert!((kappa(&all).unwrap() - 0.600_997_506_234_414).abs() < 1e-12);
        let spec = ResampleSpec {
            draws: 4_000,
            seed: 7,
            threads: 1,
        };
        let (low, high) = resampled_interval(200, spec, kappa).unwrap();
        assert!(
            (low - 0.490).abs() < 0.015 && (high - 0.712).abs() < 0.015,
            "{low} to {high}"
        );
        assert_eq!(resampled_interval(9, spec, kappa), None);
    }

    #[test]
    fn entropy_is_a_share() {
        assert_eq!(normalized_entropy(&[4, 0], 2), 0.0);
        assert!((normalized_entropy(&[2, 2], 2) - 1.0).abs() < 1e-12);
        assert!((normalized_entropy(&[1, 1], 4) - 0.5).abs() < 1e-12);
        assert_eq!(normalized_entropy(&[], 4), 0.0);
    }
}
