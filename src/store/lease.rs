//! A run is executed by one process at a time, and no two runs send the same call.
//!
//! While a run is alone in its store, its calls are only remembered here. When another one begins, both keep their calls in
//! the table of claims: the first publishes those it has in flight, and the second sends nothing before that. A claim ends
//! with its answer, in the same transaction, or with the lease of its run; a lease ends with its process.

use super::{
    CompletionKey, RunSlot, Store, StoreError,
    claim::{Claim, ClaimRequest},
    completion::usable,
    lease_row::{self, EXPIRY, LeaseRow, refuse_running},
    open,
    process::ProcessIdentity,
    writer::Job,
};
use crate::model::RunId;
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, TransactionBehavior};
use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};
use tokio::sync::{Notify, oneshot};

/// How often a run looks for others.
const TICK: Duration = Duration::from_millis(50);

/// How often it renews its lease.
const TICKS_TO_RENEW: u32 = 100;

/// A lease that was not renewed while its process was watched for so long has ended. Ticks, not time: a computer that slept
/// must not end the leases of those that slept with it.
const TICKS_TO_EXPIRE: u32 = (EXPIRY.as_millis() / TICK.as_millis()) as u32;

/// The right to execute a run, until it is dropped or the process ends.
#[derive(Debug)]
pub struct RunLease {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    run: i64,
    process: ProcessIdentity,
    state: Mutex<State>,
    /// Wakes the thread that watches.
    ended: Condvar,
    /// Wakes calls that wait for the first look at the others.
    joined: Notify,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    calls: HashMap<CompletionKey, CallState>,
    /// Calls of others whose end is waited for.
    awaited: HashMap<CompletionKey, Vec<oneshot::Sender<()>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Others run, and have not published their calls yet.
    Joining,
    Alone,
    Sharing,
    /// Another process executes the run.
    Overtaken(u32),
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallState {
    InFlight,
    /// Entered into the table of claims while in flight: whatever wrote its end may not know.
    Published,
}

impl Store {
    /// Lease a run to this process; an error where another one executes it.
    pub fn lease(&self, run: &RunId) -> Result<RunLease, StoreError> {
        let here = ProcessIdentity::current();
        let (run, others) = {
            let mut connection = self.lock();
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let slot = RunSlot::of_run(&transaction, run)?;
            refuse_running(&transaction, slot, run, &here)?;
            let others = lease_row::enter(&transaction, slot.number, &here)?;
            transaction.commit()?;
            (slot.number, others)
        };
        // A connection of its own: whoever looks a key up takes the addresses first and the shared one then.
        let connection = open::open(Some(self.path()))?;
        // What others wrote before they were seen.
        self.refresh_addresses(&connection)?;
        let mode = if others { Mode::Joining } else { Mode::Alone };
        let shared = Arc::new(Shared {
            store: self.clone(),
            run,
            process: here,
            state: Mutex::new(State {
                mode,
                calls: HashMap::new(),
                awaited: HashMap::new(),
            }),
            ended: Condvar::new(),
            joined: Notify::new(),
        });
        let lease = RunLease {
            shared: Arc::clone(&shared),
        };
        thread::Builder::new()
            .name("lease".into())
            .spawn(move || watch(&shared, connection))
            .map_err(|e| StoreError::Writer(e.to_string()))?;
        Ok(lease)
    }
}

impl RunLease {
    /// Claim a call. One that is granted ends with [`RunLease::settle`] or [`RunLease::release`].
    pub async fn claim(&self, key: CompletionKey) -> Result<Claim, StoreError> {
        let shared = &self.shared;
        loop {
            let joined = shared.joined.notified();
            {
                let mut state = shared.state.lock();
                match state.mode {
                    Mode::Alone => {
                        state.calls.insert(key, CallState::InFlight);
                        return Ok(Claim::Granted);
                    }
                    Mode::Sharing => {
                        state.calls.insert(key, CallState::InFlight);
                        break;
                    }
                    Mode::Overtaken(pid) => return Err(StoreError::Overtaken { pid }),
                    Mode::Ended => return Err(StoreError::Writer("the run has ended".into())),
                    Mode::Joining => {}
                }
            }
            joined.await;
        }
        let claim = shared.store.claim(shared.run, key).await;
        if !matches!(claim, Ok(Claim::Granted)) {
            shared.state.lock().calls.remove(&key);
        }
        claim
    }

    /// Wait until a call that another run had taken is over.
    pub async fn wait_for(&self, key: CompletionKey) {
        let (wake, woken) = oneshot::channel();
        {
            let mut state = self.shared.state.lock();
            if state.mode != Mode::Sharing {
                return;
            }
            state.awaited.entry(key).or_default().push(wake);
        }
        // Where the sender is gone, the run has ended.
        let _ = woken.await;
    }

