//! Which pair of answers a person compares next.
//!
//! Pairs whose verdict the judge predicts worst come more often. Each pair's chance is known, so that the ratings stay a fair
//! sample once weighted.

use crate::stats::mix;
use rand::{Rng, RngExt};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};

/// How much more often a pair may come than another.
const MAX_RATIO: f64 = 3.0;
/// The most that one rating counts of a plain one.
const MAX_WEIGHT: f64 = 2.0;
/// Ratings' worth of trust that the judge errs alike everywhere.
const PRIOR_RATINGS: f64 = 8.0;
/// Share of turns on which a pair comes again, once there are pairs to repeat.
const REPEATS: f64 = 0.1;
/// Ratings between a pair and its repeat.
const REPEAT_DISTANCE: usize = 8;

/// What the judge says of a pair, as far as chances depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairStratum {
    /// No judge.
    All,
    /// The second wording's answer is clearly better.
    Second,
    /// Neither is clearly better.
    Unsure,
    First,
}

impl PairStratum {
    /// From the difference of the judge's scores, in [−1, 1].
    pub fn of_prediction(predicted: Option<f64>) -> PairStratum {
        match predicted {
            None => PairStratum::All,
            Some(f) if f > 1.0 / 3.0 => PairStratum::First,
            Some(f) if f < -1.0 / 3.0 => PairStratum::Second,
            Some(_) => PairStratum::Unsure,
        }
    }
}

/// How a pair came to be chosen, so that estimates can weight it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairSelection {
    pub stratum: PairStratum,
    /// Pairs that could ever be chosen in the stratum, and in all.
    pub stratum_pairs: u32,
    pub pairs: u32,
    /// The stratum's share of all pairs over its chance in this draw.
    pub weight: f64,
}

/// A turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairTurn {
    /// Place in the list of pairs.
    pub pair: usize,
    /// Whether the second wording's answer is on the left.
    pub is_swapped: bool,
    /// `None` for a pair that comes again.
    pub chosen: Option<PairSelection>,
}

/// The pairs of two wordings that differ.
#[derive(Debug, Clone, PartialEq)]
pub struct PairQueue {
    predictions: Vec<Option<f64>>,
    strata: Vec<Stratum>,
    is_rated: Vec<bool>,
    /// Pairs that nobody rated.
    open: usize,
    /// Pairs that this person rated, oldest first, and whether they came again.
    own: Vec<(usize, bool)>,
    seed: u64,
    is_random: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Stratum {
    kind: PairStratum,
    /// In random order.
    pairs: Vec<usize>,
    /// Those of them that nobody rated.
    open: usize,
    /// Squared errors of the judge, and how many.
    errors: (f64, f64),
}

/// What a rating changed in the queue, to withdraw it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueStep {
    pair: usize,
    change: QueueChange,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum QueueChange {
    /// The pair was rated for the first time, in a stratum with these errors before.
    Rated {
        is_own: bool,
        errors: (f64, f64),
    },
    /// It came again, at this place among the person's own.
    Repeated(usize),
    Nothing,
}

impl QueueStep {
    /// Whether the pair was not rated before.
    pub fn is_first(&self) -> bool {
        matches!(self.change, QueueChange::Rated { .. })
    }
}

impl PairQueue {
    /// `rows`: of each pair; the same rows come in the same order, whatever the pairs are. `predictions`: for each pair, how far the
    /// judge prefers the first, in [−1, 1]. `is_random`: every pair has the same chance.
    pub fn new(
        rows: &[usize],
        predictions: Vec<Option<f64>>,
        seed: u64,
        is_random: bool,
    ) -> PairQueue {
        let mut strata: Vec<Stratum> = Vec::new();
        let mut order: Vec<usize> = (0..predictions.len()).collect();
        order.sort_by_key(|pair| (mix(seed ^ mix(rows[*pair] as u64 + 1)), *pair));
        for pair in order {
            let kind = match is_random {
                true => PairStratum::All,
                false => PairStratum::of_prediction(predictions[pair]),
            };
            match strata.iter_mut().find(|stratum| stratum.kind == kind) {
                Some(stratum) => {
                    stratum.pairs.push(pair);
                    stratum.open += 1;
                }
                None => strata.push(Stratum {
                    kind,
                    pairs: vec![pair],
                    open: 1,
                    errors: (0.0, 0.0),
                }),
            }
        }
        strata.sort_by_key(|stratum| stratum.kind);
        PairQueue {
            is_rated: vec![false; predictions.len()],
            open: predictions.len(),
            predictions,
            strata,
            own: Vec::new(),
            seed,
            is_random,
        }
    }

    /// Pairs that nobody rated.
    pub fn remaining(&self) -> usize {
        self.open
    }

    /// A pair was rated: `value` is 1 where the first is better, −1 where the second is, 0 for ties. `is_own`: by this person.
    pub fn rate(&mut self, pair: usize, value: f64, is_own: bool) -> QueueStep {
        let step = |change| QueueStep { pair, change };
        if self.is_rated[pair] {
            let own = self.own.iter().position(|own| is_own && own.0 == pair);
            return match own {
                Some(at) if !self.own[at].1 => {
                    self.own[at].1 = true;
                    step(QueueChange::Repeated(at))
                }
                _ => step(QueueChange::Nothing),
            };
        }
        self.is_rated[pair] = true;
        self.open -= 1;
        if is_own {
            self.own.push((pair, false));
        }
        let error = value - self.predictions[pair].unwrap_or(0.0);
        let mut errors = (0.0, 0.0);
        if let Some(stratum) = self.stratum_of(pair) {
            errors = stratum.errors;
            stratum.errors = (errors.0 + error * error, errors.1 + 1.0);
            stratum.open -= 1;
        }
        step(QueueChange::Rated { is_own, errors })
    }

