//! The best variant by sequential halving (Karnin, Koren and Somekh 2013) on shared rows.
//!
//! ⌈log₂ V⌉ rounds; in each, the remaining variants are tried on the same new rows, and the better half stays. It stops early when the
//! leader is decided against all that are still in, by a test that holds at every look.
//!
//! A variant leaves as soon as more of its answers were cut than few rows show by chance. One with too many cut answers so
//! far stays in the race, but does not win it.

use super::{
    Elimination, Observations, Policy, PolicyConclusion, RaceResult, TrialSpace, VariantRow,
};
use crate::{
    model::EliminationCause,
    stats::{ConfidenceSequence, mix},
};

/// A batch is at least so many pairs, where the round has them: smaller ones keep an endpoint waiting.
const BATCH: usize = 64;

/// A running race.
#[derive(Debug)]
pub(super) struct Race {
    space: TrialSpace,
    level: f64,
    most: usize,
    /// Pairs that are left.
    left: usize,
    rounds: usize,
    round: usize,
    alive: Vec<u32>,
    eliminated: Vec<Option<Elimination>>,
    /// Rows that all remaining variants were tried on: the first of the order.
    rows: usize,
    /// Rows at which the round ends.
    until: usize,
    /// Variants that stay after the round, at most.
    stay: usize,
    decided: bool,
    ended: bool,
}

impl Race {
    /// `pairs`: how many may be bought; at least variants × rounds.
    pub(super) fn new(space: TrialSpace, pairs: usize, level: f64) -> Race {
        let variants = space.variants;
        Race {
            rounds: rounds(variants),
            level,
            most: pairs.min(variants * space.rows),
            left: pairs,
            round: 0,
            alive: (0..variants as u32).collect(),
            eliminated: vec![None; variants],
            rows: 0,
            until: 0,
            stay: variants,
            decided: false,
            ended: variants == 0,
            space,
        }
    }

    /// Those still in, the best first: by the mean over their rows of the score against the row's mean over all still in, so
    /// that rows on which some failed do no harm. Equals stand in random order.
    fn ranked(&self, observations: &Observations) -> Vec<u32> {
        let mut sums = vec![(0.0, 0usize); self.alive.len()];
        for row in &self.space.order()[..self.rows] {
            let scores: Vec<Option<f64>> = self
                .alive
                .iter()
                .map(|v| observations.score(*v, *row))
                .collect();
            let known = scores.iter().flatten();
            let (sum, n) = known.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
            for ((total, rows), score) in sums.iter_mut().zip(scores) {
                if let Some(score) = score {
                    *total += score - sum / n;
                    *rows += 1;
                }
            }
        }
        let mean = |at: usize| match sums[at] {
            (_, 0) => f64::NEG_INFINITY,
            (sum, n) => sum / n as f64,
        };
        let chance = |at: usize| mix(self.space.seed ^ u64::from(self.alive[at]));
        let mut order: Vec<usize> = (0..self.alive.len()).collect();
        // Means that are equal but for rounding are equal.
        let steps = |at: usize| (mean(at) * 1e9).round();
        order.sort_by(|a, b| {
            let better = steps(*b).total_cmp(&steps(*a));
            better.then_with(|| chance(*a).cmp(&chance(*b)))
        });
        order.into_iter().map(|at| self.alive[at]).collect()
    }

    /// Whether the first of these is better than each other, at the requested level. A wrong leader has to beat the best
    /// variant, and there are V − 1 that may do so by chance: each gets its share of the error (Bonferroni). Where variants
    /// left for their cut answers, the best of the rest may be any of one more.
    fn is_decided(&self, ranked: &[u32], observations: &Observations) -> bool {
        let Some((leader, others)) = ranked.split_first() else {
            return false;
        };
        let left = (self.eliminated.iter().flatten())
            .filter(|e| e.cause == EliminationCause::CutAnswers)
            .count();
        let rivals = self.space.variants.saturating_sub(1).max(1) * (left + 1);
        let far = (rivals as f64 / (1.0 - self.level)).ln();
        !others.is_empty()
            && !observations.is_cut(*leader)
            && others.iter().all(|other| {
                let difference = |row| {
                    Some(observations.score(*leader, row)? - observations.score(*other, row)?)
                };
                let units = self.space.units(self.rows, difference);
                ConfidenceSequence::of(-1.0, 1.0, units).log_capital_above(0.0) >= far
            })
    }

    /// Variants of which more answers were cut than few rows show by chance leave.
    fn drop_cut(&mut self, observations: &Observations) {
        let (cut, rest): (Vec<u32>, Vec<u32>) =
            (self.alive.iter()).partition(|v| observations.is_surely_cut(**v));
        cut.into_iter()
            .for_each(|v| self.eliminate(v, EliminationCause::CutAnswers));
        self.alive = rest;
    }

