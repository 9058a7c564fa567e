//! The store: opened, runs begun and ended in it, and what is to be written handed to its writer.

use super::{
    CompletionKey, RunInfo, RunSlot, StoreError, TrialWrite,
    address::{self, Addresses},
    heads,
    lease_row::refuse_running,
    open,
    process::ProcessIdentity,
    score::{self, CompletionWrite, ScoreWrite},
    writer::{Job, SharedAddresses, write_all},
};
use crate::model::{Completion, RunId};
use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, TransactionBehavior, params};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize},
        mpsc::{Sender, channel},
    },
    thread,
};
use tokio::sync::oneshot::{self, error::RecvError};

/// The store of a project. Cheap to clone; one writer thread behind it.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    pub(super) connection: Arc<Mutex<Connection>>,
    jobs: Arc<Mutex<Option<Sender<Job>>>>,
    pub(super) addresses: SharedAddresses,
    /// How many runs here claim their calls, since others run too.
    pub(super) sharing: Arc<AtomicUsize>,
    /// Of the shared connection, when it was last asked for news; 0 before.
    pub(super) data_version: Arc<AtomicI64>,
}

impl Store {
    /// Open or make the store at this path (`.wording/wording.db`).
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Ok(Store::of_connection(
            path.to_owned(),
            open::open(Some(path))?,
        ))
    }

    pub(super) fn of_connection(path: PathBuf, connection: Connection) -> Store {
        Store {
            path,
            connection: Arc::new(Mutex::new(connection)),
            jobs: Arc::default(),
            addresses: Arc::default(),
            sharing: Arc::default(),
            data_version: Arc::default(),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock()
    }

    /// Keep a new run; its place is for [`TrialWrite`].
    pub fn begin_run(&self, info: &RunInfo) -> Result<RunSlot, StoreError> {
        let text = serde_json::to_string(info).map_err(|e| StoreError::unreadable(&info.id, &e))?;
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let place = RunSlot::enter(&transaction, info, &text)?;
        heads::save(&transaction, place.number, info)?;
        name_run(&transaction, info)?;
        transaction.commit()?;
        self.build_address_table(connection, info.planned())?;
        Ok(place)
    }

    /// Mark a run as running again; its slot.
    pub fn reopen_run(&self, info: &RunInfo) -> Result<RunSlot, StoreError> {
        let connection = self.lock();
        connection.execute(
            "UPDATE runs SET state = 'running' WHERE id = ?",
            [&info.id.0],
        )?;
        let place = RunSlot::of_run(&connection, &info.id)?;
        self.build_address_table(connection, info.planned())?;
        Ok(place)
    }

    fn build_address_table(
        &self,
        connection: MutexGuard<'_, Connection>,
        more: u64,
    ) -> Result<(), StoreError> {
        let addresses = Addresses::load(&connection, more)?;
        // Whoever looks a key up takes the addresses first and the connection then.
        drop(connection);
        *self.addresses.write() = Some(addresses);
        Ok(())
    }

    /// Read the addresses where no run has begun here yet.
    pub(super) fn load_addresses(&self, more: u64) -> Result<(), StoreError> {
        let known = self.addresses.read().is_some();
        if known {
            return Ok(());
        }
        self.build_address_table(self.lock(), more)
    }

    /// A run ended: its state, and what it sent, added to what it sent before.
    pub fn end_run(
        &self,
        run: RunSlot,
        state: &str,
        elapsed_s: f64,
        sent: u64,
        retries: u64,
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        connection.execute(
            "UPDATE runs SET state = ?, elapsed_s = elapsed_s + ?, sent = sent + ?, retries = retries + ? WHERE number = ?",
            params![state, elapsed_s, sent as i64, retries as i64, run.number],
        )?;
        address::complete(&connection)?;
        // So that the file alone holds the run, for whoever copies it; others that read may keep it from being complete.
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Hand a finished trial to the writer.
    pub fn write(&self, trial: TrialWrite) -> Result<(), StoreError> {
        self.send(Job::Trial(trial))
    }

    /// Hand the scores of a trial that was written before to the writer.
    pub fn rescore(&self, scores: ScoreWrite) -> Result<(), StoreError> {
        self.send(Job::Scores(scores))
    }

    /// Keep a completion that belongs to no trial, such as a verdict of a judge; waits until it is durable.
    pub async fn keep_completion(
        &self,
        key: CompletionKey,
        completion: Completion,
    ) -> Result<(), StoreError> {
        let (told, kept) = oneshot::channel();
        self.send(Job::Completion(Box::new(CompletionWrite {
            key,
            completion,
            told,
        })))?;
        written(kept.await)
    }

    /// Wait until everything handed over so far is durable.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let (tell, told) = oneshot::channel();
        self.send(Job::Flush(Box::new(move |result| {
            // Nobody waits any more where this fails.
            let _ = tell.send(result);
        })))?;
        written(told.await)
    }

    pub(super) fn send(&self, job: Job) -> Result<(), StoreError> {
        let mut jobs = self.jobs.lock();
        if jobs.is_none() {
            let (sender, receiver) = channel();
            let connection = open::open(Some(&self.path))?;
            let addresses = Arc::clone(&self.addresses);
            let sharing = Arc::clone(&self.sharing);
            thread::Builder::new()
                .name("store".into())
                .spawn(move || write_all(connection, &receiver, &addresses, &sharing))
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
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(place) = RunSlot::find(&transaction, run)? {
            refuse_running(&transaction, place, run, &ProcessIdentity::current())?;
            let cells = "DELETE FROM trials WHERE cell >= ? AND cell < ?";
            transaction.execute(cells, place.cells())?;
            score::delete(&transaction, &place)?;
            transaction.execute("DELETE FROM heads WHERE run = ?", [place.number])?;
            transaction.execute("DELETE FROM runs WHERE number = ?", [place.number])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn written(told: Result<Result<(), String>, RecvError>) -> Result<(), StoreError> {
    told.unwrap_or_else(|_| Err("it ended early".into()))
        .map_err(StoreError::Writer)
}

/// Note the run that an opening was made for, in the transaction that the run begins with.
fn name_run(connection: &Connection, info: &RunInfo) -> rusqlite::Result<()> {
    let Some(opening) = info.seal.as_ref().and_then(|seal| seal.opening) else {
        return Ok(());
    };
    connection.execute(
        "UPDATE seal_openings SET run = ? WHERE number = ? AND experiment = ? AND run IS NULL",
        params![info.id.0, opening, info.experiment],
    )?;
    Ok(())
}
