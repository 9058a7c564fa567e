//! The bootstrap over units (clusters of values that belong together), for several groups at once.

use rand::{RngExt, distr::Distribution};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use rand_distr::Binomial;
use std::collections::HashMap;

/// What a unit adds to each statistic: a sum and how many values are in it.
#[derive(Debug, Clone, Default)]
pub struct Unit {
    /// `(sum, count)` a statistic.
    pub parts: Vec<(f64, f64)>,
}

/// Draws units with replacement and gives the means of all statistics for each draw.
#[derive(Debug)]
pub struct Resampler<'a> {
    units: &'a [Unit],
    statistics: usize,
    rng: ChaCha8Rng,
}

impl<'a> Resampler<'a> {
    /// A resampler of these units, all with the same number of statistics.
    pub fn new(units: &'a [Unit], seed: u64) -> Resampler<'a> {
        Resampler {
            units,
            statistics: units.first().map_or(0, |u| u.parts.len()),
            rng: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// `draws` times, in columns: `result[statistic][draw]`, NaN where a draw has no value for it.
    ///
    /// Drawing n units with replacement is a multinomial draw over the distinct units. Scores of right and wrong make few
    /// distinct ones, however many rows there are; then the counts are drawn, one binomial a distinct unit.
    pub fn means(self, draws: usize) -> Vec<Vec<f64>> {
        let kinds = self.kinds();
        if kinds.len() * 8 <= self.units.len() {
            self.by_counts(&kinds, draws)
        } else {
            self.by_units(draws)
        }
    }

    /// The distinct units in the order of first appearance, and how often each is there.
    fn kinds(&self) -> Vec<(&'a Unit, u64)> {
        let mut known: HashMap<Vec<(u64, u64)>, usize> = HashMap::new();
        let mut kinds: Vec<(&Unit, u64)> = Vec::new();
        for unit in self.units {
            let bits = unit
                .parts
                .iter()
                .map(|p| (p.0.to_bits(), p.1.to_bits()))
                .collect();
            let at = *known.entry(bits).or_insert(kinds.len());
            match kinds.get_mut(at) {
                Some(kind) => kind.1 += 1,
                None => kinds.push((unit, 1)),
            }
        }
        kinds
    }

    fn by_counts(mut self, kinds: &[(&Unit, u64)], draws: usize) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::with_capacity(draws); self.statistics];
        let mut sums = vec![(0.0, 0.0); self.statistics];
        let total = self.units.len() as u64;
        for _ in 0..draws {
            sums.fill((0.0, 0.0));
            let (mut left, mut among) = (total, total);
            for (unit, there) in kinds {
                if left == 0 {
                    break;
                }
                // How many of those left to draw are of this kind, given those drawn before.
                let p = (*there as f64 / among as f64).min(1.0);
                let n = Binomial::new(left, p).map_or(0, |b| b.sample(&mut self.rng));
                left -= n;
                among -= there;
                for (sum, part) in sums.iter_mut().zip(&unit.parts) {
                    sum.0 += part.0 * n as f64;
                    sum.1 += part.1 * n as f64;
                }
            }
            for (column, sum) in all.iter_mut().zip(&sums) {
                column.push(sum.0 / sum.1);
            }
        }
        all
    }

    fn by_units(mut self, draws: usize) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::with_capacity(draws); self.statistics];
        let mut sums = vec![(0.0, 0.0); self.statistics];
        for _ in 0..draws {
            sums.fill((0.0, 0.0));
            for _ in 0..self.units.len() {
                let unit = &self.units[self.rng.random_range(0..self.units.len())];
                for (sum, part) in sums.iter_mut().zip(&unit.parts) {
                    sum.0 += part.0;
                    sum.1 += part.1;
                }
            }
            for (column, sum) in all.iter_mut().zip(&sums) {
                column.push(sum.0 / sum.1);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::quantile;

    #[test]
    fn the_bootstrap_interval_of_a_mean_is_near_the_normal_one() {
        let units: Vec<Unit> = (0..400)
            .map(|i| Unit {
                parts: vec![(f64::from(i % 2), 1.0)],
            })
            .collect();
        let mut means = Resampler::new(&units, 7).means(4_000).remove(0);
        means.sort_by(f64::total_cmp);
        assert!((quantile(&means, 0.025) - 0.451).abs() < 0.006);
        assert!((quantile(&means, 0.975) - 0.549).abs() < 0.006);
        assert_eq!(
            Resampler::new(&units, 7).means(5),
            Resampler::new(&units, 7).means(5)
        );
    }
}