    /// The better half stays.
    fn halve(&mut self, ranked: &[u32], observations: &Observations) {
        let (stay, leave) = ranked.split_at(self.stay.min(ranked.len()));
        for v in leave {
            let cause = match observations.is_cut(*v) {
                true => EliminationCause::CutAnswers,
                false => EliminationCause::Score,
            };
            self.eliminate(*v, cause);
        }
        self.alive = stay.to_vec();
        self.alive.sort_unstable();
    }

    fn eliminate(&mut self, variant: u32, cause: EliminationCause) {
        self.eliminated[variant as usize] = Some(Elimination {
            round: self.round,
            rows: self.rows,
            cause,
        });
    }

    /// Rows of the next round: its share of what is left.
    fn begin_round(&mut self) {
        self.round += 1;
        let rounds_left = (self.rounds + 1).saturating_sub(self.round).max(1);
        let rows = self.left / (self.alive.len() * rounds_left).max(1);
        self.until = (self.rows + rows).min(self.space.rows);
        self.stay = self.alive.len().div_ceil(2);
    }
}

/// Rounds of a race of so many variants.
pub(super) fn rounds(variants: usize) -> usize {
    variants.next_power_of_two().trailing_zeros().max(1) as usize
}

impl Policy for Race {
    fn next(&mut self, observations: &Observations) -> Vec<VariantRow> {
        if self.ended {
            return Vec::new();
        }
        if self.rows > 0 {
            self.drop_cut(observations);
            let ranked = self.ranked(observations);
            self.decided = self.is_decided(&ranked, observations);
            if self.rows == self.until && !self.decided {
                self.halve(&ranked, observations);
            }
        }
        if self.rows == self.until {
            self.begin_round();
        }
        if self.decided || self.alive.len() < 2 || self.until == self.rows {
            self.ended = true;
            return Vec::new();
        }
        let batch = BATCH.div_ceil(self.alive.len()).max(self.rows / 4);
        let to = (self.rows + batch).min(self.until);
        let rows = &self.space.order()[self.rows..to];
        self.rows += rows.len();
        self.left = self.left.saturating_sub(rows.len() * self.alive.len());
        let of = |variant: u32| {
            rows.iter()
                .map(move |row| VariantRow { variant, row: *row })
        };
        self.alive.iter().flat_map(|v| of(*v)).collect()
    }

    fn conclude(&self, observations: &Observations) -> PolicyConclusion {
        let mut alive = self.ranked(observations);
        alive.retain(|v| !observations.is_cut(*v));
        let leader = alive.first().copied();
        let all = 0..self.space.variants as u32;
        PolicyConclusion::Race(RaceResult {
            leader: leader.filter(|v| observations.rows_of(*v) > 0),
            decided: self.decided,
            alive,
            not_comparable: all.filter(|v| observations.is_cut(*v)).collect(),
            eliminated: self.eliminated.clone(),
            rows: self.rows,
            rounds: self.rounds,
        })
    }

    fn max_pairs(&self) -> usize {
        self.most
    }

    fn eliminated(&self) -> &[Option<Elimination>] {
        &self.eliminated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        TrialAnswer,
        replay::{replay_answers, replay_policy},
    };

    fn race(variants: usize, rows: usize, pairs: usize) -> Race {
        let space = TrialSpace::from_clusters(variants, rows, 1, Vec::new(), &[], 7);
        Race::new(space, pairs, 0.95)
    }

    /// Variant v is right on the rows whose number ends in less than v.
    fn graded(pair: VariantRow) -> Option<f64> {
        Some(f64::from(u8::from(pair.row % 10 < pair.variant)))
    }

    #[test]
    fn half_fall_in_each_round_and_the_cap_holds() {
        let mut policy = race(8, 1_000, 480);
        let (observations, bought) = replay_policy(&mut policy, 8, 1_000, 1, &graded);
        let PolicyConclusion::Race(result) = policy.conclude(&observations) else {
            panic!()
        };
        assert_eq!((result.leader, result.rounds), (Some(7), 3));
        assert!(bought <= 480, "{bought}");
        let fell = |round| {
            result
                .eliminated
                .iter()
                .flatten()
                .filter(|f| f.round == round)
                .count()
        };
        assert_eq!((fell(1), fell(2)), (4, 2));
        // Variants eliminated together were tried on the same rows.
        for v in 0..8u32 {
            let rows = result.eliminated[v as usize].map_or(result.rows, |f| f.rows);
            assert_eq!(observations.rows_of(v), rows);
        }
    }

