//! Answers of a variant that were cut at `max_tokens`, and whether it can be compared in spite of them.
//!
//! A cut answer is scored like any other, but its score says as much about `max_tokens` as about the wording: the answer may
//! have come later, or the label that was read may have been taken back.

use super::AnalysisSpec;
use crate::outcome::Grid;
use serde::Serialize;

/// The answers of a variant that were cut at `max_tokens`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Truncation {
    /// Answers of the variant, scored or not.
    pub answers: usize,
    /// Cut ones, whatever was read in them.
    pub truncated: usize,
    /// Cut ones in which no answer was read.
    pub unread: usize,
    /// The limit, where the experiment sets one.
    pub max_tokens: Option<u64>,
    /// Whether there are too many to compare the variant with others.
    pub is_excessive: bool,
}

impl Truncation {
    pub fn of_variant(grid: &Grid, variant: usize, spec: &AnalysisSpec) -> Truncation {
        let totals = grid.totals(variant);
        Truncation {
            answers: totals.answers as usize,
            truncated: totals.truncated as usize,
            unread: totals.unread as usize,
            max_tokens: spec.max_tokens.get(variant).copied().flatten(),
            is_excessive: grid.is_cut(variant),
        }
    }

    /// The share of answers that were cut.
    pub fn share(&self) -> f64 {
        self.truncated as f64 / self.answers.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{Verdict, analyse},
        model::MaxTruncated,
        outcome::{Cell, CellState, GridRules},
    };

    /// One letter per row: right, wrong, and the same in capitals where the answer was cut; `T` where nothing was read.
    fn grid(variants: &[&str]) -> Grid {
        let mut grid = Grid::new(variants.len(), variants[0].len(), 1);
        for (v, rows) in variants.iter().enumerate() {
            for (row, letter) in rows.chars().enumerate() {
                let cell = Cell {
                    state: match letter {
                        'T' => CellState::Truncated,
                        _ => CellState::Scored,
                    },
                    score: Some(f64::from(u8::from(letter.eq_ignore_ascii_case(&'r')))),
                    answer: None,
                    truncated: letter.is_ascii_uppercase(),
                    latency_ms: 1.0,
                    prompt_tokens: 1,
                    cached_tokens: 0,
                    completion_tokens: 1,
                };
                grid.set(v, row, 0, cell);
            }
        }
        grid
    }

    #[test]
    fn a_variant_with_many_cut_answers_is_neither_compared_nor_the_best_nor_in_the_spread() {
        let (good, fair, poor) = ("r".repeat(40), "rw".repeat(20), "w".repeat(40));
        let cut = format!("RRT{}", "r".repeat(37));
        let spec = AnalysisSpec {
            max_tokens: vec![Some(8); 4],
            resamples: 500,
            ..AnalysisSpec::default()
        };
        let found = analyse(&grid(&[&fair, &cut, &good, &poor]), &spec);
        let Verdict::NotComparable {
            truncation,
            of_baseline: false,
        } = found.variants[1].verdict
        else {
            panic!("{:?}", found.variants[1].verdict);
        };
        let counts = (truncation.truncated, truncation.unread, truncation.answers);
        assert_eq!((counts, truncation.max_tokens), ((3, 1, 40), Some(8)));
        assert_eq!(found.variants[2].verdict, Verdict::Better);
        assert_eq!(found.best.as_ref().unwrap().variant, 2);
        assert_eq!(found.ranked(), [2, 0, 3, 1]);
        assert_eq!(found.variants[1].p_best, 0.0);
        assert_eq!(found.spread.as_ref().unwrap().value, 1.0);
        let without = analyse(&grid(&[&fair, &good, &poor]), &spec);
        assert_eq!(found.rows, without.rows);
        assert_eq!(found.sensitivity, without.sensitivity);
        assert_eq!(found.comparable().collect::<Vec<_>>(), [0, 2, 3]);
        // The same answers, where so many may be cut.
        let rules = GridRules {
            max_truncated: MaxTruncated::new(0.08).unwrap(),
            ..GridRules::default()
        };
        let grid = grid(&[&fair, &cut, &good, &poor]).with_rules(rules);
        let found = analyse(&grid, &spec);
        assert_eq!(found.variants[1].verdict, Verdict::Better);
    }

    #[test]
    fn nothing_is_compared_with_a_baseline_that_was_cut() {
        let cut = format!("{}{}", "T".repeat(10), "r".repeat(10));
        let other = "r".repeat(20);
        let found = analyse(&grid(&[&cut, &other]), &AnalysisSpec::default());
        assert_eq!(found.variants[0].verdict, Verdict::Baseline);
        assert!(matches!(
            found.variants[1].verdict,
            Verdict::NotComparable {
                of_baseline: true,
                ..
            }
        ));
        assert!(found.spread.is_none() && found.best.is_none());
        let spread = found.needs.iter().find(|n| n.figure == "spread");
        assert!(spread.unwrap().needs.contains("cut"));
    }
}
