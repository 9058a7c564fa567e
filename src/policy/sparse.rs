//! The distribution of scores over all variants from few cells of each (PromptEval, Polo et al. 2024): a balanced sparse
//! sample, and the Rasch model for what was not seen.

use super::{
    Band, Observations, Policy, PolicyConclusion, ScoreBand, TrialSpace, VariantRow,
    trial_space::shuffle,
};
use crate::stats::Stream;
use crate::stats::{Observation, Rasch, percentiles, quantile};
use rand::SeedableRng;

/// Draws from what is known, behind each figure and its band.
const DRAWS: usize = 400;
/// Quantiles that are estimated.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// A sample that is bought at once.
#[derive(Debug)]
pub(super) struct Sparse {
    space: TrialSpace,
    pairs: usize,
    bought: bool,
}

impl Sparse {
    /// `pairs`: how many to buy.
    pub(super) fn new(space: TrialSpace, pairs: usize) -> Sparse {
        let pairs = pairs.min(space.variants * space.rows);
        Sparse {
            space,
            pairs,
            bought: false,
        }
    }
}

/// The first `pairs` of a walk through the grid on which variants and rows come round evenly, and no cell comes twice before
/// all have come.
fn balanced(space: &TrialSpace, pairs: usize) -> Vec<VariantRow> {
    let (v, i) = (space.variants, space.rows);
    if v == 0 || i == 0 {
        return Vec::new();
    }
    let mut variants: Vec<u32> = (0..v as u32).collect();
    shuffle(&mut variants, &mut Stream::seed_from_u64(space.seed));
    let turn = v / gcd(v, i) * i;
    let mut all: Vec<VariantRow> = (0..pairs)
        .map(|n| VariantRow {
            variant: variants[(n + n / turn) % v],
            row: space.order()[n % i],
        })
        .collect();
    // Prompts of a variant begin alike.
    all.sort_by_key(|pair| pair.variant);
    all
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Policy for Sparse {
    fn next(&mut self, _: &Observations) -> Vec<VariantRow> {
        if std::mem::replace(&mut self.bought, true) {
            return Vec::new();
        }
        balanced(&self.space, self.pairs)
    }

    fn max_pairs(&self) -> usize {
        self.pairs
    }

    fn conclude(&self, observations: &Observations) -> PolicyConclusion {
        PolicyConclusion::Estimate(score_band(&self.space, observations))
    }
}

/// What the scores seen say of all variants over all rows; best, worst and the distribution are those of variants that can be
/// compared. `None` where there is none.
pub(super) fn score_band(space: &TrialSpace, observations: &Observations) -> Option<ScoreBand> {
    let mut observed = Vec::new();
    for variant in 0..space.variants as u32 {
        for row in 0..space.rows as u32 {
            if let Some(value) = observations.score(variant, row) {
                observed.push(Observation {
                    column: variant,
                    unit: row,
                    value,
                });
            }
        }
    }
    let all = 0..space.variants as u32;
    let (not_comparable, comparable): (Vec<u32>, Vec<u32>) =
        all.partition(|v| observations.is_cut(*v));
    if comparable.is_empty() {
        return None;
    }
    let rasch = Rasch::fit(space.variants, space.rows, &space.factors, &observed)?;
    let draws = rasch.draws(DRAWS, space.seed);
    let sorted: Vec<Vec<f64>> = draws
        .iter()
        .map(|draw| {
            let mut sorted: Vec<f64> = comparable.iter().map(|v| draw[*v as usize]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted
        })
        .collect();
    let of = |figure: &dyn Fn(usize) -> f64| {
        let mut values: Vec<f64> = (0..DRAWS).map(figure).collect();
        let value = values.iter().sum::<f64>() / DRAWS as f64;
        let (low, high) = percentiles(&mut values, 0.025);
        Band { value, low, high }
    };
    let variants: Vec<Band> = (0..space.variants).map(|v| of(&|d| draws[d][v])).collect();
    let last = comparable.len() - 1;
    let value = |v: &u32| variants[*v as usize].value;
    let by_value = |a: &u32, b: &u32| value(a).total_cmp(&value(b));
    Some(ScoreBand {
        mean: of(&|d| sorted[d].iter().sum::<f64>() / sorted[d].len() as f64),
        quantiles: QUANTILES
            .map(|q| (q, of(&|d| quantile(&sorted[d], q).unwrap_or(0.0))))
            .to_vec(),
        worst: of(&|d| sorted[d][0]),
        best: of(&|d| sorted[d][last]),
        spread: of(&|d| sorted[d][last] - sorted[d][0]),
        best_variant: comparable.iter().copied().max_by(by_value)?,
        worst_variant: comparable.iter().copied().min_by(by_value)?,
        variants,
        not_comparable,
        pairs: observed.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_sample_is_balanced_and_never_buys_twice() {
        for (v, i, pairs) in [
            (32, 300, 480),
            (6, 9, 54),
            (5, 7, 20),
            (4, 4, 16),
            (3, 1, 2),
        ] {
            let space = TrialSpace::from_clusters(v, i, 1, Vec::new(), &[], 7);
            let all = balanced(&space, pairs);
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), pairs);
            let even = |counts: Vec<usize>| {
                counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1
            };
            let of = |f: &dyn Fn(&VariantRow) -> bool| all.iter().filter(|p| f(p)).count();
            assert!(even(
                (0..v as u32).map(|x| of(&|p| p.variant == x)).collect()
            ));
            assert!(even((0..i as u32).map(|x| of(&|p| p.row == x)).collect()));
        }
    }
}
