//! One model's part of a run: its grid, its findings, and which of its wordings is the best.

use crate::{
    analysis::{Analysis, Interval},
    outcome::Grid,
};

/// One model's part of a run.
#[derive(Debug)]
pub struct ModelFigures<'a> {
    /// `endpoint/model`.
    pub model: String,
    pub tuned: bool,
    pub grid: &'a Grid,
    pub analysis: &'a Analysis,
}

impl ModelFigures<'_> {
    pub(super) fn best(&self) -> Option<usize> {
        self.analysis.best.as_ref().map(|b| b.variant).or_else(|| {
            let first = *self.analysis.ranked().first()?;
            self.analysis.variants[first].score.map(|_| first)
        })
    }

    /// What the score of the best wording loses where it is not chosen and measured on the same rows.
    pub(super) fn held_out_shift(&self) -> Option<f64> {
        let own = self.analysis.variants[self.best()?].score?;
        let best = self.analysis.best.as_ref();
        Some(best.map_or(0.0, |b| b.held_out - own.value))
    }

    /// The score to expect of the best wording; with one wording, its score.
    pub(super) fn held_out(&self) -> Option<Interval> {
        let (own, shift) = (
            self.analysis.variants[self.best()?].score?,
            self.held_out_shift()?,
        );
        Some(Interval {
            value: own.value + shift,
            low: (own.low + shift).max(0.0),
            high: (own.high + shift).min(1.0),
        })
    }

    /// The wording with the shortest prompts, of those that can be compared.
    pub(super) fn shortest(&self) -> Option<usize> {
        let variants = &self.analysis.variants;
        (self.analysis.comparable())
            .filter(|v| variants[*v].prompt_tokens > 0.0)
            .min_by(|a, b| {
                variants[*a]
                    .prompt_tokens
                    .total_cmp(&variants[*b].prompt_tokens)
            })
    }
}
