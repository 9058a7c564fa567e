//! The effect of an axis on the answers, right or wrong: how many it changes, and which answer becomes more frequent.

use super::{
    AnswerShift, AxisAnswers, AxisLevels,
    answers::{category, frequent, text},
    table::Table,
};
use crate::{
    outcome::Grid,
    stats::{FactorEffect, ResampleSpec, sign_flip_vector},
};

/// Answers that are counted; the rest are too rare to matter.
const MOST: usize = 8;

/// Shares of the most frequent answers in every cell.
pub(super) struct AnswerShares<'a> {
    grid: &'a Grid,
    table: &'a Table,
    categories: Vec<u32>,
}

impl<'a> AnswerShares<'a> {
    pub(super) fn new(grid: &'a Grid, table: &'a Table) -> AnswerShares<'a> {
        AnswerShares {
            grid,
            table,
            categories: frequent(grid, MOST),
        }
    }

    /// The share of the samples of a cell that gave each of the answers.
    fn shares(&self, place: usize, column: usize, shares: &mut [f64]) {
        shares.fill(0.0);
        let (v, row) = (self.table.variants[column], self.table.row(place));
        let mut n = 0.0;
        for sample in 0..self.grid.samples() {
            if let Some(found) = category(self.grid, v, row, sample) {
                n += 1.0;
                if let Some(at) = self.categories.iter().position(|c| *c == found) {
                    shares[at] += 1.0;
                }
            }
        }
        shares.iter_mut().for_each(|s| *s /= f64::max(n, 1.0));
    }

    /// The effect of an axis on the answers; `None` where none are known or the axis is confounded.
    pub(super) fn effect(
        &self,
        axis: &AxisLevels,
        others: &[&AxisLevels],
        effect: &FactorEffect,
        shared: &[usize],
        resample: ResampleSpec,
    ) -> Option<AxisAnswers> {
        let (k, columns) = (self.categories.len(), self.table.columns());
        if k < 2 || effect.directions.is_empty() {
            return None;
        }
        let mut shares = vec![0.0; k];
        let df = effect.directions.len();
        let mut sums = vec![0.0; columns * k];
        let of_row = self.table.by_unit(shared, df * k, |place, row| {
            for c in 0..columns {
                self.shares(place, c, &mut shares);
                for (a, share) in shares.iter().enumerate() {
                    sums[c * k + a] += share;
                    for (d, direction) in effect.directions.iter().enumerate() {
                        row[d * k + a] += direction[c] * share;
                    }
                }
            }
            row.iter_mut()
                .filter(|x| x.abs() < 1e-9)
                .for_each(|x| *x = 0.0);
        });
        sums.iter_mut().for_each(|s| *s /= shared.len() as f64);
        let p = sign_flip_vector(&of_row, resample);
        Some(AxisAnswers {
            changed: self.changed(axis, others, shared),
            lean: self.lean(axis, effect, &sums),
            p,
            p_adjusted: p,
        })
    }

    /// The answer whose share differs most between two levels.
    fn lean(&self, axis: &AxisLevels, effect: &FactorEffect, means: &[f64]) -> Option<AnswerShift> {
        let k = self.categories.len();
        let share = |level: usize, a: usize| -> f64 {
            let weights = &effect.weights[level];
            weights
                .iter()
                .enumerate()
                .map(|(c, w)| w * means[c * k + a])
                .sum()
        };
        let levels = 0..effect.weights.len();
        let (a, most, least) = (0..k)
            .filter_map(|a| {
                let by = |x: &usize, y: &usize| share(*x, a).total_cmp(&share(*y, a));
                Some((a, levels.clone().max_by(by)?, levels.clone().min_by(by)?))
            })
            .max_by(|x, y| {
                (share(x.1, x.0) - share(x.2, x.0)).total_cmp(&(share(y.1, y.0) - share(y.2, y.0)))
            })?;
        Some(AnswerShift {
            answer: text(self.grid, self.categories[a])?,
            more_with: axis.levels[most].clone(),
            less_with: axis.levels[least].clone(),
            shift: share(most, a) - share(least, a),
        })
    }

    /// Share of answers that differ between two variants that differ in this axis alone; `None` without such a pair.
    fn changed(&self, axis: &AxisLevels, others: &[&AxisLevels], shared: &[usize]) -> Option<f64> {
        let samples = self.grid.samples();
        let (mut different, mut all) = (0.0, 0.0);
        for (a, b) in axis.pairs(others) {
            let (a, b) = (self.table.variants[a], self.table.variants[b]);
            for place in shared {
                let row = self.table.row(*place);
                for (r, s) in (0..samples).flat_map(|r| (0..samples).map(move |s| (r, s))) {
                    if let (Some(x), Some(y)) = (
                        category(self.grid, a, row, r),
                        category(self.grid, b, row, s),
                    ) {
                        all += 1.0;
                        different += f64::from(u8::from(x != y));
                    }
                }
            }
        }
        (all > 0.0).then(|| different / all)
    }
}
