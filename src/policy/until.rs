//! Rows in random order, in growing batches, until a condition holds. Its intervals and verdicts are valid however often one
//! looks (confidence sequences by betting, Waudby-Smith and Ramdas 2024). A condition that compares variants does not hold
//! while too many answers of one of them were cut.

use super::{
    Band, Condition, MARGIN, Observations, Policy, PolicyConclusion, SequentialVerdict, TrialSpace,
    UntilResult, VariantRow,
};
use crate::stats::ConfidenceSequence;

/// Pairs of the first batch, at least, and of each that follows: smaller ones keep an endpoint waiting.
const BATCH: usize = 32;
/// More times the rows seen than this are not worth a forecast.
const MOST_ROWS_NEEDED: f64 = 1_000.0;

/// A run that ends when a condition holds.
#[derive(Debug)]
pub(super) struct Until {
    space: TrialSpace,
    condition: Condition,
    level: f64,
    /// Differences within it count as none.
    margin: f64,
    variants: Vec<u32>,
    /// Rows that each variant was tried on: the first of the order.
    rows: usize,
}

impl Until {
    /// Until this holds at this level.
    pub(super) fn new(space: TrialSpace, condition: Condition, level: f64) -> Until {
        Until {
            variants: condition.variants(space.variants),
            space,
            condition,
            level,
            margin: MARGIN,
            rows: 0,
        }
    }

    /// The same with another margin within which two variants are equivalent.
    pub(super) fn with_margin(self, margin: f64) -> Until {
        Until { margin, ..self }
    }

    fn interval(&self, low: f64, alpha: f64, value: impl Fn(u32) -> Option<f64>) -> Band {
        let wagers = ConfidenceSequence::of(low, 1.0, self.space.units(self.rows, value));
        Band::new(&wagers, alpha)
    }

    /// Rows that would bring a verdict on two variants, if all were like those seen; `None` where there is one already, or so
    /// many rows would not bring it.
    fn rows_needed(&self, observations: &Observations) -> Option<usize> {
        let Condition::Verdict { new, base } = self.condition else {
            return None;
        };
        let value = |row| Some(observations.score(new, row)? - observations.score(base, row)?);
        let wagers = ConfidenceSequence::of(-1.0, 1.0, self.space.units(self.rows, value));
        let is_decided = |factor: f64| {
            let band = Band::new(&wagers.times(factor), 1.0 - self.level);
            SequentialVerdict::new(band, self.margin) != SequentialVerdict::Undecided
        };
        wagers.mean()?;
        if is_decided(1.0) || !is_decided(MOST_ROWS_NEEDED) {
            return None;
        }
        let (mut few, mut enough) = (1.0, MOST_ROWS_NEEDED);
        while enough / few > 1.02 {
            let middle = f64::sqrt(few * enough);
            match is_decided(middle) {
                true => enough = middle,
                false => few = middle,
            }
        }
        let seen = self.space.order()[..self.rows].iter();
        let seen = seen.filter(|row| value(**row).is_some()).count();
        Some((seen as f64 * enough).ceil() as usize)
    }

    fn result(&self, observations: &Observations) -> UntilResult {
        let alpha = 1.0 - self.level;
        let score = |v: u32| {
            (
                v,
                self.interval(0.0, alpha, |row| observations.score(v, row)),
            )
        };
        let difference = |new: u32, base: u32| {
            let value = |row| Some(observations.score(new, row)? - observations.score(base, row)?);
            (new, self.interval(-1.0, alpha, value))
        };
        let looked_at = self.variants.iter().copied();
        let not_comparable: Vec<u32> = looked_at.filter(|v| observations.is_cut(*v)).collect();
        let of_differences = self.condition.compares();
        if of_differences && !not_comparable.is_empty() {
            return UntilResult {
                holds: false,
                rows: self.rows,
                intervals: Vec::new(),
                of_differences,
                verdict: None,
                rows_needed: None,
                not_comparable,
            };
        }
        let (intervals, verdict, below) = match self.condition {
            Condition::Verdict { new, base } => {
                let (_, band) = difference(new, base);
                let verdict = SequentialVerdict::new(band, self.margin);
                (vec![(new, band)], Some(verdict), f64::INFINITY)
            }
            Condition::Scores { below } => (
                self.variants.iter().map(|v| score(*v)).collect(),
                None,
                below,
            ),
            Condition::Score { variant, below } => (vec![score(variant)], None, below),
            Condition::Difference { new, base, below } => {
                (vec![difference(new, base)], None, below)
            }
        };
        let narrow = intervals
            .iter()
            .all(|(_, band)| band.high - band.low < below);
        UntilResult {
            holds: self.rows > 0 && narrow && verdict != Some(SequentialVerdict::Undecided),
            rows: self.rows,
            intervals,
            of_differences,
            verdict,
            rows_needed: None,
            not_comparable,
        }
    }

    /// Whether more rows cannot make the condition hold, because it compares a variant of which too many answers were cut.
    fn is_hopeless(&self, observations: &Observations) -> bool {
        let answers = self.space.rows * self.space.samples;
        let mut looked_at = self.variants.iter();
        self.condition.compares() && looked_at.any(|v| observations.stays_cut(*v, answers))
    }
}

