//! What answers tell that nothing was compared with, and how many labels would tell more.

use super::ModelFigures;
use crate::{
    analysis::VariantFinding,
    model::Variant,
    outcome::Grid,
    stats::{Z95, units_needed},
};
use serde::Serialize;

/// Two wordings, and how often they answer differently.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct WordingsApart {
    pub wordings: (String, String),
    /// Share of the rows that both answered to which they give different answers.
    pub differ: f64,
}

/// A run with answers, of which none has a score.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct UnscoredRun {
    /// `endpoint/model`.
    pub model: String,
    pub rows: usize,
    /// Wordings with answers.
    pub wordings: usize,
    /// Share of the answers in which nothing could be read.
    pub unreadable: f64,
    /// Share of pairs of answers of different wordings to a row that are the same; `None` where no answers are read.
    pub agreement: Option<f64>,
    /// Those that differ most.
    pub apart: Option<WordingsApart>,
}

impl UnscoredRun {
    /// That of the first model with such answers.
    pub(super) fn find(parts: &[&ModelFigures<'_>], variants: &[Variant]) -> Option<UnscoredRun> {
        let part = parts.iter().find(|part| part.analysis.is_unscored())?;
        let answering: Vec<usize> = part.grid.answering().collect();
        let name = |v: usize| variants.get(v).map_or(String::new(), |v| v.name.clone());
        let pairs = (answering.iter().enumerate())
            .flat_map(|(at, a)| answering[at + 1..].iter().map(|b| (*a, *b)));
        let apart = pairs.filter_map(|(a, b)| Some((a, b, differ(part.grid, a, b)?)));
        let furthest = apart.reduce(|most, next| if next.2 > most.2 { next } else { most });
        Some(UnscoredRun {
            model: part.model.clone(),
            rows: part.grid.rows(),
            wordings: answering.len(),
            unreadable: {
                let sum = |count: fn(&VariantFinding) -> usize| -> f64 {
                    part.analysis.variants.iter().map(count).sum::<usize>() as f64
                };
                sum(|f| f.unreadable) / sum(|f| f.unscored).max(1.0)
            },
            agreement: part.analysis.agreement.as_ref().map(|a| a.raw),
            apart: furthest.map(|(a, b, differ)| WordingsApart {
                wordings: (name(a), name(b)),
                differ,
            }),
        })
    }
}

impl WordingsApart {
    /// Rows that find a true difference of their scores, as a share, with 80 % power at a two-sided 5 %, and how many of these
    /// need a label: two scores differ at most where the answers do, so that share bounds the variance of a row's difference.
    pub fn rows_and_labels(&self, difference: f64) -> (usize, usize) {
        let rows = units_needed(self.differ, difference, 0.05).ceil();
        (rows as usize, (rows * self.differ).ceil() as usize)
    }
}

/// Labels that tell a score to ± `half_width`, as a share, at 95 %, whatever it is.
pub fn labels_for_score(half_width: f64) -> usize {
    (0.25 * (Z95 / half_width).powi(2)).ceil() as usize
}

/// The share of rows to which two variants give different answers, of those that both answered.
fn differ(grid: &Grid, a: usize, b: usize) -> Option<f64> {
    let answers = |row: usize| Some((grid.cell(a, row, 0).answer?, grid.cell(b, row, 0).answer?));
    let known: Vec<_> = (0..grid.rows()).filter_map(answers).collect();
    let different = known.iter().filter(|(a, b)| a != b).count();
    (!known.is_empty()).then(|| different as f64 / known.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_by_hand() {
        assert_eq!([0.05, 0.1].map(labels_for_score), [385, 97]);
        let apart = WordingsApart {
            wordings: ("a".into(), "b".into()),
            differ: 0.12,
        };
        // 0.12 · (1.960 + 0.842)² / 0.05² = 376.8
        assert_eq!(apart.rows_and_labels(0.05), (377, 46));
    }
}