    /// Withdraw the newest rating.
    pub fn withdraw(&mut self, step: QueueStep) {
        match step.change {
            QueueChange::Nothing => {}
            QueueChange::Repeated(at) => self.own[at].1 = false,
            QueueChange::Rated { is_own, errors } => {
                self.is_rated[step.pair] = false;
                self.open += 1;
                if is_own {
                    self.own.pop();
                }
                if let Some(stratum) = self.stratum_of(step.pair) {
                    stratum.errors = errors;
                    stratum.open += 1;
                }
            }
        }
    }

    pub fn is_rated(&self, pair: usize) -> bool {
        self.is_rated[pair]
    }

    /// The stratum of a pair, and how many pairs it has.
    pub fn stratum(&self, pair: usize) -> (PairStratum, usize) {
        let kind = self.kind(pair);
        let found = self.strata.iter().find(|stratum| stratum.kind == kind);
        (kind, found.map_or(0, |stratum| stratum.pairs.len()))
    }

    fn kind(&self, pair: usize) -> PairStratum {
        match self.is_random {
            true => PairStratum::All,
            false => PairStratum::of_prediction(self.predictions[pair]),
        }
    }

    fn stratum_of(&mut self, pair: usize) -> Option<&mut Stratum> {
        let kind = self.kind(pair);
        self.strata.iter_mut().find(|stratum| stratum.kind == kind)
    }

    /// The pair whose turn it is, after so many ratings of the person.
    pub fn next(&self, decisions: u64) -> Option<PairTurn> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(decisions + 1);
        let is_swapped = rng.random::<f64>() < 0.5;
        if let Some(pair) = self.repeat(&mut rng) {
            return Some(PairTurn {
                pair,
                is_swapped,
                chosen: None,
            });
        }
        let chances = self.chances();
        let at = drawn(&chances, rng.random::<f64>())?;
        let stratum = &self.strata[at];
        let pair = (stratum.pairs.iter()).find(|pair| !self.is_rated[**pair])?;
        Some(PairTurn {
            pair: *pair,
            is_swapped,
            chosen: Some(PairSelection {
                stratum: stratum.kind,
                stratum_pairs: stratum.pairs.len() as u32,
                pairs: self.predictions.len() as u32,
                weight: self.share(stratum) / chances[at],
            }),
        })
    }

    fn repeat(&self, rng: &mut impl Rng) -> Option<usize> {
        let old = self.own.len().checked_sub(REPEAT_DISTANCE)?;
        let open = self.own.iter().take(old).find(|own| !own.1)?;
        (rng.random::<f64>() < REPEATS && self.open > 0).then_some(open.0)
    }

    /// The chance of each stratum: by how many pairs it has, times how far the judge errs there (Neyman 1934).
    fn chances(&self) -> Vec<f64> {
        let (errors, ratings) = (self.strata.iter()).fold((0.0, 0.0), |sum, stratum| {
            (sum.0 + stratum.errors.0, sum.1 + stratum.errors.1)
        });
        let overall = (errors + PRIOR_RATINGS) / (ratings + PRIOR_RATINGS);
        let spread = |stratum: &Stratum| {
            let (errors, ratings) = stratum.errors;
            let error = (errors + PRIOR_RATINGS * overall) / (ratings + PRIOR_RATINGS);
            (error / overall)
                .sqrt()
                .clamp(MAX_RATIO.sqrt().recip(), MAX_RATIO.sqrt())
        };
        let sizes = self.strata.iter().map(|stratum| match stratum.open {
            0 => 0.0,
            _ => self.share(stratum) * spread(stratum),
        });
        let sizes: Vec<f64> = sizes.collect();
        let total: f64 = sizes.iter().sum();
        // A part by its share of the pairs, so that no rating counts too much.
        let by_share = 1.0 / MAX_WEIGHT;
        let chances = self
            .strata
            .iter()
            .zip(&sizes)
            .map(|(stratum, size)| match *size > 0.0 {
                true => by_share * self.share(stratum) + (1.0 - by_share) * size / total,
                false => 0.0,
            });
        let chances: Vec<f64> = chances.collect();
        let total: f64 = chances.iter().sum();
        chances.iter().map(|chance| chance / total).collect()
    }

    fn share(&self, stratum: &Stratum) -> f64 {
        stratum.pairs.len() as f64 / self.predictions.len() as f64
    }

    /// The largest weight that the next rating can have; `None` where a stratum is used up: from then on no draw says anything
    /// about it, and the test can look no further.
    pub fn max_weight(&self) -> Option<f64> {
        if self.strata.iter().any(|stratum| stratum.open == 0) {
            return None;
        }
        let weights = self.strata.iter().zip(self.chances());
        let weights = weights.map(|(stratum, chance)| self.share(stratum) / chance);
        Some(weights.fold(0.0, f64::max))
    }
}

/// The place that a number in [0, 1) falls on.
fn drawn(chances: &[f64], mut at: f64) -> Option<usize> {
    for (place, chance) in chances.iter().enumerate() {
        if at < *chance {
            return Some(place);
        }
        at -= chance;
    }
    chances.iter().rposition(|chance| *chance > 0.0)
}