    /// The end of a call was written to the store.
    pub fn settle(&self, key: &CompletionKey) {
        if self.shared.state.lock().calls.remove(key) == Some(CallState::Published) {
            self.shared.store.release(self.shared.run, *key);
        }
    }

    /// A call ended without a trace in the store.
    pub fn release(&self, key: &CompletionKey) {
        let mut state = self.shared.state.lock();
        if state.calls.remove(key).is_some() && state.mode == Mode::Sharing {
            drop(state);
            self.shared.store.release(self.shared.run, *key);
        }
    }

    /// End the lease: others may execute the run.
    pub fn end(&self) {
        let shared = &self.shared;
        let before = shared.enter_mode(Mode::Ended);
        shared.ended.notify_all();
        if !matches!(before, Mode::Ended | Mode::Overtaken(_)) {
            // A lease that cannot be removed ends with the process.
            let _ = lease_row::end(&shared.store.lock(), shared.run);
        }
    }
}

impl Drop for RunLease {
    fn drop(&mut self) {
        self.end();
    }
}

/// Look for other runs until the lease ends. An error of the store is met again at the next look, and by its writer.
fn watch(shared: &Shared, mut connection: Connection) {
    let mut watched = Watched::default();
    for tick in 1_u32.. {
        {
            let mut state = shared.state.lock();
            if matches!(state.mode, Mode::Joining | Mode::Alone | Mode::Sharing) {
                shared.ended.wait_for(&mut state, TICK);
            }
            if matches!(state.mode, Mode::Ended | Mode::Overtaken(_)) {
                return;
            }
        }
        if tick.is_multiple_of(TICKS_TO_RENEW) {
            let _ = lease_row::renew(&connection, shared.run);
        }
        let _ = shared.look(&mut connection, &mut watched);
    }
}

/// How often the leases of others were renewed, and for how many ticks that has not changed.
#[derive(Debug, Default)]
struct Watched(HashMap<i64, (i64, u32)>);

impl Watched {
    /// Whether a lease was not renewed for too long.
    fn has_expired(&mut self, row: &LeaseRow) -> bool {
        let (renewals, ticks) = self.0.entry(row.run).or_insert((row.renewals, 0));
        if *renewals != row.renewals {
            (*renewals, *ticks) = (row.renewals, 0);
        }
        *ticks += 1;
        *ticks > TICKS_TO_EXPIRE
    }
}

impl Shared {
    fn look(&self, connection: &mut Connection, watched: &mut Watched) -> Result<(), StoreError> {
        let (mine, others): (Vec<_>, Vec<_>) = lease_row::all(connection)?
            .into_iter()
            .partition(|row| row.run == self.run);
        let is_published = match mine.first() {
            Some(row) if row.process == self.process => row.claims,
            Some(row) => {
                self.enter_mode(Mode::Overtaken(row.process.pid));
                return Ok(());
            }
            // Others took this process for dead; it was stopped for long.
            None => {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                // The lease may have ended since this thread looked at its mode: then it is gone for good. It ends under the write
                // lock, so it cannot end between here and the commit.
                let has_ended = self.state.lock().mode == Mode::Ended;
                let of_run = lease_row::of_run(&transaction, self.run, &self.process)?;
                if !has_ended && of_run.is_none() {
                    lease_row::enter(&transaction, self.run, &self.process)?;
                    self.publish(&transaction)?;
                    transaction.commit()?;
                }
                return Ok(());
            }
        };
        let (gone, left): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|row| row.has_ended(&self.process) || watched.has_expired(row));
        if !gone.is_empty() {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for row in &gone {
                lease_row::end(&transaction, row.run)?;
                watched.0.remove(&row.run);
            }
            transaction.commit()?;
        }
        let mode = self.state.lock().mode;
        match mode {
            Mode::Joining if left.iter().all(|row| row.claims) => {
                self.enter_mode(Mode::Sharing);
            }
            Mode::Alone | Mode::Sharing if !left.is_empty() && !is_published => {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                self.publish(&transaction)?;
                transaction.commit()?;
            }
            Mode::Sharing if left.is_empty() => {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let is_alone = lease_row::withdraw(&transaction, self.run)?;
                transaction.commit()?;
                if is_alone {
                    self.store.refresh_addresses(connection)?;
                    self.enter_mode(Mode::Alone);
                }
            }
            Mode::Sharing => self.wake(connection)?,
            _ => {}
        }
        Ok(())
    }

