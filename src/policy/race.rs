//! The best variant by successive rejects on shared rows.
//!
//! In rounds; in each, the remaining variants are tried on the same new rows, and the better two thirds stay. It stops early when
//! the leader is decided against all that are still in, by a test that holds at every look. Where few rows tell variants apart,
//! a few variants try a row first, and the others only if these differ ([`Screening`]). Of variants with the same scores on all
//! rows that tell others apart, one stays.
//!
//! A variant leaves as soon as more of its answers were cut than few rows show by chance. One with too many cut answers so
//! far stays in the race, but does not win it.

use super::{
    Elimination, Observations, Policy, PolicyConclusion, RaceResult, TrialSpace, VariantRow,
    screening::{Screening, is_same},
    trial_space::shuffle,
};
use crate::{
    model::EliminationCause,
    stats::{ConfidenceSequence, Stream, mix},
};
use rand::SeedableRng;

/// A batch is at least so many pairs, where the round has them: smaller ones keep an endpoint waiting.
const BATCH: usize = 64;
/// The first round has at least this share of the calls: what it drops, it drops on few rows.
const FIRST_SHARE: f64 = 0.15;
/// It has so many rows as long as they take no more than this share.
const FIRST_ROWS: usize = 5;
const FIRST_ROWS_SHARE: f64 = 0.3;
/// Variants with the same scores on so many rows that tell others apart are the same.
const SAME_ROWS: usize = 25;

/// How far a row was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowState {
    /// All variants that were in, whatever the answers.
    Whole,
    /// A few variants so far.
    Probed,
    /// A few variants, which scored the same: the others are not tried.
    Skipped,
    /// A few variants, and the others as these differed.
    Completed,
}

/// A running race.
#[derive(Debug)]
pub(super) struct Race {
    space: TrialSpace,
    level: f64,
    most: usize,
    /// Pairs that are left, and those of the round.
    left: usize,
    round_left: usize,
    rounds: usize,
    round: usize,
    /// Variants that stay after the round, at most.
    stay: usize,
    alive: Vec<u32>,
    eliminated: Vec<Option<Elimination>>,
    /// The rows that were begun: the first of the order.
    states: Vec<RowState>,
    /// The variants that tried the rows of the last batch first.
    probes: Vec<(usize, Vec<u32>)>,
    decided: bool,
    ended: bool,
}

impl Race {
    /// `pairs`: how many may be bought; at least variants × [`least_rows`].
    pub(super) fn new(space: TrialSpace, pairs: usize, level: f64) -> Race {
        let variants = space.variants;
        let most = pairs.min(variants * space.rows);
        let share = |share: f64| (share * most as f64) as usize;
        let first = (FIRST_ROWS * variants).min(share(FIRST_ROWS_SHARE));
        Race {
            rounds: rounds(variants),
            level,
            most,
            left: most,
            round_left: (most / rounds(variants).max(1))
                .max(share(FIRST_SHARE))
                .max(first),
            round: 1,
            stay: stay(variants),
            alive: (0..variants as u32).collect(),
            eliminated: vec![None; variants],
            states: Vec::new(),
            probes: Vec::new(),
            decided: false,
            ended: variants == 0,
            space,
        }
    }

    /// The rows that all remaining variants were tried on.
    fn shared_rows(&self) -> impl Iterator<Item = u32> {
        let states = self.states.iter().zip(self.space.order());
        states
            .filter(|(state, _)| matches!(state, RowState::Whole | RowState::Completed))
            .map(|(_, row)| *row)
    }

    /// The scores of those still in on each row that they share.
    fn shared_scores(&self, observations: &Observations) -> Vec<Vec<Option<f64>>> {
        self.shared_rows()
            .map(|row| {
                let scores = self.alive.iter().map(|v| observations.score(*v, row));
                scores.collect()
            })
            .collect()
    }

