//! Rows by the answer that they expect: what always giving one answer scores, and which answers a model leans to.
//!
//! Chance is counted within these groups: two wordings that always give opposite answers are right on every row together,
//! and know nothing.

use super::{AnswerShare, ConstantAnswer};
use crate::{
    analysis::Interval,
    outcome::{CellState, Grid},
    stats::{Z95, holm, mcnemar_exact, moments, wilson},
};
use std::collections::BTreeMap;

/// Share from which an answer counts as a majority.
const MAJORITY: f64 = 0.1;
/// With more distinct answers than this they are no labels.
const LABELS: usize = 20;

/// The label that is expected, and the one that was given.
type LabelPair = (usize, Option<usize>);

/// The expected answers of the rows, where they are a few labels.
pub(super) struct AnswerGroups {
    /// Label and number of rows, in the order of their names; empty where answers are no labels.
    labels: Vec<(String, usize)>,
    /// The label of each row.
    label_of: Vec<Option<usize>>,
}

impl AnswerGroups {
    /// From the expected answer of each row, where it has one.
    pub(super) fn new<'a>(expected: impl Iterator<Item = Option<&'a str>>) -> AnswerGroups {
        let expected: Vec<Option<&str>> = expected.collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for answer in expected.iter().flatten() {
            *counts.entry(answer).or_default() += 1;
        }
        let rows: usize = counts.values().sum();
        let most = counts.values().max().copied().unwrap_or(0);
        if counts.len() > LABELS || (most as f64) < MAJORITY * rows as f64 {
            counts.clear();
        }
        let numbers: BTreeMap<&str, usize> = counts.keys().copied().zip(0..).collect();
        AnswerGroups {
            label_of: (expected.iter())
                .map(|answer| numbers.get((*answer)?).copied())
                .collect(),
            labels: counts.into_iter().map(|(l, n)| (l.to_owned(), n)).collect(),
        }
    }

    /// The group of a row, for counting chance within groups; one group where answers are no labels.
    pub(super) fn group(&self, row: usize) -> usize {
        self.label_of
            .get(row)
            .copied()
            .flatten()
            .map_or(0, |l| l + 1)
    }

    /// One more than the largest group.
    pub(super) fn len(&self) -> usize {
        self.labels.len() + 1
    }

    /// What always giving the most frequent answer scores, and how much better the wording `best` does: `shift` is what its
    /// score loses for being chosen on these rows.
    pub(super) fn constant(&self, grid: &Grid, best: usize, shift: f64) -> Option<ConstantAnswer> {
        let (label, (answer, n)) = self.labels.iter().enumerate().max_by(|a, b| {
            // Of equally frequent ones the first.
            (a.1.1, b.0).cmp(&(b.1.1, a.0))
        })?;
        let rows: usize = self.labels.iter().map(|(_, n)| n).sum();
        let (low, high) = wilson(*n as f64, rows as f64);
        let share = *n as f64 / rows as f64;
        let differences: Vec<f64> = (0..self.label_of.len())
            .filter_map(|row| {
                let constant = f64::from(u8::from(self.label_of[row]? == label));
                Some(grid.summary(best, row).mean()? - constant)
            })
            .collect();
        let (mean, variance) = moments(&differences)?;
        let half = Z95 * (variance / differences.len() as f64).sqrt();
        Some(ConstantAnswer {
            answer: answer.clone(),
            score: Interval {
                value: share,
                low,
                high,
            },
            gain: Interval {
                value: mean + shift,
                low: mean + shift - half,
                high: mean + shift + half,
            },
        })
    }

    /// How often a variant gives each label, and how often it should.
    pub(super) fn shares(&self, grid: &Grid, variant: usize) -> Vec<AnswerShare> {
        let mut pairs: Vec<LabelPair> = Vec::new();
        for (row, label) in self.label_of.iter().enumerate() {
            for sample in 0..grid.samples() {
                let cell = grid.cell(variant, row, sample);
                if let (CellState::Scored, Some(expected), Some(answer)) =
                    (cell.state, *label, cell.answer)
                {
                    // A right answer is the expected one, by whatever name it was read.
                    let given = match cell.score {
                        Some(1.0) => Some(expected),
                        _ => grid.read_answer(answer).and_then(|text| self.number(text)),
                    };
                    pairs.push((expected, given));
                }
            }
        }
        let (n, samples) = (pairs.len() as f64, grid.samples() as u64);
        if self.labels.len() < 2 || pairs.is_empty() {
            return Vec::new();
        }
        let count =
            |which: &dyn Fn(&LabelPair) -> bool| pairs.iter().filter(|pair| which(pair)).count();
        let p: Vec<f64> = (0..self.labels.len())
            .map(|l| {
                let more = count(&|(e, g)| *e != l && *g == Some(l)) as u64;
                let less = count(&|(e, g)| *e == l && *g != Some(l)) as u64;
                // Samples of one row are not independent.
                mcnemar_exact(more / samples, less / samples)
            })
            .collect();
        let shares = self.labels.iter().zip(holm(&p)).enumerate();
        shares
            .map(|(l, ((answer, _), p))| AnswerShare {
                answer: answer.clone(),
                given: count(&|(_, g)| *g == Some(l)) as f64 / n,
                expected: count(&|(e, _)| *e == l) as f64 / n,
                p,
            })
            .collect()
    }

    fn number(&self, text: &str) -> Option<usize> {
        let exact = self.labels.iter().position(|(label, _)| label == text);
        exact.or_else(|| {
            let same = |label: &str| label.eq_ignore_ascii_case(text);
            self.labels.iter().position(|(label, _)| same(label))
        })
    }
}