    /// Change the mode; the one before.
    fn enter_mode(&self, mode: Mode) -> Mode {
        let before = self.change(&mut self.state.lock(), mode);
        self.joined.notify_waiters();
        before
    }

    fn change(&self, state: &mut State, mode: Mode) -> Mode {
        let before = state.mode;
        // Whatever its thread finds out while it ends, an ended lease stays so.
        if before == Mode::Ended {
            return before;
        }
        state.mode = mode;
        match (before == Mode::Sharing, mode == Mode::Sharing) {
            (false, true) => _ = self.store.sharing.fetch_add(1, Ordering::Relaxed),
            (true, false) => {
                self.store.sharing.fetch_sub(1, Ordering::Relaxed);
                // Dropping their senders wakes them.
                state.awaited.clear();
            }
            _ => {}
        }
        before
    }

    /// Claim the calls in flight, and every later one. No call begins or ends meanwhile.
    fn publish(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut state = self.state.lock();
        lease_row::publish(connection, self.run, state.calls.keys())?;
        for call in state.calls.values_mut() {
            *call = CallState::Published;
        }
        if state.mode == Mode::Alone {
            self.change(&mut state, Mode::Sharing);
        }
        Ok(())
    }

    /// Wake those who wait for a call that is over: it has an answer, or nobody claims it any more.
    fn wake(&self, connection: &Connection) -> Result<(), StoreError> {
        let awaited: Vec<CompletionKey> = self.state.lock().awaited.keys().copied().collect();
        if awaited.is_empty() {
            return Ok(());
        }
        self.store.refresh_addresses(connection)?;
        for key in awaited {
            let is_over = self.store.is_answered(connection, &key)?
                || lease_row::claimed_by(connection, &key)?.is_none();
            if is_over {
                self.state.lock().awaited.remove(&key);
            }
        }
        Ok(())
    }
}

impl Store {
    async fn claim(&self, run: i64, key: CompletionKey) -> Result<Claim, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Claim(ClaimRequest { run, key, reply }))?;
        let answer = answer.await;
        answer
            .unwrap_or_else(|_| Err("it ended early".into()))
            .map_err(StoreError::Writer)
    }

    fn release(&self, run: i64, key: CompletionKey) {
        // Where the writer is gone, the run ends, and its claims with it.
        let _ = self.send(Job::Release(run, key));
    }

    /// Learn the completions that others wrote.
    fn refresh_addresses(&self, connection: &Connection) -> Result<(), StoreError> {
        if let Some(addresses) = self.addresses.write().as_mut() {
            addresses.refresh(connection)?;
        }
        Ok(())
    }

    fn is_answered(
        &self,
        connection: &Connection,
        key: &CompletionKey,
    ) -> Result<bool, StoreError> {
        let addresses = self.addresses.read();
        Ok(match addresses.as_ref() {
            Some(known) => usable(known, connection, key)?.is_some(),
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_expires_when_its_renewals_stop_while_it_is_watched() {
        let connection = open::open(None).unwrap();
        let here = ProcessIdentity::current();
        lease_row::enter(&connection, 1, &here).unwrap();
        let row = || lease_row::all(&connection).unwrap().remove(0);
        let mut watched = Watched::default();
        for _ in 0..TICKS_TO_EXPIRE {
            assert!(!watched.has_expired(&row()));
        }
        lease_row::renew(&connection, 1).unwrap();
        for _ in 0..TICKS_TO_EXPIRE {
            assert!(!watched.has_expired(&row()));
        }
        assert!(watched.has_expired(&row()));
    }

    #[test]
    fn a_lease_that_was_taken_away_comes_back_and_one_that_has_ended_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("wording.db")).unwrap();
        let mut connection = open::open(Some(store.path())).unwrap();
        let here = ProcessIdentity::current();
        lease_row::enter(&connection, 1, &here).unwrap();
        let lease = RunLease {
            shared: Arc::new(Shared {
                store,
                run: 1,
                process: here,
                state: Mutex::new(State {
                    mode: Mode::Alone,
                    calls: HashMap::new(),
                    awaited: HashMap::new(),
                }),
                ended: Condvar::new(),
                joined: Notify::new(),
            }),
        };
        let mut look = || {
            let mut watched = Watched::default();
            lease.shared.look(&mut connection, &mut watched).unwrap();
            lease_row::all(&connection).unwrap().len()
        };
        lease_row::end(&lease.shared.store.lock(), 1).unwrap();
        assert_eq!(look(), 1, "others took this process for dead");
        // The thread that watches may look once more after the end.
        lease.end();
        assert_eq!(look(), 0);
    }
}