    /// Those still in, the best first: by the mean over their rows of the score against the row's mean over all still in, so
    /// that rows on which some failed do no harm. Equals stand in random order.
    fn ranked(&self, observations: &Observations) -> Vec<u32> {
        let mut sums = vec![(0.0, 0usize); self.alive.len()];
        for scores in self.shared_scores(observations) {
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
    ///
    /// Only rows count that were tried whatever the answers to them: the others are no random sample.
    fn is_decided(&self, ranked: &[u32], observations: &Observations) -> bool {
        let Some((leader, others)) = ranked.split_first() else {
            return false;
        };
        let left = (self.eliminated.iter().flatten())
            .filter(|e| e.cause == EliminationCause::CutAnswers)
            .count();
        let rivals = self.space.variants.saturating_sub(1).max(1) * (left + 1);
        let far = (rivals as f64 / (1.0 - self.level)).ln();
        let mut whole = vec![false; self.space.rows];
        for (state, row) in self.states.iter().zip(self.space.order()) {
            whole[*row as usize] = *state == RowState::Whole;
        }
        !others.is_empty()
            && !observations.is_cut(*leader)
            && others.iter().all(|other| {
                let difference = |row: u32| {
                    let is_whole = *whole.get(row as usize)?;
                    let leads = observations.score(*leader, row)?;
                    is_whole.then_some(leads - observations.score(*other, row)?)
                };
                let units = self.space.units(self.states.len(), difference);
                ConfidenceSequence::of(-1.0, 1.0, units).log_capital_above(0.0) >= far
            })
    }

    /// Variants of which more answers were cut than few rows show by chance leave.
    fn drop_cut(&mut self, observations: &Observations) {
        let (cut, rest): (Vec<u32>, Vec<u32>) =
            (self.alive.iter()).partition(|v| observations.is_surely_cut(**v));
        for v in cut {
            self.eliminate(v, EliminationCause::CutAnswers, observations);
        }
        self.alive = rest;
    }

    /// Of variants that scored the same wherever others differ, the one that stands first stays.
    fn drop_same(&mut self, ranked: &mut Vec<u32>, observations: &Observations) {
        let mut rows: Vec<u32> = self.shared_rows().collect();
        rows.retain(|row| {
            let mut scores = (self.alive.iter()).filter_map(|v| observations.score(*v, *row));
            let first = scores.next();
            first.is_some_and(|first| scores.any(|score| !is_same(first, score)))
        });
        if rows.len() < SAME_ROWS {
            return;
        }
        let is_twin = |a: u32, b: u32| {
            let mut pairs = rows
                .iter()
                .map(|row| (observations.score(a, *row), observations.score(b, *row)));
            pairs.all(|pair| matches!(pair, (Some(a), Some(b)) if is_same(a, b)))
        };
        let mut kept: Vec<u32> = Vec::new();
        for v in ranked.drain(..) {
            if kept.iter().any(|other| is_twin(*other, v)) {
                self.eliminate(v, EliminationCause::SameScores, observations);
            } else {
                kept.push(v);
            }
        }
        *ranked = kept;
    }

    /// The better two thirds stay.
    fn end_round(&mut self, mut ranked: Vec<u32>, observations: &Observations) {
        self.drop_same(&mut ranked, observations);
        for v in ranked.split_off(self.stay.min(ranked.len())) {
            let cause = match observations.is_cut(v) {
                true => EliminationCause::CutAnswers,
                false => EliminationCause::Score,
            };
            self.eliminate(v, cause, observations);
        }
        ranked.sort_unstable();
        self.alive = ranked;
        self.round += 1;
        self.stay = stay(self.alive.len());
        self.round_left = self.left / rounds(self.alive.len()).max(1);
    }

    fn eliminate(&mut self, variant: u32, cause: EliminationCause, observations: &Observations) {
        self.eliminated[variant as usize] = Some(Elimination {
            round: self.round,
            rows: observations.rows_of(variant),
            cause,
        });
    }

    fn spend(&mut self, pairs: usize) {
        self.left = self.left.saturating_sub(pairs);
        self.round_left = self.round_left.saturating_sub(pairs);
    }

    /// What completes the rows that a few variants tried and differed on.
    fn complete_probed(&mut self, observations: &Observations) -> Vec<VariantRow> {
        let mut pairs = Vec::new();
        for (place, probes) in std::mem::take(&mut self.probes) {
            let row = self.space.order()[place];
            let scores: Vec<Option<f64>> =
                probes.iter().map(|v| observations.score(*v, row)).collect();
            let agree = match scores.first() {
                Some(Some(first)) => {
                    (scores.iter()).all(|score| score.is_some_and(|score| is_same(*first, score)))
                }
                _ => false,
            };
            self.states[place] = match agree {
                true => RowState::Skipped,
                false => RowState::Completed,
            };
            if !agree {
                let others = self.alive.iter().filter(|v| !probes.contains(v));
                pairs.extend(others.map(|v| VariantRow { variant: *v, row }));
            }
        }
        self.spend(pairs.len());
        pairs
    }

    /// New rows of the round: the pairs to buy first.
    fn begin_rows(&mut self, observations: &Observations) -> Vec<VariantRow> {
        let alive = self.alive.len();
        let fresh = self.space.rows - self.states.len();
        let affordable = self.left / alive;
        let screening = match affordable < fresh {
            true => Screening::choose(alive, &self.shared_scores(observations)),
            false => Screening::none(alive),
        };
        let batch = BATCH.div_ceil(screening.probes).max(self.states.len() / 4);
        let in_round = (self.round_left as f64 / screening.cost).ceil() as usize;
        let rows = batch.min(in_round).min(affordable).min(fresh);
        let mut pairs = Vec::new();
        for place in self.states.len()..self.states.len() + rows {
            let row = self.space.order()[place];
            let mut first = self.alive.clone();
            if screening.probes < alive {
                let seed = mix(self.space.seed ^ mix(u64::from(row)));
                shuffle(&mut first, &mut Stream::seed_from_u64(seed));
                first.truncate(screening.probes);
                self.states.push(RowState::Probed);
                self.probes.push((place, first.clone()));
            } else {
                self.states.push(RowState::Whole);
            }
            pairs.extend(first.into_iter().map(|variant| VariantRow { variant, row }));
        }
        if fresh == 0 {
            pairs = self.complete_skipped(observations, affordable.min(in_round));
        }
        self.spend(pairs.len());
        pairs
    }

    /// Rows that were skipped, once no others are left.
    fn complete_skipped(&mut self, observations: &Observations, rows: usize) -> Vec<VariantRow> {
        let mut pairs = Vec::new();
        let mut begun = 0;
        for (state, row) in self.states.iter_mut().zip(self.space.order()) {
            if *state == RowState::Skipped && begun < rows {
                *state = RowState::Completed;
                let open = (self.alive.iter()).filter(|v| observations.score(**v, *row).is_none());
                let before = pairs.len();
                pairs.extend(open.map(|v| VariantRow {
                    variant: *v,
                    row: *row,
                }));
                begun += usize::from(pairs.len() > before);
            }
        }
        pairs
    }

    /// Mean score of a variant over the rows that were begun; where those that tried a row scored the same, it counts as
    /// scoring that too.
    fn score(&self, variant: u32, observations: &Observations) -> Option<f64> {
        let scores = self.states.iter().zip(self.space.order());
        let scores = scores.filter_map(|(state, row)| {
            let own = observations.score(variant, *row);
            let others = || {
                let skipped = *state == RowState::Skipped;
                let mut all = 0..if skipped {
                    self.space.variants as u32
                } else {
                    0
                };
                all.find_map(|v| observations.score(v, *row))
            };
            own.or_else(others)
        });
        let (sum, n) = scores.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
        (n > 0.0).then(|| sum / n)
    }
}

/// Variants that stay of so many.
fn stay(variants: usize) -> usize {
    (variants * 2).div_ceil(3).min(variants.saturating_sub(1))
}

/// Rounds of a race of so many variants.
fn rounds(variants: usize) -> usize {
    std::iter::successors(Some(variants), |v| Some(stay(*v)))
        .take_while(|v| *v > 1)
        .count()
}

/// Rows of each variant that a race has to afford at least.
pub(super) fn least_rows(variants: usize) -> usize {
    variants.next_power_of_two().trailing_zeros().max(1) as usize
}

impl Policy for Race {
    fn next(&mut self, observations: &Observations) -> Vec<VariantRow> {
        if self.ended {
            return Vec::new();
        }
        let mut batch = self.complete_probed(observations);
        if !self.states.is_empty() {
            self.drop_cut(observations);
            batch.retain(|pair| self.alive.contains(&pair.variant));
        }
        if (1..BATCH).contains(&batch.len()) && self.round_left > 0 && self.alive.len() > 1 {
            batch.extend(self.begin_rows(observations));
        }
        while batch.is_empty() && self.alive.len() > 1 && !self.decided {
            let ranked = self.ranked(observations);
            self.decided = self.is_decided(&ranked, observations);
            if self.decided {
                break;
            }
            if self.round_left > 0 {
                batch = self.begin_rows(observations);
            }
            if batch.is_empty() {
                // Nothing is left to learn, or nothing to learn it with.
                if self.left >= self.alive.len() {
                    let is_open = |state: &RowState| *state == RowState::Skipped;
                    let all = self.states.len() == self.space.rows;
                    if all && !self.states.iter().any(is_open) {
                        break;
                    }
                }
                self.end_round(ranked, observations);
            }
        }
        self.ended = batch.is_empty();
        batch
    }

    fn conclude(&self, observations: &Observations) -> PolicyConclusion {
        let mut alive = self.ranked(observations);
        alive.retain(|v| !observations.is_cut(*v));
        let leader = alive.first().copied();
        let leader = leader.filter(|v| observations.rows_of(*v) > 0);
        let all = 0..self.space.variants as u32;
        let skipped = self.states.iter().filter(|s| **s == RowState::Skipped);
        PolicyConclusion::Race(RaceResult {
            leader,
            score: leader.and_then(|v| self.score(v, observations)),
            decided: self.decided,
            alive,
            not_comparable: all.filter(|v| observations.is_cut(*v)).collect(),
            eliminated: self.eliminated.clone(),
            rows: self.shared_rows().count(),
            skipped: skipped.count(),
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
    fn a_third_falls_in_each_round_and_the_cap_holds() {
        let mut policy = race(8, 1_000, 480);
        let (observations, bought) = replay_policy(&mut policy, 8, 1_000, 1, &graded);
        let PolicyConclusion::Race(result) = policy.conclude(&observations) else {
            panic!()
        };
        assert_eq!((result.leader, result.rounds), (Some(7), 5));
        assert!(bought <= 480, "{bought}");
        let fell = |round| {
            let all = result.eliminated.iter().flatten();
            all.filter(|f| f.round == round).count()
        };
        // The last two are decided before their round ends.
        assert_eq!([1, 2, 3, 4, 5].map(fell), [2, 2, 1, 1, 0]);
        for v in 0..6u32 {
            let rows = result.eliminated[v as usize].map(|f| f.rows);
            assert_eq!(rows, Some(observations.rows_of(v)));
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
    fn most_rows_are_screened_where_they_tell_nothing_and_equal_variants_stay_undecided() {
        let raced = |seed: u64| {
            // Two of three rows are alike for all; on the others all variants are right equally often.
            let score = |pair: VariantRow| {
                let row = mix(seed ^ mix(u64::from(pair.row)));
                let own = mix(row ^ u64::from(pair.variant));
                let draw = if row.is_multiple_of(3) {
                    own >> 8
                } else {
                    row >> 8
                };
                Some(f64::from(u8::from(draw % 10 < 7)))
            };
            let space = TrialSpace::from_clusters(8, 300, 1, Vec::new(), &[], seed);
            let mut policy = Race::new(space, 900, 0.95);
            let (seen, bought) = replay_policy(&mut policy, 8, 300, 1, &score);
            let PolicyConclusion::Race(result) = policy.conclude(&seen) else {
                panic!()
            };
            assert!(bought <= 900, "{bought}");
            result
        };
        let all: Vec<RaceResult> = (0..400).map(raced).collect();
        let skipped: usize = all.iter().map(|r| r.skipped).sum();
        let shared: usize = all.iter().map(|r| r.rows).sum();
        assert!(skipped * 4 > shared, "{skipped} {shared}");
        // 5 % is what is promised.
        let decided = all.iter().filter(|r| r.decided).count();
        assert!(decided <= 20, "{decided}");
        // The leader is the best of several by chance, and its score is not that of the rows alone that tell variants apart.
        let scores: Vec<f64> = all.iter().filter_map(|r| r.score).collect();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        assert!((0.68..0.76).contains(&mean), "{mean}");
    }

    #[test]
    fn variants_with_the_same_scores_are_raced_once() {
        let same = |pair: VariantRow| {
            let twin = pair.variant / 2;
            Some(f64::from(u8::from(
                mix(u64::from(pair.row) << 8 | u64::from(twin)) % 10 < u64::from(twin + 5),
            )))
        };
        let mut policy = race(8, 400, 1_600);
        let (seen, _) = replay_policy(&mut policy, 8, 400, 1, &same);
        let PolicyConclusion::Race(result) = policy.conclude(&seen) else {
            panic!()
        };
        assert!(result.leader.is_some_and(|v| v >= 6), "{result:?}");
        let left = result.eliminated.iter().flatten();
        let twins = left.filter(|e| e.cause == EliminationCause::SameScores);
        assert!(twins.count() >= 1, "{result:?}");
    }

    #[test]
    fn rounds_by_hand() {
        assert_eq!([1, 2, 3, 4, 5, 32].map(rounds), [0, 1, 2, 3, 4, 9]);
        assert_eq!([1, 2, 3, 4, 5, 33].map(least_rows), [1, 1, 2, 2, 3, 6]);
    }
}
