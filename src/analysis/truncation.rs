//! Answers that were cut at `max_tokens`, and whether a variant can be compared in spite of them: the one home of that rule.
//!
//! A cut answer is scored like any other, but its score says as much about `max_tokens` as about the wording: the answer may
//! have come later, or the label that was read may have been taken back.

use super::AnalysisSpec;
use crate::outcome::{CellState, Grid};

/// The answers of a variant that were cut at `max_tokens`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// Count the answers of a variant.
    pub fn of_variant(grid: &Grid, variant: usize, spec: &AnalysisSpec) -> Truncation {
        let mut found = Truncation {
            max_tokens: spec.max_tokens.get(variant).copied().flatten(),
            ..Truncation::default()
        };
        for row in 0..grid.rows() {
            for sample in 0..grid.samples() {
                let cell = grid.cell(variant, row, sample);
                if cell.state.is_answered() || cell.state == CellState::Unscored {
                    found.answers += 1;
                    found.truncated += usize::from(cell.truncated);
                    found.unread += usize::from(cell.state == CellState::Truncated);
                }
            }
        }
        found.is_excessive = found.truncated as f64 > spec.max_truncated * found.answers as f64;
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{Verdict, analyse},
        outcome::Cell,
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
        // The same answers, where so many may be cut.
        let spec = AnalysisSpec {
            max_truncated: 0.08,
            ..spec
        };
        let found = analyse(&grid(&[&fair, &cut, &good, &poor]), &spec);
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
