//! Best and worst variant by Thompson sampling, as in FormatSpread (Sclar et al. 2023): half of each batch goes to those that
//! are likely best, half to those that are likely worst. FormatSpread has a Beta prior for each variant by itself; here scores
//! on the same row count against each other, and variants that share levels share what is known of them (an additive model):
//! on recorded grids it finds the ends more often. Many variants fall back on Beta priors, which cost less.

use super::{Observations, Policy, PolicyConclusion, TrialSpace, VariantRow, sparse::score_band};
use crate::stats::Stream;
use crate::stats::{Additive, Variances};
use rand::SeedableRng;
use rand_distr::{Beta, Distribution};

/// Batches, and one to begin with: twice as many found the ends no better.
const BATCHES: usize = 16;
/// A batch is at least so many pairs: smaller ones keep an endpoint waiting.
const BATCH: usize = 64;

/// More variants than this have priors by themselves: what they share would cost their third power.
const MANY: usize = 64;
/// Rounds of learning how much variants differ, a batch.
const ROUNDS: usize = 2;

/// A running search for both ends.
#[derive(Debug)]
pub(super) struct Extremes {
    space: TrialSpace,
    most: usize,
    /// Pairs that may still be bought.
    left: usize,
    batch: usize,
    /// Rows that each variant was tried: the first of the order.
    tried: Vec<usize>,
    turn: u64,
    variances: Variances,
}

impl Extremes {
    /// `pairs`: how many may be bought; at least one a variant.
    pub(super) fn new(space: TrialSpace, pairs: usize) -> Extremes {
        Extremes {
            most: pairs.min(space.variants * space.rows),
            left: pairs,
            batch: BATCH.max(pairs / BATCHES),
            tried: vec![0; space.variants],
            turn: 0,
            variances: Variances::new(space.factors.len()),
            space,
        }
    }

    fn buy(&mut self, variant: usize) -> Option<VariantRow> {
        let row = *self.space.order().get(self.tried[variant])?;
        self.tried[variant] += 1;
        self.left = self.left.checked_sub(1)?;
        Some(VariantRow {
            variant: variant as u32,
            row,
        })
    }

    /// What all scores together say of the variants; `None` where there are many.
    fn shared(&mut self, observations: &Observations) -> Option<Additive> {
        let variants = self.space.variants;
        if variants > MANY {
            return None;
        }
        let most = self.tried.iter().copied().max().unwrap_or(0);
        let rows = observations.by_row(&self.space.order()[..most]);
        let factors = &self.space.factors;
        Additive::fit(variants, factors, &rows, &mut self.variances, ROUNDS)
    }

    /// Sum and number of the scores of each variant.
    fn sums(&self, observations: &Observations) -> Vec<(f64, f64)> {
        (0..self.space.variants)
            .map(|v| {
                self.space.order()[..self.tried[v]]
                    .iter()
                    .filter_map(|row| observations.score(v as u32, *row))
                    .fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0))
            })
            .collect()
    }

    /// A possible mean of a variant over all rows: what was seen, and a draw for the rest.
    fn possible(&self, (sum, n): (f64, f64), rng: &mut Stream) -> f64 {
        let rest = self.space.rows as f64 - n;
        let rate = Beta::new(1.0 + sum, 1.0 + n - sum).map_or(0.5, |beta| beta.sample(rng));
        (sum + rest * rate) / self.space.rows as f64
    }
}

impl Policy for Extremes {
    fn next(&mut self, observations: &Observations) -> Vec<VariantRow> {
        let variants = self.space.variants;
        let mut bought = Vec::new();
        if self.turn == 0 {
            // An eighth of the calls goes to all alike.
            let rows = (self.left / (8 * variants).max(1)).max(1);
            for v in 0..variants {
                let most = rows.min(self.left);
                bought.extend((0..most).map_while(|_| self.buy(v)));
            }
        } else {
            let sums = self.sums(observations);
            let fit = self.shared(observations);
            let mut rng = Stream::seed_from_u64(
                self.space.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.turn,
            );
            for at in 0..self.batch.min(self.left) {
                let sign = if at % 2 == 0 { 1.0 } else { -1.0 };
                let drawn = fit.as_ref().map(|fit| fit.draw(&mut rng));
                let open = (0..variants).filter(|v| {
                    self.tried[*v] < self.space.rows && !observations.is_surely_cut(*v as u32)
                });
                let likely = open
                    .map(|v| match &drawn {
                        Some(drawn) => (v, sign * drawn[v]),
                        None => (v, sign * self.possible(sums[v], &mut rng)),
                    })
                    .max_by(|a, b| a.1.total_cmp(&b.1));
                let Some((v, _)) = likely else { break };
                bought.extend(self.buy(v));
            }
        }
        self.turn += 1;
        // Prompts of a variant begin alike.
        bought.sort_by_key(|pair| pair.variant);
        bought
    }

    fn max_pairs(&self) -> usize {
        self.most
    }

    fn conclude(&self, observations: &Observations) -> PolicyConclusion {
        PolicyConclusion::Spread(score_band(&self.space, observations))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        TrialAnswer,
        replay::{replay_answers, replay_policy},
    };

    #[test]
    fn both_ends_are_asked_most() {
        let space = TrialSpace::from_clusters(16, 400, 1, Vec::new(), &[], 7);
        let mut policy = Extremes::new(space, 1_200);
        // Variant v is right on v + 2 of 20 rows.
        let scores = |p: VariantRow| Some(f64::from(u8::from(p.row * 7 % 20 < p.variant + 2)));
        let (observations, bought) = replay_policy(&mut policy, 16, 400, 1, &scores);
        assert_eq!(bought, 1_200);
        let tried: Vec<usize> = (0..16).map(|v| observations.rows_of(v)).collect();
        let middle: usize = tried[5..11].iter().sum();
        assert!(
            tried[0] + tried[1] + tried[14] + tried[15] > 2 * middle,
            "{tried:?}"
        );
        let PolicyConclusion::Spread(Some(band)) = policy.conclude(&observations) else {
            panic!()
        };
        assert!(band.best_variant >= 14 && band.worst_variant <= 1);
        assert!(
            band.spread.low < 0.75 && band.spread.high > 0.75,
            "{band:?}"
        );
    }

    #[test]
    fn an_end_whose_answers_are_cut_is_neither_bought_nor_named() {
        let space = TrialSpace::from_clusters(8, 200, 1, Vec::new(), &[], 7);
        let mut policy = Extremes::new(space, 800);
        let answer = |p: VariantRow| {
            Some(TrialAnswer {
                score: Some(f64::from(u8::from(p.row * 7 % 20 < 2 * p.variant + 2))),
                truncated: p.variant == 7,
            })
        };
        let (seen, _) = replay_answers(&mut policy, 8, 200, 1, &answer);
        assert!(seen.rows_of(7) < 20 && seen.rows_of(6) > 100);
        let PolicyConclusion::Spread(Some(band)) = policy.conclude(&seen) else {
            panic!()
        };
        assert_eq!((band.best_variant, band.not_comparable), (6, vec![7]));
        assert!(band.best.value < band.variants[7].value);
    }

    #[test]
    fn a_small_field_is_bought_whole_and_no_more() {
        let space = TrialSpace::from_clusters(3, 10, 1, Vec::new(), &[], 7);
        let mut policy = Extremes::new(space, 500);
        let (_, bought) = replay_policy(&mut policy, 3, 10, 1, &|_| Some(1.0));
        assert_eq!(bought, 30);
    }
}
