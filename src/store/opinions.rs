//! What judges said of a run's answers and what no metric could score, read back.

use super::{
    RunSlot, Store, StoreError,
    score::{FIRST, RULE, SECOND, stored_score},
};
use crate::model::{Opinion, RunId, TrialId};

/// How many answers of a model a metric could not say anything about, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unscored {
    /// Place of the metric in the experiment.
    pub metric: u32,
    pub reason: String,
    pub answers: u64,
}

impl Store {
    /// What judges said of the answers of one model of a run, in the order of (trial, metric, repeat).
    pub fn each_opinion(
        &self,
        run: &RunId,
        model: usize,
        each: &mut dyn FnMut(Opinion),
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let mut statement = connection.prepare_cached(concat!(
            "SELECT cell, metric, repeat, place, value, reused, cost_usd, reason FROM opinions ",
            "WHERE cell >= ? AND cell < ? ORDER BY cell, metric, repeat, place"
        ))?;
        let mut rows = statement.query(place.cells_of(model))?;
        while let Some(row) = rows.next()? {
            each(opinion(row, &place)?);
        }
        Ok(())
    }

    /// What judges said of one answer, with their reasons, in the order of (metric, repeat).
    pub fn opinions(&self, run: &RunId, trial: TrialId) -> Result<Vec<Opinion>, StoreError> {
        let connection = self.lock();
        let Some(place) = RunSlot::find(&connection, run)? else {
            return Ok(Vec::new());
        };
        let mut statement = connection.prepare_cached(concat!(
            "SELECT cell, metric, repeat, place, value, reused, cost_usd, reason FROM opinions ",
            "WHERE cell = ? ORDER BY metric, repeat, place"
        ))?;
        let rows = statement.query_map([place.cell(trial)], |row| opinion(row, &place))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Which answers of one model of a run have no score, and why: the most frequent reason of each metric first.
    pub fn unscored(&self, run: &RunId, model: usize) -> Result<Vec<Unscored>, StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let mut statement = connection.prepare_cached(concat!(
            "SELECT metric, reason, count(*) FROM unscored WHERE cell >= ? AND cell < ? ",
            "GROUP BY metric, reason ORDER BY metric, count(*) DESC, reason"
        ))?;
        let rows = statement.query_map(place.cells_of(model), |row| {
            Ok(Unscored {
                metric: row.get(0)?,
                reason: row.get(1)?,
                answers: row.get::<_, i64>(2)? as u64,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn opinion(row: &rusqlite::Row<'_>, place: &RunSlot) -> rusqlite::Result<Opinion> {
    Ok(Opinion {
        id: place.trial(row.get(0)?),
        metric: row.get(1)?,
        repeat: row.get(2)?,
        is_rule: row.get::<_, i64>(3)? == RULE,
        second: match row.get(3)? {
            FIRST => Some(false),
            SECOND => Some(true),
            _ => None,
        },
        value: row.get::<_, Option<f64>>(4)?.map(stored_score),
        reused: row.get(5)?,
        cost_usd: row.get(6)?,
        reason: row.get(7)?,
    })
}