    #[test]
    fn a_leader_far_ahead_ends_it() {
        let far = |pair: VariantRow| Some(f64::from(u8::from(pair.variant == 2)));
        let mut policy = race(4, 1_000, 4_000);
        let (observations, bought) = replay_policy(&mut policy, 4, 1_000, 1, &far);
        let PolicyConclusion::Race(result) = policy.conclude(&observations) else {
            panic!()
        };
        assert!(
            result.decided && result.leader == Some(2) && bought < 500,
            "{bought}"
        );
        assert_eq!(result.eliminated, [None; 4]);
    }

    #[test]
    fn failures_and_few_rows_do_no_harm() {
        let failing = |pair: VariantRow| graded(pair).filter(|_| !pair.row.is_multiple_of(7));
        let mut policy = race(8, 30, 10_000);
        let (observations, bought) = replay_policy(&mut policy, 8, 30, 1, &failing);
        let PolicyConclusion::Race(result) = policy.conclude(&observations) else {
            panic!()
        };
        assert_eq!(result.leader, Some(7));
        assert!(bought <= 240);
        let mut none = race(4, 30, 400);
        let (observations, _) = replay_policy(&mut none, 4, 30, 1, &|_| None);
        let PolicyConclusion::Race(result) = none.conclude(&observations) else {
            panic!()
        };
        assert_eq!((result.leader, result.decided), (None, false));
    }

    fn raced(
        variants: usize,
        rows: usize,
        answer: &dyn Fn(VariantRow) -> TrialAnswer,
        seed: u64,
    ) -> (RaceResult, usize) {
        let space = TrialSpace::from_clusters(variants, rows, 1, Vec::new(), &[], seed);
        let mut policy = Race::new(space, variants * rows, 0.95);
        let answer = |pair| Some(answer(pair));
        let (seen, bought) = replay_answers(&mut policy, variants, rows, 1, &answer);
        match policy.conclude(&seen) {
            PolicyConclusion::Race(result) => (result, bought),
            _ => panic!(),
        }
    }

    #[test]
    fn a_variant_whose_answers_are_cut_leaves_and_neither_wins_nor_loses() {
        let answer = |pair: VariantRow| TrialAnswer {
            score: graded(pair),
            truncated: pair.variant == 7 && !pair.row.is_multiple_of(3),
        };
        let (result, _) = raced(8, 200, &answer, 7);
        assert_eq!((result.leader, result.not_comparable), (Some(6), vec![7]));
        let left = result.eliminated[7].unwrap();
        assert_eq!((left.cause, left.round), (EliminationCause::CutAnswers, 1));
        assert!(left.rows < 20 && !result.alive.contains(&7), "{left:?}");
        let others = result.eliminated[..7].iter().flatten();
        assert!(others.clone().count() > 0);
        assert!(
            others
                .into_iter()
                .all(|e| e.cause == EliminationCause::Score)
        );
    }

    #[test]
    fn a_few_cut_answers_do_not_end_a_race_and_all_of_them_leave_no_winner() {
        let first = TrialSpace::from_clusters(4, 200, 1, Vec::new(), &[], 7).order()[0];
        let once = |pair: VariantRow| TrialAnswer {
            score: graded(pair),
            truncated: pair.variant == 3 && pair.row == first,
        };
        let (result, _) = raced(4, 200, &once, 7);
        assert_eq!((result.leader, result.not_comparable), (Some(3), vec![]));
        let all = |pair: VariantRow| TrialAnswer {
            score: graded(pair),
            truncated: true,
        };
        let (result, bought) = raced(4, 200, &all, 7);
        assert_eq!((result.leader, result.decided), (None, false));
        assert_eq!(result.not_comparable, [0, 1, 2, 3]);
        assert!(bought <= 64, "{bought}");
    }

    #[test]
    fn equal_variants_of_which_some_are_cut_are_rarely_decided() {
        let decided = |seed: u64| {
            let answer = |pair: VariantRow| {
                let draw = mix(seed ^ mix(u64::from(pair.row) << 8 | u64::from(pair.variant)));
                TrialAnswer {
                    score: Some(f64::from(u8::from(draw % 10 < 7))),
                    // The better a row, the more often it is cut: who stays hangs on the scores.
                    truncated: pair.variant < 2 && draw % 10 < 1,
                }
            };
            raced(4, 120, &answer, seed).0.decided
        };
        let wrong = (0..600).filter(|seed| decided(*seed)).count();
        assert!(wrong <= 30, "{wrong}");
    }

    #[test]
    fn rounds_by_hand() {
        assert_eq!([1, 2, 3, 4, 5, 32, 33].map(rounds), [1, 1, 2, 2, 3, 5, 6]);
    }
}