impl Policy for Until {
    fn next(&mut self, observations: &Observations) -> Vec<VariantRow> {
        let is_over = || self.result(observations).holds || self.is_hopeless(observations);
        if self.variants.is_empty() || (self.rows > 0 && is_over()) {
            return Vec::new();
        }
        let most = BATCH.div_ceil(self.variants.len()).max(self.rows / 8);
        let to = (self.rows + most).min(self.space.rows);
        let rows = &self.space.order()[self.rows..to];
        self.rows = to;
        let of = |variant: u32| {
            rows.iter()
                .map(move |row| VariantRow { variant, row: *row })
        };
        self.variants.iter().flat_map(|v| of(*v)).collect()
    }

    fn max_pairs(&self) -> usize {
        self.variants.len() * self.space.rows
    }

    fn conclude(&self, observations: &Observations) -> PolicyConclusion {
        let result = self.result(observations);
        let is_open = result.verdict == Some(SequentialVerdict::Undecided);
        let rows_needed = is_open.then(|| self.rows_needed(observations)).flatten();
        PolicyConclusion::Until(UntilResult {
            rows_needed,
            ..result
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        TrialAnswer,
        replay::{replay_answers, replay_policy},
    };
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    fn until(condition: Condition, seed: u64) -> Until {
        Until::new(
            TrialSpace::from_clusters(3, 600, 1, Vec::new(), &[], seed),
            condition,
            0.95,
        )
    }

    /// Rows are right with the variant's own chance, and alike for all variants on half of the rows.
    fn coins(chances: [f64; 3], seed: u64) -> impl Fn(VariantRow) -> Option<f64> {
        move |pair| {
            let draw = |salt: u64| {
                let mut rng =
                    Xoshiro256PlusPlus::seed_from_u64(seed ^ (salt << 32) ^ u64::from(pair.row));
                rng.random::<f64>()
            };
            let alike = draw(99) < 0.5;
            let unit = if alike {
                draw(7)
            } else {
                draw(u64::from(pair.variant))
            };
            Some(f64::from(u8::from(unit < chances[pair.variant as usize])))
        }
    }

    fn ended(condition: Condition, chances: [f64; 3], seed: u64) -> (UntilResult, usize) {
        let mut policy = until(condition, seed);
        let (observations, bought) = replay_policy(&mut policy, 3, 600, 1, &coins(chances, seed));
        match policy.conclude(&observations) {
            PolicyConclusion::Until(result) => (result, bought),
            _ => panic!(),
        }
    }

    #[test]
    fn identical_variants_are_rarely_told_apart() {
        let verdict = Condition::Verdict { new: 1, base: 0 };
        let mut told = [0; 2];
        for seed in 0..1_000 {
            match ended(verdict, [0.7; 3], seed).0.verdict {
                Some(SequentialVerdict::Better) => told[0] += 1,
                Some(SequentialVerdict::Worse) => told[1] += 1,
                _ => {}
            }
        }
        // 2.5 % each is what is promised; better alone may be said in 5 %.
        assert!(
            told[0] <= 25 && told[1] <= 25 && told[0] + told[1] > 0,
            "{told:?}"
        );
    }

    #[test]
    fn a_clear_difference_ends_early_and_only_those_named_are_asked() {
        let (result, bought) = ended(Condition::Verdict { new: 2, base: 0 }, [0.5, 0.5, 0.8], 4);
        assert_eq!(result.verdict, Some(SequentialVerdict::Better));
        assert!(
            result.holds && bought == 2 * result.rows && bought < 600,
            "{bought}"
        );
        let (result, _) = ended(Condition::Verdict { new: 0, base: 2 }, [0.5, 0.5, 0.8], 4);
        assert_eq!(result.verdict, Some(SequentialVerdict::Worse));
    }

    #[test]
    fn no_verdict_on_a_variant_whose_answers_are_cut_and_no_calls_for_it() {
        let cut = |pair: VariantRow| {
            Some(TrialAnswer {
                score: Some(f64::from(pair.variant)),
                truncated: pair.variant == 1 && pair.row.is_multiple_of(2),
            })
        };
        let concluded = |condition| {
            let mut policy = until(condition, 4);
            let (seen, bought) = replay_answers(&mut policy, 3, 600, 1, &cut);
            match policy.conclude(&seen) {
                PolicyConclusion::Until(result) => (result, bought),
                _ => panic!(),
            }
        };
        let (result, bought) = concluded(Condition::Verdict { new: 1, base: 0 });
        assert_eq!((result.holds, result.verdict), (false, None));
        assert_eq!((result.not_comparable, result.intervals), (vec![1], vec![]));
        // 5 % of 600 rows are 30, and half of the rows are cut: 62 or a few more show that it stays so.
        assert!((100..400).contains(&bought), "{bought}");
        let below = 0.3;
        let (result, _) = concluded(Condition::Difference {
            new: 2,
            base: 0,
            below,
        });
        assert!(result.holds && result.not_comparable.is_empty());
        // A score is known as precisely with cut answers; they are named all the same.
        let (result, _) = concluded(Condition::Score { variant: 1, below });
        assert!(result.holds);
        assert_eq!(result.not_comparable, [1]);
    }

    #[test]
    fn a_width_is_reached_or_all_rows_are_bought() {
        let (result, bought) = ended(Condition::Scores { below: 0.2 }, [0.8; 3], 4);
        assert!(result.holds && bought < 1_500);
        assert!(result.intervals.iter().all(|(_, b)| b.high - b.low < 0.2));
        let (result, bought) = ended(
            Condition::Score {
                variant: 1,
                below: 0.01,
            },
            [0.8; 3],
            4,
        );
        assert_eq!((result.holds, bought, result.rows), (false, 600, 600));
    }
}
