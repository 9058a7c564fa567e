//! A judge: how often it agrees with itself, and whether it prefers the answer shown first.

use super::Interval;
use crate::{
    model::Opinion,
    stats::{
        Coincidences, Matrix, ResampleSpec, expanded_tail, machine_threads, percentiles,
        resample_sums, wilson,
    },
};
use std::collections::BTreeMap;

/// Findings about a judge, from its verdicts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgeFinding {
    /// Verdicts, including unreadable ones.
    pub verdicts: u64,
    /// Unreadable verdicts; they are in no score.
    pub unreadable: u64,
    /// Verdicts reused from another run, or from an equal answer to the same row.
    pub reused: u64,
    /// What the others cost in USD, where prices are known.
    pub cost_usd: Option<f64>,
    /// Share of pairs of verdicts on the same question that are the same; needs repeats.
    pub itself: Option<Interval>,
    /// Krippendorff's α of the same verdicts: agreement beyond that by chance.
    pub alpha: Option<f64>,
    /// Share of comparisons in which the same answer wins in both orders; needs comparisons.
    pub both_ways: Option<Interval>,
    /// Share of verdicts for the answer shown first, ties counted half: 0.5 for an unbiased judge.
    pub first: Option<Interval>,
}

/// A share: what counts for it and what it is a share of, row by row, as rows are what was drawn.
#[derive(Debug, Default)]
struct Share(BTreeMap<u32, (f64, f64)>);

impl Share {
    fn add(&mut self, row: u32, value: f64) {
        let sums = self.0.entry(row).or_default();
        sums.0 += value;
        sums.1 += 1.0;
    }

    /// The share over all, with a bootstrap interval over rows. Where resamples are all the same, which says nothing of what
    /// was not drawn: Wilson over rows.
    fn interval(&self, seed: u64, draws: usize) -> Option<Interval> {
        let sums: Vec<(f64, f64)> = self.0.values().copied().collect();
        let (part, all) = sums
            .iter()
            .fold((0.0, 0.0), |(a, b), (x, n)| (a + x, b + n));
        let value = (all > 0.0).then(|| part / all)?;
        let units = sums.len();
        let spread = |(x, n): &(f64, f64)| (x / n - value).abs() > 1e-12;
        let (low, high) = if sums.iter().any(spread) {
            let matrix =
                Matrix::from_fn(units, 2, |u, c| if c == 0 { sums[u].0 } else { sums[u].1 });
            let spec = ResampleSpec {
                draws,
                seed,
                threads: machine_threads(),
            };
            let mut drawn = resample_sums(&matrix, spec).map(|sums| sums[0] / sums[1]);
            percentiles(&mut drawn, expanded_tail(0.025, units))
        } else {
            wilson(value * units as f64, units as f64)
        };
        Some(Interval { value, low, high })
    }
}

/// Reads verdicts in the order of the store: those on one answer after each other.
#[derive(Debug, Default)]
pub struct JudgeTally {
    found: JudgeFinding,
    itself: Share,
    both_ways: Share,
    first: Share,
    coincidences: Coincidences,
    /// Verdicts on the answer at hand: repeat, place, value.
    open: Vec<Opinion>,
}

impl JudgeTally {
    pub fn add(&mut self, opinion: Opinion) {
        if self.open.last().is_some_and(|last| last.id != opinion.id) {
            self.close();
        }
        self.found.verdicts += 1;
        self.found.unreadable += u64::from(opinion.value.is_none());
        self.found.reused += u64::from(opinion.reused);
        if let Some(cost) = opinion.cost_usd {
            *self.found.cost_usd.get_or_insert(0.0) += cost;
        }
        self.open.push(opinion);
    }

    /// Count the verdicts on one answer.
    fn close(&mut self) {
        let all = std::mem::take(&mut self.open);
        for place in [None, Some(false), Some(true)] {
            let values: Vec<(u32, f64)> = all
                .iter()
                .filter(|o| o.second == place)
                .filter_map(|o| Some((o.id.row, o.value?)))
                .collect();
            for (i, (row, a)) in values.iter().enumerate() {
                for (_, b) in &values[i + 1..] {
                    self.itself.add(*row, f64::from(u8::from(a == b)));
                }
                if let Some(is_second) = place {
                    let a = *a;
                    self.first.add(*row, if is_second { 1.0 - a } else { a });
                }
            }
            let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
            for (_, value) in &values {
                *counts.entry(value.to_bits()).or_default() += 1;
            }
            self.coincidences
                .add(&counts.into_iter().collect::<Vec<_>>());
        }
        let second = |o: &&Opinion| o.second == Some(true);
        for a in all.iter().filter(|o| o.second == Some(false)) {
            let other = all.iter().filter(second).find(|b| b.repeat == a.repeat);
            if let (Some(x), Some(y)) = (a.value, other.and_then(|b| b.value)) {
                self.both_ways.add(a.id.row, f64::from(u8::from(x == y)));
            }
        }
    }

    pub fn finish(mut self, seed: u64, draws: usize) -> JudgeFinding {
        self.close();
        JudgeFinding {
            itself: self.itself.interval(seed, draws),
            alpha: self.coincidences.alpha(),
            both_ways: self.both_ways.interval(seed, draws),
            first: self.first.interval(seed, draws),
            ..self.found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TrialId;

    fn opinion(row: u32, repeat: u32, second: Option<bool>, value: Option<f64>) -> Opinion {
        Opinion {
            id: TrialId {
                variant: 0,
                model: 0,
                row,
                sample: 0,
            },
            metric: 0,
            repeat,
            is_rule: false,
            second,
            value,
            reason: None,
            reused: false,
            cost_usd: None,
        }
    }

    #[test]
    fn repeats_tell_how_far_a_judge_agrees_with_itself() {
        let mut tally = JudgeTally::default();
        for (row, grades) in [
            (0, [Some(1.0), Some(1.0), Some(0.5)]),
            (1, [Some(0.0), Some(0.0), None]),
            (2, [Some(1.0), Some(1.0), Some(1.0)]),
        ] {
            for (repeat, grade) in grades.into_iter().enumerate() {
                tally.add(opinion(row, repeat as u32, None, grade));
            }
        }
        let found = tally.finish(7, 2_000);
        assert_eq!((found.verdicts, found.unreadable), (9, 1));
        // Of the pairs, 1 of 3, 1 of 1 and 3 of 3 are the same.
        let itself = found.itself.unwrap();
        assert!((itself.value - 5.0 / 7.0).abs() < 1e-12, "{itself:?}");
        assert!(itself.low < itself.value && itself.value < itself.high);
        // From the coincidences by hand (Krippendorff 2011): 1 - (7 · 2) / 34.
        assert!((found.alpha.unwrap() - 10.0 / 17.0).abs() < 1e-12);
        assert!(found.both_ways.is_none() && found.first.is_none());
    }

    #[test]
    fn a_judge_that_names_the_first_always_is_found_out() {
        let mut tally = JudgeTally::default();
        for row in 0..20 {
            // Shown first it wins, shown second it loses.
            tally.add(opinion(row, 0, Some(false), Some(1.0)));
            tally.add(opinion(row, 0, Some(true), Some(0.0)));
        }
        let found = tally.finish(7, 2_000);
        let (both, first) = (found.both_ways.unwrap(), found.first.unwrap());
        assert_eq!((both.value, first.value), (0.0, 1.0));
        // Twenty rows do not prove that it never happens.
        assert!(both.high > 0.1 && first.low < 0.9);
        assert!(found.itself.is_none(), "nothing was asked twice");
    }
}
