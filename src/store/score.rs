//! Scores that come after their trial: written over it, with what a judge said and why a metric could not say anything.

use super::{CompletionKey, RunSlot, trial};
use crate::model::{Completion, Opinion, TrialRecord};
use rusqlite::{Connection, params};
use std::{fmt, sync::Arc};
use tokio::sync::oneshot;

/// The column `place` of a verdict: a grade, or where the answer was shown.
const GRADE: i64 = 0;
pub(super) const FIRST: i64 = 1;
pub(super) const SECOND: i64 = 2;
pub(super) const RULE: i64 = 3;

/// Called once something is durable, or with the reason why it could not be written.
pub type OnScoresWritten = Box<dyn FnOnce(Result<(), &str>) + Send>;

/// The scores of a trial that was written before, on their way into the store.
pub struct ScoreWrite {
    pub run: RunSlot,
    /// The trial with its new scores.
    pub record: Arc<TrialRecord>,
    /// What judges said of it; in place of what they said before.
    pub opinions: Vec<Opinion>,
    /// The metrics, by their place, that could not say anything, and why.
    pub missing: Vec<(u32, String)>,
    /// Called on the writer's thread.
    pub told: OnScoresWritten,
}

impl fmt::Debug for ScoreWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScoreWrite").field(&self.record.id).finish()
    }
}

/// A completion that belongs to no trial.
pub(super) struct CompletionWrite {
    pub(super) key: CompletionKey,
    pub(super) completion: Completion,
    pub(super) told: oneshot::Sender<Result<(), String>>,
}

/// A score as it was computed. Earlier versions kept scores in single precision: 0.4 lies in their stores as
/// 0.4000000059604645 and is read as the shortest decimal of that single.
pub(super) fn stored_score(value: f64) -> f64 {
    let single = value as f32;
    // Sums of a few powers of two are exact in both.
    if f64::from(single) != value || (value * 1024.0).fract() == 0.0 {
        return value;
    }
    single.to_string().parse().unwrap_or(value)
}

pub(super) fn write(connection: &Connection, scores: &ScoreWrite) -> rusqlite::Result<()> {
    trial::rescore(connection, scores.run, &scores.record)?;
    let cell = scores.run.cell(scores.record.id);
    connection
        .prepare_cached("DELETE FROM unscored WHERE cell = ?")?
        .execute([cell])?;
    for (metric, reason) in &scores.missing {
        connection
            .prepare_cached("INSERT INTO unscored VALUES (?, ?, ?)")?
            .execute(params![cell, metric, reason])?;
    }
    for opinion in &scores.opinions {
        let place = match opinion.second {
            None if opinion.is_rule => RULE,
            None => GRADE,
            Some(false) => FIRST,
            Some(true) => SECOND,
        };
        connection
            .prepare_cached("INSERT OR REPLACE INTO opinions VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                cell,
                opinion.metric,
                opinion.repeat,
                place,
                opinion.value,
                opinion.reused,
                opinion.cost_usd,
                opinion.reason
            ])?;
    }
    Ok(())
}

pub(super) fn delete(connection: &Connection, place: &RunSlot) -> rusqlite::Result<()> {
    for table in ["opinions", "unscored"] {
        let cells = format!("DELETE FROM {table} WHERE cell >= ? AND cell < ?");
        connection.execute(&cells, place.cells())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::stored_score;

    #[test]
    fn a_score_kept_in_single_precision_is_read_as_its_shortest_decimal() {
        for score in [0.4, 0.55, 0.1, 0.7, 1e-3] {
            assert_eq!(stored_score(f64::from(score as f32)), score);
        }
        assert_eq!(stored_score(f64::from(1.0f32 / 3.0)), 0.33333334);
        for score in [
            0.0,
            1.0,
            0.5,
            0.999_023_437_5,
            1.0 / 3.0,
            0.4,
            0.123_456_789_012,
        ] {
            assert_eq!(stored_score(score), score);
        }
    }
}
