//! Where a run's trials lie in the table of trials: one number after another, in the order of (model, variant, row,
//! sample). A number is shorter than four, and those of one run are next to each other.

use super::{RunInfo, StoreError};
use crate::model::{RunId, TrialId};
use rusqlite::{Connection, OptionalExtension, params};

/// A run in the tables; from `Store::begin` or `Store::reopen_run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSlot {
    pub(super) number: i64,
    first: i64,
    models: i64,
    variants: i64,
    rows: i64,
    samples: i64,
}

impl RunSlot {
    /// The place of a run; `None` where there is no such run.
    pub(super) fn find(connection: &Connection, run: &RunId) -> rusqlite::Result<Option<RunSlot>> {
        connection
            .prepare_cached(
                "SELECT number, first, models, variants, rows, samples FROM runs WHERE id = ?",
            )?
            .query_row([&run.0], |row| {
                Ok(RunSlot {
                    number: row.get(0)?,
                    first: row.get(1)?,
                    models: row.get(2)?,
                    variants: row.get(3)?,
                    rows: row.get(4)?,
                    samples: row.get(5)?,
                })
            })
            .optional()
    }

    /// The place of a run that must be there.
    pub(super) fn of_run(connection: &Connection, run: &RunId) -> Result<RunSlot, StoreError> {
        RunSlot::find(connection, run)?.ok_or_else(|| StoreError::NoRun {
            id: run.0.clone(),
            known: Vec::new(),
        })
    }

    /// Enter a new run behind all others. The caller holds the write lock.
    pub(super) fn enter(
        connection: &Connection,
        info: &RunInfo,
        text: &str,
    ) -> rusqlite::Result<RunSlot> {
        let first = connection.query_row(
            "SELECT coalesce(max(first + models * variants * rows * samples), 1) FROM runs",
            [],
            |row| row.get(0),
        )?;
        let place = RunSlot {
            number: 0,
            first,
            models: info.models.len() as i64,
            variants: info.variants.len() as i64,
            rows: info.rows as i64,
            samples: info.samples as i64,
        };
        let number = connection
            .prepare_cached(concat!(
                "INSERT INTO runs (id, state, info, first, models, variants, rows, samples) ",
                "VALUES (?, 'running', ?, ?, ?, ?, ?, ?)"
            ))?
            .insert(params![
                info.id.0,
                text,
                place.first,
                place.models,
                place.variants,
                place.rows,
                place.samples
            ])?;
        Ok(RunSlot { number, ..place })
    }

    /// Whether it has so many models, variants, rows and samples, at numbers that are there.
    pub(super) fn has_shape(&self, parts: [usize; 4]) -> bool {
        let own = [self.models, self.variants, self.rows, self.samples];
        let is_same = (own.iter().zip(parts)).all(|(own, part)| i64::try_from(part) == Ok(*own));
        is_same && (0..1 << 60).contains(&self.first)
    }

    /// The number of a trial.
    pub(super) fn cell(&self, id: TrialId) -> i64 {
        let at = i64::from(id.model) * self.variants + i64::from(id.variant);
        let at = at * self.rows + i64::from(id.row);
        self.first + at * self.samples + i64::from(id.sample)
    }

    /// The trial of a number that is one of this run's.
    pub(super) fn trial(&self, cell: i64) -> TrialId {
        let at = cell - self.first;
        let (at, sample) = (at / self.samples, at % self.samples);
        let (at, row) = (at / self.rows, at % self.rows);
        TrialId {
            model: (at / self.variants) as u32,
            variant: (at % self.variants) as u32,
            row: row as u32,
            sample: sample as u32,
        }
    }

    /// The first number of the run, and the one behind its last.
    pub(super) fn cells(&self) -> [i64; 2] {
        [self.first, self.first + self.models * self.of_model()]
    }

    /// The same of one model's part.
    pub(super) fn cells_of(&self, model: usize) -> [i64; 2] {
        let first = self.first + model as i64 * self.of_model();
        [first, first + self.of_model()]
    }

    fn of_model(&self) -> i64 {
        self.variants * self.rows * self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_trial_has_a_number_of_its_own_inside_its_model(
            shape in (1i64..4, 1i64..9, 1i64..9, 1i64..4), first in 1i64..1_000_000
        ) {
            let (models, variants, rows, samples) = shape;
            let place = RunSlot { number: 1, first, models, variants, rows, samples };
            let [begin, end] = place.cells();
            prop_assert_eq!(end - begin, models * variants * rows * samples);
            for cell in begin..end {
                let id = place.trial(cell);
                prop_assert_eq!(place.cell(id), cell);
                let [begin, end] = place.cells_of(id.model as usize);
                prop_assert!((begin..end).contains(&cell));
            }
        }
    }
}
