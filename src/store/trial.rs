//! A finished trial, and how it is written.

use super::{CompletionKey, RunSlot};
use crate::model::{Completion, Outcome, Prompt, Score, TrialRecord};
use crate::outcome::CellState;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use std::{fmt, sync::Arc};

/// Called on the writer's thread once a trial is durable, or with the reason why it could not be written.
pub type OnWritten = Arc<dyn Fn(Arc<TrialRecord>, CompletionKey, Result<(), &str>) + Send + Sync>;

/// A finished trial on its way into the store.
pub struct TrialWrite {
    /// The run, from [`super::Store::begin_run`].
    pub run: RunSlot,
    pub record: Arc<TrialRecord>,
    /// Whether its completion is in the store already, as those of a conversation are, call by call.
    pub is_kept: bool,
    /// Where its completion is kept.
    pub key: CompletionKey,
    /// Whether its answer has more room than the experiment gives.
    pub raised: bool,
    /// What was sent, where it is to be stored.
    pub prompt: Option<Arc<Prompt>>,
    /// Told once the trial is durable.
    pub told: OnWritten,
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
    let more = more_scores(record);
    connection
        .prepare_cached("INSERT OR REPLACE INTO trials VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?
        .execute(params![
            trial.run.cell(record.id),
            state_number(record),
            completion,
            failure,
            record.attempts,
            record.reused,
            record.cost_usd,
            main.and_then(Score::known),
            main.and_then(|s| s.answer.as_deref()),
            more,
            answer.map(|c| c.latency_ms),
            answer.map(|c| c.usage.prompt as i64),
            answer.map(|c| c.usage.cached as i64),
            answer.map(|c| c.usage.completion as i64),
            answer.map(|c| c.usage.reasoning as i64),
            answer.map(|c| c.usage.estimated),
            record.calls.as_ref().map(|calls| json!(calls).to_string()),
        ])?;
    Ok(())
}

fn state_number(record: &TrialRecord) -> u8 {
    let truncated = record
        .outcome
        .completion()
        .is_some_and(Completion::is_truncated);
    CellState::of(record).number(truncated)
}

/// The scores behind the main one, as JSON: a value (null where it is missing), what was read, whether nothing could be.
fn more_scores(record: &TrialRecord) -> Option<String> {
    let more = record.scores.0.get(1..).filter(|more| !more.is_empty())?;
    let more: Vec<_> = more
        .iter()
        .map(|s| json!([s.known(), s.answer, s.unreadable]))
        .collect();
    Some(json!(more).to_string())
}

/// Those scores again.
pub(super) fn read_more_scores(text: Option<String>) -> Vec<Score> {
    let more: Vec<(Option<f64>, Option<String>, bool)> = text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let scores = more.into_iter().map(|(value, answer, unreadable)| Score {
        value: value.unwrap_or(f64::NAN),
        answer,
        unreadable,
    });
    scores.collect()
}

/// Write the scores of a trial anew.
pub(super) fn rescore(
    connection: &Connection,
    run: RunSlot,
    record: &TrialRecord,
) -> rusqlite::Result<()> {
    let main = record.scores.main();
    connection
        .prepare_cached(
            "UPDATE trials SET state = ?, score = ?, answer = ?, more_scores = ? WHERE cell = ?",
        )?
        .execute(params![
            state_number(record),
            main.and_then(Score::known),
            main.and_then(|s| s.answer.as_deref()),
            more_scores(record),
            run.cell(record.id),
        ])?;
    Ok(())
}

/// Note where the prompt of a completion is, where that is not known.
pub(super) fn set_rendered(
    connection: &Connection,
    completion: i64,
    rendered: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE completions SET rendered = ? WHERE number = ? AND rendered IS NULL",
        )?
        .execute([rendered, completion])?;
    Ok(())
}

/// Whether the prompt of a completion is not stored.
pub(super) fn lacks_prompt(connection: &Connection, completion: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT rendered IS NULL FROM completions WHERE number = ?")?
        .query_row([completion], |row| row.get(0))
        .optional()
        .map(|lacks| lacks.unwrap_or(false))
}

/// Keep a completion, and where its prompt is; its number.
pub(super) fn insert_completion(
    connection: &Connection,
    key: &CompletionKey,
    c: &Completion,
    rendered: Option<i64>,
) -> rusqlite::Result<i64> {
    let parts = [
        &c.reasoning,
        &c.refusal,
        &c.served_by,
        &c.logprobs,
        &c.fingerprint,
    ];
    let billing = &c.usage.billing;
    let has_more = c.stop_removed
        || !c.tool_calls.is_empty()
        || c.reported_cost_usd.is_some()
        || !billing.is_empty();
    let extra = (parts.iter().any(|part| part.is_some()) || has_more).then(|| {
        let mut extra = json!({"reasoning": c.reasoning, "refusal": c.refusal, "served_by": c.served_by, "logprobs": c.logprobs});
        if let Some(fingerprint) = &c.fingerprint {
            extra["fingerprint"] = json!(fingerprint);
        }
        if c.stop_removed {
            extra["stop_removed"] = json!(true);
        }
        if !c.tool_calls.is_empty() {
            extra["tool_calls"] = json!(c.tool_calls);
        }
        if let Some(cost) = c.reported_cost_usd {
            extra["cost_usd"] = json!(cost);
        }
        if !billing.is_empty() {
            extra["billing"] = json!(billing);
        }
        extra.to_string()
    });
    connection
        .prepare_cached("INSERT INTO completions VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?)")?
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
            rendered,
        ])
}

/// Whether a trial's outcome was sent for, and so has a completion that is not kept yet.
pub(super) fn is_new(trial: &TrialWrite) -> Option<&Completion> {
    match &trial.record.outcome {
        Outcome::Completed(completion) if !trial.record.reused && !trial.is_kept => {
            Some(completion)
        }
        _ => None,
    }
}
