//! The store, and the one thread that writes to it.

use super::{CompletionKey, RunInfo, StoreError, schema};
use crate::model::{Completion, Outcome, RunId, TrialRecord};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

/// Most trials in one transaction.
const BATCH: usize = 512;

/// A finished trial on its way into the store.
pub struct TrialWrite {
    /// Number of the run, from [`Store::begin`].
    pub run: i64,
    /// The trial.
    pub record: Arc<TrialRecord>,
    /// Where its completion is kept.
    pub key: CompletionKey,
    /// Called once the trial is durable, on the writer's thread.
    pub done: Box<dyn FnOnce(Arc<TrialRecord>) + Send>,
}

enum Job {
    Trial(TrialWrite),
    Flush(Box<dyn FnOnce(Result<(), String>) + Send>),
}

/// The store of a project. Cheap to clone; one writer thread behind it.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    pub(super) connection: Arc<Mutex<Connection>>,
    jobs: Arc<Mutex<Option<Sender<Job>>>>,
}

impl Store {
    /// Open or make the store at this path (`.wording/wording.db`).
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Ok(Store {
            path: path.to_owned(),
            connection: Arc::new(Mutex::new(schema::open(Some(path))?)),
            jobs: Arc::default(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keep a new run; its number is for [`TrialWrite`].
    pub fn begin(&self, info: &RunInfo) -> Result<i64, StoreError> {
        let text = serde_json::to_string(info).map_err(|e| unreadable(&info.id, &e))?;
        let connection = self.lock();
        connection.execute(
            "INSERT INTO runs (id, state, info) VALUES (?, 'running', ?)",
            params![info.id.0, text],
        )?;
        Ok(connection.last_insert_rowid())
    }

    /// Go on with a run: its number.
    pub fn again(&self, id: &RunId) -> Result<i64, StoreError> {
        let connection = self.lock();
        connection.execute("UPDATE runs SET state = 'running' WHERE id = ?", [&id.0])?;
        Ok(
            connection.query_row("SELECT number FROM runs WHERE id = ?", [&id.0], |row| {
                row.get(0)
            })?,
        )
    }

    /// A run ended: its state, and what it sent, added to what it sent before.
    pub fn end(
        &self,
        run: i64,
        state: &str,
        elapsed_s: f64,
        sent: u64,
        retries: u64,
    ) -> Result<(), StoreError> {
        self.lock().execute(
            "UPDATE runs SET state = ?, elapsed_s = elapsed_s + ?, sent = sent + ?, retries = retries + ? WHERE number = ?",
            params![state, elapsed_s, sent as i64, retries as i64, run],
        )?;
        Ok(())
    }

    /// The completion kept under a key.
    pub fn completion(&self, key: &CompletionKey) -> Result<Option<Completion>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(concat!(
            "SELECT text, extra, finish, prompt, cached, completion, reasoning, estimated, latency_ms, first_token_ms ",
            "FROM completions WHERE key = ?"
        ))?;
        Ok(statement
            .query_row([&key.0[..]], |row| super::read::completion(row, 0))
            .optional()?)
    }

    /// Hand a finished trial to the writer.
    pub fn write(&self, trial: TrialWrite) -> Result<(), StoreError> {
        self.send(Job::Trial(trial))
    }

    /// Wait until everything handed over so far is durable.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.send(Job::Flush(Box::new(move |result| {
            // Nobody waits any more where this fails.
            let _ = tell.send(result);
        })))?;
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(message)) => Err(StoreError::Writer(message)),
            Err(_) => Err(StoreError::Writer("it ended early".into())),
        }
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.is_none() {
            let (sender, receiver) = channel();
            let connection = schema::open(Some(&self.path))?;
            thread::Builder::new()
                .name("store".into())
                .spawn(move || write_all(connection, &receiver))
                .map_err(|e| StoreError::Writer(e.to_string()))?;
            *jobs = Some(sender);
        }
        match jobs.as_ref().map(|sender| sender.send(job)) {
            Some(Ok(())) => Ok(()),
            _ => Err(StoreError::Writer("it ended early".into())),
        }
    }

    /// Delete a run; completions stay, they were paid for.
    pub fn delete_run(&self, run: &RunId) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "DELETE FROM trials WHERE run = (SELECT number FROM runs WHERE id = ?)",
            [&run.0],
        )?;
        transaction.execute("DELETE FROM runs WHERE id = ?", [&run.0])?;
        transaction.commit()?;
        Ok(())
    }
}

pub(super) fn unreadable(run: &RunId, error: &serde_json::Error) -> StoreError {
    StoreError::Unreadable {
        run: run.0.clone(),
        message: error.to_string(),
    }
}

/// The writer: takes what has come, at most a batch, commits it, and tells.
fn write_all(mut connection: Connection, jobs: &Receiver<Job>) {
    let mut failed: Option<String> = None;
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        if let Err(error) = write_batch(&mut connection, &batch) {
            failed.get_or_insert(error.to_string());
        }
        for job in batch {
            match job {
                Job::Trial(trial) => (trial.done)(trial.record),
                Job::Flush(tell) => tell(failed.clone().map_or(Ok(()), Err)),
            }
        }
    }
}

fn write_batch(connection: &mut Connection, batch: &[Job]) -> rusqlite::Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for job in batch {
        if let Job::Trial(trial) = job {
            write_trial(&transaction, trial)?;
        }
    }
    transaction.commit()
}

fn write_trial(connection: &Connection, trial: &TrialWrite) -> rusqlite::Result<()> {
    let record = &trial.record;
    let completion: Option<i64> = match &record.outcome {
        Outcome::Completed(completion) => Some(keep(connection, &trial.key, completion)?),
        Outcome::Failed(_) => None,
    };
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
        .prepare_cached("INSERT OR REPLACE INTO trials VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?
        .execute(params![
            trial.run,
            record.id.model,
            record.id.variant,
            record.id.row,
            record.id.sample,
            completion,
            failure,
            record.attempts,
            record.reused,
            record.cost_usd,
            main.map(|s| f64::from(s.value)),
            main.and_then(|s| s.answer.as_deref()),
            main.is_some_and(|s| s.unreadable),
            more,
        ])?;
    Ok(())
}

fn keep(connection: &Connection, key: &CompletionKey, c: &Completion) -> rusqlite::Result<i64> {
    let extra = (c.reasoning.is_some() || c.refusal.is_some() || c.served_by.is_some() || c.logprobs.is_some()).then(|| {
        json!({"reasoning": c.reasoning, "refusal": c.refusal, "served_by": c.served_by, "logprobs": c.logprobs}).to_string()
    });
    connection
        .prepare_cached(concat!(
            "INSERT INTO completions (key, text, extra, finish, prompt, cached, completion, reasoning, estimated, latency_ms, first_token_ms) ",
            "VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET text = excluded.text, extra = excluded.extra, ",
            "finish = excluded.finish, prompt = excluded.prompt, cached = excluded.cached, completion = excluded.completion, ",
            "reasoning = excluded.reasoning, estimated = excluded.estimated, latency_ms = excluded.latency_ms, ",
            "first_token_ms = excluded.first_token_ms RETURNING number"
        ))?
        .query_row(
            params![
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
            ],
            |row| row.get(0),
        )
}
