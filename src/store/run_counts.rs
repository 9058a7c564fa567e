//! What a run came to in counts: answers, requests, tokens, cost, time.

use super::{RunSlot, Store, StoreError};
use crate::model::{RunId, Usage};

/// Counts of a run, over all the times that it went on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RunCounts {
    /// Trials with an answer.
    pub completed: u64,
    pub failed: u64,
    /// Answers that were taken from the store.
    pub reused: u64,
    /// Requests sent, retries included.
    pub sent: u64,
    /// Requests after the first of a trial.
    pub retries: u64,
    /// Tokens of the answers that were not reused.
    pub usage: Usage,
    /// Their cost, where known.
    pub cost_usd: Option<f64>,
    pub elapsed_s: f64,
    /// The time that answers took which were not reused, all together.
    pub latency_s: f64,
}

impl RunCounts {
    /// Requests in flight on average, for latencies mean little without it; `None` where nothing was sent.
    pub fn mean_in_flight(&self) -> Option<f64> {
        let is_known = self.elapsed_s > 0.0 && self.latency_s > 0.0;
        is_known.then(|| self.latency_s / self.elapsed_s)
    }
}

impl Store {
    pub fn counts(&self, run: &RunId) -> Result<RunCounts, StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        // Of a trial of several calls, what those came to that were not reused; of others, nothing where they were.
        let paid = |of_calls: &str, column: &str, reused: &str| {
            format!(
                "sum(CASE WHEN calls IS NOT NULL THEN calls ->> '$.{of_calls}' WHEN reused THEN {reused} ELSE {column} END)"
            )
        };
        let tokens = |of_calls: &str, column: &str| {
            format!(
                "coalesce({}, 0)",
                paid(&format!("usage.{of_calls}"), column, "0")
            )
        };
        let counts = format!(
            "SELECT count(completion), count(failure), coalesce(sum(reused), 0), {}, {}, {}, {}, \
             coalesce(max(estimated), 0), {}, coalesce(sum(attempts), 0), \
             coalesce(sum(max(attempts - coalesce(calls ->> '$.sent', 1), 0)), 0), coalesce({}, 0) / 1000.0 \
             FROM trials WHERE cell >= ? AND cell < ?",
            tokens("prompt", "prompt"),
            tokens("cached", "cached"),
            tokens("completion", "output"),
            tokens("reasoning", "reasoning"),
            paid("cost_usd", "cost_usd", "NULL"),
            paid("latency_ms", "latency_ms", "0"),
        );
        let mut counts = connection.query_row(&counts, place.cells(), |row| {
            let n = |i| row.get::<_, i64>(i).map(|n| n as u64);
            Ok(RunCounts {
                completed: n(0)?,
                failed: n(1)?,
                reused: n(2)?,
                usage: Usage {
                    prompt: n(3)?,
                    cached: n(4)?,
                    completion: n(5)?,
                    reasoning: n(6)?,
                    estimated: row.get(7)?,
                    ..Usage::default()
                },
                cost_usd: row.get(8)?,
                sent: n(9)?,
                retries: n(10)?,
                latency_s: row.get(11)?,
                ..RunCounts::default()
            })
        })?;
        let (elapsed_s, sent, retries) = connection.query_row(
            "SELECT elapsed_s, sent, retries FROM runs WHERE number = ?",
            [place.number],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get::<_, i64>(1)? as u64,
                    row.get::<_, i64>(2)? as u64,
                ))
            },
        )?;
        // A run that was killed could not write what it sent; one that sent a trial again has only its last attempts.
        counts.sent = counts.sent.max(sent);
        counts.retries = counts.retries.max(retries);
        counts.elapsed_s = elapsed_s;
        Ok(counts)
    }
}
