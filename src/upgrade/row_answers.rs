//! The answers of both models to all rows, as far as they are known.

use super::Side;
use crate::{
    engine::{CurrentAnswers, EngineError, Plan},
    model::{TrialId, TrialRecord},
    outcome::Grid,
    policy::TrialAnswer,
    store::Store,
};

/// Answers by model, wording, row and sample.
#[derive(Debug, Clone)]
pub struct RowAnswers {
    /// Of the old model and of the new one; both have room for as many samples.
    grids: Vec<Grid>,
    samples: [usize; 2],
}

impl RowAnswers {
    /// What the store has of a plan of the two models. The old model counts with `from_samples` answers to a row, where it has so
    /// many; the new one with as many as the experiment has.
    pub fn find(
        plan: &mut Plan,
        store: &Store,
        from_samples: usize,
    ) -> Result<RowAnswers, EngineError> {
        let samples = plan.experiment.samples.max(1);
        let from_samples = from_samples.max(samples);
        plan.experiment.samples = from_samples;
        let found = CurrentAnswers::find_all(plan, store);
        plan.experiment.samples = samples;
        Ok(RowAnswers {
            grids: found?.grids,
            samples: [from_samples, samples],
        })
    }

    /// Samples of each model to a row, at most.
    pub fn samples(&self) -> [usize; 2] {
        self.samples
    }

    /// Whether a model has any scored answer to a row.
    pub fn is_scored(&self, side: Side, wording: usize, row: u32) -> bool {
        self.of(side, wording, row)
            .any(|answer| answer.score.is_some())
    }

    /// Whether a model has all its answers to a row, scored. Of the old one any is enough: they are the record.
    pub(super) fn is_complete(&self, side: Side, wording: usize, row: u32) -> bool {
        match side {
            Side::From => self.is_scored(side, wording, row),
            Side::To => {
                let scored = (self.of(side, wording, row)).filter(|answer| answer.score.is_some());
                scored.count() == self.samples[side.index()]
            }
        }
    }

    /// The answers of a model to a row.
    pub fn of(
        &self,
        side: Side,
        wording: usize,
        row: u32,
    ) -> impl Iterator<Item = TrialAnswer> + '_ {
        let grid = &self.grids[side.index()];
        (0..self.samples[side.index()])
            .filter_map(move |s| TrialAnswer::of_cell(&grid.cell(wording, row as usize, s)))
    }

    /// Take an answer in, as that of this wording and row.
    pub(super) fn take(&mut self, side: Side, wording: usize, row: u32, record: TrialRecord) {
        let id = TrialId {
            variant: wording as u32,
            model: side.index() as u32,
            row,
            sample: record.id.sample,
        };
        self.grids[side.index()].record(&TrialRecord { id, ..record });
    }

    /// The answers to a wording on some rows: the old model's as the first variant, the new one's as the second.
    pub fn pair(&self, wording: usize, rows: &[u32]) -> Grid {
        let samples = self.samples[0].max(self.samples[1]);
        let mut pair = Grid::new(2, rows.len(), samples).with_rules(self.grids[0].rules());
        for (side, (grid, samples)) in self.grids.iter().zip(self.samples).enumerate() {
            for (at, row) in rows.iter().enumerate() {
                for s in 0..samples {
                    pair.copy(grid, (wording, *row as usize, s), (side, at, s));
                }
            }
        }
        pair
    }
}
