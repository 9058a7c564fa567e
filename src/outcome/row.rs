//! A row over all variants: flipping, fragile, always wrong.

use super::Grid;
use crate::stats::{mean_pair_difference, pair_differences};
use serde::Serialize;

/// A row is fragile when its fragility is above this: two variants picked at random differ by more than a quarter of the
/// scale.
pub const FRAGILE_FROM: f64 = 0.25;

/// What is known of a row over the variants that have a score anywhere in the grid and can be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowProfile {
    /// Variants with a score on this row.
    pub scored_variants: usize,
    /// Variants under which the row is correct.
    pub correct_variants: usize,
    /// Samples at or above the threshold, over all variants.
    pub correct_samples: usize,
    /// Samples with a score, over all variants.
    pub scored_samples: usize,
    /// Mean absolute difference of the scores of two variants (PSS, Zhuo et al. 2024); `None` below two variants.
    pub sensitivity: Option<f64>,
    /// The same at single samples, less what repeats alone give; `None` below two samples.
    pub excess: Option<f64>,
    /// Every variant has a score on this row.
    pub complete: bool,
}

impl RowProfile {
    /// Correct under one variant and not under another.
    pub fn is_flipping(&self) -> bool {
        self.correct_variants > 0 && self.correct_variants < self.scored_variants
    }

    /// Every variant has a score, and none is correct: about the task or its label, not about the wording.
    pub fn is_always_wrong(&self) -> bool {
        self.complete && self.scored_variants > 0 && self.correct_variants == 0
    }

    /// Excess PSS with several samples, else PSS.
    pub fn fragility(&self) -> f64 {
        self.excess.or(self.sensitivity).unwrap_or(0.0)
    }

    /// Whether the fragility is above [`FRAGILE_FROM`].
    pub fn is_fragile(&self) -> bool {
        self.fragility() > FRAGILE_FROM
    }
}

/// How many rows are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RowCounts {
    pub rows: usize,
    /// Rows with a score under some variant.
    pub scored: usize,
    /// Rows that are correct under some variant.
    pub ever_correct: usize,
    pub flipping: usize,
    pub fragile: usize,
    pub always_wrong: usize,
}

impl FromIterator<RowProfile> for RowCounts {
    fn from_iter<I: IntoIterator<Item = RowProfile>>(rows: I) -> RowCounts {
        let mut counts = RowCounts::default();
        for row in rows {
            counts.rows += 1;
            counts.scored += usize::from(row.scored_variants > 0);
            counts.ever_correct += usize::from(row.correct_variants > 0);
            counts.flipping += usize::from(row.is_flipping());
            counts.fragile += usize::from(row.is_fragile());
            counts.always_wrong += usize::from(row.is_always_wrong());
        }
        counts
    }
}

/// Look at one row under all variants that can be compared.
pub fn row_profile(grid: &Grid, row: usize) -> RowProfile {
    let mut profile = RowProfile {
        complete: true,
        ..RowProfile::default()
    };
    let mut cells: Vec<Vec<f64>> = Vec::with_capacity(grid.variants());
    for v in grid.comparable() {
        let summary = grid.summary(v, row);
        if summary.scored() == 0 {
            profile.complete = false;
            continue;
        }
        profile.scored_variants += 1;
        profile.correct_variants += usize::from(summary.is_correct());
        profile.scored_samples += summary.scored();
        profile.correct_samples += summary.correct;
        cells.push(
            (0..grid.samples())
                .filter_map(|s| grid.score(v, row, s))
                .collect(),
        );
    }
    if cells.len() > 1 {
        let mean = |scores: &Vec<f64>| scores.iter().sum::<f64>() / scores.len() as f64;
        let mut means: Vec<f64> = cells.iter().map(mean).collect();
        profile.sensitivity = Some(mean_pair_difference(&mut means));
    }
    if grid.samples() > 1 {
        profile.excess = pair_differences(&cells).map(|(between, within)| between - within);
    }
    profile
}
