//! Rows by the answer that they expect: what always giving one answer scores, and which answers a model leans to.
//!
//! Chance is counted within these groups: two wordings that always give opposite answers are right on every row together,
//! and know nothing.

use super::{AnswerShare, ConstantAnswer};
use crate::{
    analysis::Interval,
    outcome::{CellState, Grid},
    stats::{Z95, holm, mcnemar_exact, wilson},
};
use std::collections::BTreeMap;

/// Share from which an answer counts as a majority.
const MAJORITY: f64 = 0.1;
/// With more distinct answers than this they are no labels.
const LABELS: usize = 20;

/// The expected answers of the rows, where they are a few labels.
pub(super) struct AnswerGroups {
    /// Label and number of rows, in the order of their names; empty where answers are no labels.
    labels: Vec<(String, usize)>,
    /// The number of each row's label, from 1; 0 where it has none.
    group_of: Vec<u8>,
}

impl AnswerGroups {
    /// From the expected answer of each row, where it has one.
    pub(super) fn new<'a>(expected: impl Iterator<Item = Option<&'a str>> + Clone) -> AnswerGroups {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for answer in expected.clone().flatten() {
            *counts.entry(answer).or_default() += 1;
        }
        let rows: usize = counts.values().sum();
        let most = counts.values().max().copied().unwrap_or(0);
        if counts.len() > LABELS || (most as f64) < MAJORITY * rows as f64 {
            counts.clear();
        }
        let numbers: BTreeMap<&str, u8> = counts.keys().copied().zip(1..).collect();
        let group = |answer: Option<&str>| numbers.get(answer?).copied();
        AnswerGroups {
            group_of: expected.map(|answer| group(answer).unwrap_or(0)).collect(),
            labels: counts.into_iter().map(|(l, n)| (l.to_owned(), n)).collect(),
        }
    }

    /// The group of a row, for counting chance within groups; one group where answers are no labels.
    pub(super) fn group(&self, row: usize) -> usize {
        self.group_of.get(row).copied().map_or(0, usize::from)
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
        let (mut scored, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for row in (0..self.group_of.len()).filter(|row| self.group(*row) > 0) {
            if let Some(score) = grid.summary(best, row).mean() {
                let difference = score - f64::from(u8::from(self.group(row) == label + 1));
                scored += 1.0;
                sum += difference;
                squares += difference * difference;
            }
        }
        if scored < 2.0 {
            return None;
        }
        let mean = sum / scored;
        let variance = (squares - sum * mean) / (scored - 1.0);
        let half = Z95 * (variance.max(0.0) / scored).sqrt();
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
        let labels = self.labels.len();
        if labels < 2 {
            return Vec::new();
        }
        // Expected label × label given, the last column for any other answer.
        let mut counts = vec![vec![0usize; labels + 1]; labels];
        for row in (0..self.group_of.len()).filter(|row| self.group(*row) > 0) {
            let expected = self.group(row) - 1;
            for sample in 0..grid.samples() {
                let cell = grid.cell(variant, row, sample);
                if let (CellState::Scored, Some(answer)) = (cell.state, cell.answer) {
                    // A right answer is the expected one, by whatever name it was read.
                    let given = match cell.score {
                        Some(1.0) => Some(expected),
                        _ => grid.read_answer(answer).and_then(|text| self.number(text)),
                    };
                    counts[expected][given.unwrap_or(labels)] += 1;
                }
            }
        }
        let expected = |l: usize| counts[l].iter().sum::<usize>();
        let given = |l: usize| counts.iter().map(|row| row[l]).sum::<usize>();
        let all: usize = (0..labels).map(expected).sum();
        if all == 0 {
            return Vec::new();
        }
        let p: Vec<f64> = (0..labels)
            .map(|l| {
                let right = counts[l][l];
                // Samples of one row are not independent.
                let rows = |n: usize| (n / grid.samples()) as u64;
                mcnemar_exact(rows(given(l) - right), rows(expected(l) - right))
            })
            .collect();
        let share = |n: usize| n as f64 / all as f64;
        let found = self.labels.iter().zip(holm(&p)).enumerate();
        found
            .map(|(l, ((answer, _), p))| AnswerShare {
                answer: answer.clone(),
                given: share(given(l)),
                expected: share(expected(l)),
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
