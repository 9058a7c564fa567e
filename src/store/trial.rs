//! A finished trial, and how it is written.

use super::{CompletionKey, RunPlace};
use crate::model::{CellState, Completion, Outcome, TrialRecord};
use rusqlite::{Connection, params};
use serde_json::json;
use std::{fmt, sync::Arc};

/// Called on the writer's thread once a trial is durable, or with the reason why it could not be written.
pub type Told = Arc<dyn Fn(Arc<TrialRecord>, CompletionKey, Result<(), &str>) + Send + Sync>;

/// A finished trial on its way into the store.
pub struct TrialWrite {
    /// The run, from [`super::Store::begin`].
    pub run: RunPlace,
    /// The trial.
    pub record: Arc<TrialRecord>,
    /// Where its completion is kept.
    pub key: CompletionKey,
    /// Told once the trial is durable.
    pub told: Told,
}

impl fmt::Debug for TrialWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TrialWrite").field(&self.record.id).finish()
    }
}

/// Write a trial whose completion has this number; `None` for a failure.
pub(super) fn write(
    connection: &Connection,
    trial: &TrialWrite,
    completion: Option<i64>,
) -> rusqlite::Result<()> {
    let record = &trial.record;
    let answer = record.outcome.completion();
    let failure = record.outcome.failure().map(|f| json!(f).to_string());
    let main = record.scores.main();
    let more = (record.scores.0.len() > 1).then(|| {
        let more: Vec<_> = record.scores.0[1..]
            .iter()
            .map(|s| json!([s.value, s.answer, s.unreadable]))
            .collect();
        json!(more).to_string()
    });
    connection
        .prepare_cached("INSERT OR REPLACE INTO trials VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?
        .execute(params![
            trial.run.cell(record.id),
            CellState::of(record).number(),
            completion,
            failure,
            record.attempts,
            record.reused,
            record.cost_usd,
            main.map(|s| f64::from(s.value)),
            main.and_then(|s| s.answer.as_deref()),
            more,
            answer.map(|c| c.latency_ms),
            answer.map(|c| c.usage.prompt as i64),
            answer.map(|c| c.usage.cached as i64),
            answer.map(|c| c.usage.completion as i64),
            answer.map(|c| c.usage.reasoning as i64),
            answer.map(|c| c.usage.estimated),
        ])?;
    Ok(())
}

/// Keep a completion; its number.
pub(super) fn keep(
    connection: &Connection,
    key: &CompletionKey,
    c: &Completion,
) -> rusqlite::Result<i64> {
    let extra = (c.reasoning.is_some() || c.refusal.is_some() || c.served_by.is_some() || c.logprobs.is_some()).then(|| {
        json!({"reasoning": c.reasoning, "refusal": c.refusal, "served_by": c.served_by, "logprobs": c.logprobs}).to_string()
    });
    connection
        .prepare_cached("INSERT INTO completions VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?)")?
        .insert(params![
            &key.0[..],
            c.text,
            extra,
            c.finish.as_str(),
            c.usage.prompt as i64,
            c.usage.cached as i64,
            c.usage.completion as i64,
            c.usage.reasoning as i64,
            c.usage.estimated,
            c.latency_ms,
            c.first_token_ms,
        ])
}

/// Whether a trial's outcome was sent for, and so has a completion that is not kept yet.
pub(super) fn is_new(record: &TrialRecord) -> Option<&Completion> {
    match &record.outcome {
        Outcome::Completed(completion) if !record.reused => Some(completion),
        _ => None,
    }
}
