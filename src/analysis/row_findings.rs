//! What was found of every row, in columns: a figure that no row has costs nothing.

use crate::outcome::{RowCounts, RowProfile};
use std::fmt;

/// What was found of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowFinding {
    /// Entropy of the answers, as a share of the largest possible; `None` where no answers are read.
    pub entropy: Option<f64>,
    pub profile: RowProfile,
}

/// One finding per row, in the order of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct RowFindings {
    /// Variants that have a score anywhere in the grid and can be compared.
    active: u32,
    /// Of variants.
    counts: Vec<Counts>,
    /// Of samples; empty as long as every variant has one.
    samples: Vec<Counts>,
    entropy: Figures,
    sensitivity: Figures,
    excess: Figures,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Counts {
    scored: u32,
    correct: u32,
}

impl Counts {
    fn new(scored: usize, correct: usize) -> Counts {
        Counts {
            scored: scored as u32,
            correct: correct as u32,
        }
    }
}

impl RowFindings {
    pub(super) fn new(rows: usize, active: usize) -> RowFindings {
        RowFindings {
            active: active as u32,
            counts: Vec::with_capacity(rows),
            samples: Vec::new(),
            entropy: Figures::default(),
            sensitivity: Figures::default(),
            excess: Figures::default(),
        }
    }

    pub(super) fn push(&mut self, finding: &RowFinding) {
        let row = self.counts.len();
        let profile = &finding.profile;
        let variants = Counts::new(profile.scored_variants, profile.correct_variants);
        let samples = Counts::new(profile.scored_samples, profile.correct_samples);
        if samples != variants || !self.samples.is_empty() {
            self.samples
                .extend_from_slice(&self.counts[self.samples.len()..]);
            self.samples.push(samples);
        }
        self.counts.push(variants);
        self.entropy.set(row, finding.entropy);
        self.sensitivity.set(row, profile.sensitivity);
        self.excess.set(row, profile.excess);
    }

    pub fn len(&self) -> usize {
        self.counts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The finding of a row of the grid.
    pub fn get(&self, row: usize) -> Option<RowFinding> {
        let variants = self.counts.get(row)?;
        let samples = self.samples.get(row).unwrap_or(variants);
        Some(RowFinding {
            entropy: self.entropy.get(row),
            profile: RowProfile {
                scored_variants: variants.scored as usize,
                correct_variants: variants.correct as usize,
                correct_samples: samples.correct as usize,
                scored_samples: samples.scored as usize,
                sensitivity: self.sensitivity.get(row),
                excess: self.excess.get(row),
                complete: variants.scored == self.active,
            },
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = RowFinding> {
        (0..self.len()).filter_map(|row| self.get(row))
    }

    fn profiles(&self) -> impl Iterator<Item = RowProfile> {
        self.iter().map(|finding| finding.profile)
    }

    /// Rows that depend on the wording, most fragile first.
    pub fn by_fragility(&self) -> Vec<usize> {
        let fragility = |row: &usize| {
            let finding = self.get(*row);
            finding.map_or(0.0, |finding| finding.profile.fragility())
        };
        let mut rows: Vec<usize> = (0..self.len())
            .filter(|row| fragility(row) > 1e-9)
            .collect();
        rows.sort_by(|a, b| fragility(b).total_cmp(&fragility(a)));
        rows
    }

    /// Rows to which not all answers are the same, the most mixed first.
    pub fn by_entropy(&self) -> Vec<usize> {
        let entropy = |row: &usize| self.entropy.get(*row).unwrap_or(0.0);
        let mut rows: Vec<usize> = (0..self.len()).filter(|row| entropy(row) > 0.0).collect();
        rows.sort_by(|a, b| entropy(b).total_cmp(&entropy(a)));
        rows
    }

    /// Rows that no variant gets right.
    pub fn always_wrong(&self) -> Vec<usize> {
        let profiles = self.profiles().enumerate();
        profiles
            .filter_map(|(row, profile)| profile.is_always_wrong().then_some(row))
            .collect()
    }

    /// How many rows are fragile, flip, and are wrong under every variant.
    pub fn row_counts(&self) -> RowCounts {
        self.profiles().collect()
    }
}

/// A figure of every row, NaN where it has none; empty before a row has one.
#[derive(Clone, Default)]
struct Figures(Vec<f64>);

impl Figures {
    fn set(&mut self, row: usize, figure: Option<f64>) {
        if figure.is_some() || !self.0.is_empty() {
            self.0.resize(row, f64::NAN);
            self.0.push(figure.unwrap_or(f64::NAN));
        }
    }

    fn get(&self, row: usize) -> Option<f64> {
        self.0.get(row).copied().filter(|figure| !figure.is_nan())
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = 0..self.0.len();
        f.debug_list()
            .entries(rows.map(|row| self.get(row)))
            .finish()
    }
}

impl PartialEq for Figures {
    fn eq(&self, other: &Figures) -> bool {
        let rows = self.0.len().max(other.0.len());
        (0..rows).all(|row| self.get(row) == other.get(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out() {
        let finding = |row: usize| RowFinding {
            entropy: (row > 2).then_some(row as f64 / 8.0),
            profile: RowProfile {
                scored_variants: row % 3,
                correct_variants: row % 2,
                correct_samples: row,
                scored_samples: 2 * row,
                sensitivity: (row != 4).then_some(0.5),
                excess: None,
                complete: row % 3 == 2,
            },
        };
        let mut rows = RowFindings::new(8, 2);
        (0..8).for_each(|row| rows.push(&finding(row)));
        assert_eq!(rows.len(), 8);
        (0..8).for_each(|row| assert_eq!(rows.get(row), Some(finding(row))));
        assert_eq!(rows.excess.0.len(), 0);
    }
}
