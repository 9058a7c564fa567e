//! The tables of leases and claims: which process executes which run, and the calls that it has in flight.
//!
//! Every function that writes expects the write lock, so that what two processes decide is decided one after the other.

use super::{CompletionKey, RunSlot, StoreError, process::ProcessIdentity, unix_now};
use crate::model::RunId;
use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

/// A lease that was not renewed for so long has ended, whoever holds it.
pub(super) const EXPIRY: Duration = Duration::from_secs(60);

/// A run that a process executes.
#[derive(Debug, Clone)]
pub(super) struct LeaseRow {
    /// Number of the run.
    pub(super) run: i64,
    pub(super) process: ProcessIdentity,
    /// When it began, in seconds since 1970.
    pub(super) since: i64,
    /// When it was last renewed, by the clock of its process.
    renewed: i64,
    /// How often it was renewed.
    pub(super) renewals: i64,
    /// Whether its calls are in the table of claims. A process that is alone does without.
    pub(super) claims: bool,
}

impl LeaseRow {
    /// Whether it has ended, as far as a process can tell that has not watched it.
    pub(super) fn has_ended(&self, here: &ProcessIdentity) -> bool {
        let age = (unix_now().as_secs() as i64).saturating_sub(self.renewed);
        let has_expired = self.process.host != here.host && age > EXPIRY.as_secs() as i64;
        has_expired || self.process.has_ended(here)
    }
}

/// All leases, those that have ended too.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<LeaseRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT run, host, pid, process_started, since, renewed, renewals, claims FROM leases",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(LeaseRow {
            run: row.get(0)?,
            process: ProcessIdentity {
                host: row.get(1)?,
                pid: row.get(2)?,
                started: row.get(3)?,
            },
            since: row.get(4)?,
            renewed: row.get(5)?,
            renewals: row.get(6)?,
            claims: row.get(7)?,
        })
    })?;
    rows.collect()
}

/// The lease of a run, unless it has ended.
pub(super) fn of_run(
    connection: &Connection,
    run: i64,
    here: &ProcessIdentity,
) -> rusqlite::Result<Option<LeaseRow>> {
    let found = all(connection)?.into_iter().find(|row| row.run == run);
    Ok(found.filter(|row| !row.has_ended(here)))
}

/// An error where a process executes the run.
pub(super) fn refuse_running(
    connection: &Connection,
    slot: RunSlot,
    run: &RunId,
    here: &ProcessIdentity,
) -> Result<(), StoreError> {
    match of_run(connection, slot.number, here)? {
        Some(row) => Err(StoreError::Running {
            run: run.0.clone(),
            pid: row.process.pid,
            since: row.since,
            is_here: row.process.host == here.host,
        }),
        None => Ok(()),
    }
}

/// Enter a lease; those that have ended go. Whether its calls have to be claimed: others are running.
pub(super) fn enter(
    connection: &Connection,
    run: i64,
    here: &ProcessIdentity,
) -> rusqlite::Result<bool> {
    end(connection, run)?;
    let mut others = false;
    for row in all(connection)? {
        match row.has_ended(here) {
            true => end(connection, row.run)?,
            false => others = true,
        }
    }
    let now = unix_now().as_secs() as i64;
    connection.execute(
        "INSERT INTO leases VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        params![run, here.host, here.pid, here.started, now, now, others],
    )?;
    Ok(others)
}

/// Remove a lease and its claims.
pub(super) fn end(connection: &Connection, run: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM claims WHERE run = ?", [run])?;
    connection.execute("DELETE FROM leases WHERE run = ?", [run])?;
    Ok(())
}

/// Renew a lease; whether it is still there.
pub(super) fn renew(connection: &Connection, run: i64) -> rusqlite::Result<bool> {
    let now = unix_now().as_secs() as i64;
    let renewed = "UPDATE leases SET renewed = ?, renewals = renewals + 1 WHERE run = ?";
    Ok(connection.execute(renewed, params![now, run])? > 0)
}

/// Keep the calls of a run in the table of claims from now on, beginning with these.
pub(super) fn publish<'a>(
    connection: &Connection,
    run: i64,
    in_flight: impl Iterator<Item = &'a CompletionKey>,
) -> rusqlite::Result<()> {
    connection.execute("UPDATE leases SET claims = 1 WHERE run = ?", [run])?;
    for key in in_flight {
        insert(connection, run, key)?;
    }
    Ok(())
}

/// Do without claims again, where no other run is left; whether that is so.
pub(super) fn withdraw(connection: &Connection, run: i64) -> rusqlite::Result<bool> {
    let others = "SELECT EXISTS (SELECT 1 FROM leases WHERE run <> ?)";
    if connection.query_row(others, [run], |row| row.get(0))? {
        return Ok(false);
    }
    connection.execute("UPDATE leases SET claims = 0 WHERE run = ?", [run])?;
    connection.execute("DELETE FROM claims", [])?;
    Ok(true)
}

/// Claim a call; whether it is this run's now.
pub(super) fn insert(
    connection: &Connection,
    run: i64,
    key: &CompletionKey,
) -> rusqlite::Result<bool> {
    let inserted = connection
        .prepare_cached("INSERT OR IGNORE INTO claims VALUES (?, ?)")?
        .execute(params![&key.0[..], run])?;
    if inserted > 0 {
        return Ok(true);
    }
    Ok(claimed_by(connection, key)? == Some(run))
}

/// The run that has claimed a call.
pub(super) fn claimed_by(
    connection: &Connection,
    key: &CompletionKey,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT run FROM claims WHERE key = ?")?
        .query_row([&key.0[..]], |row| row.get(0))
        .optional()
}

/// A call has an answer, whoever made it.
pub(super) fn answered(connection: &Connection, key: &CompletionKey) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM claims WHERE key = ?")?
        .execute([&key.0[..]])?;
    Ok(())
}

/// A call is over.
pub(super) fn release(
    connection: &Connection,
    run: i64,
    key: &CompletionKey,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM claims WHERE key = ? AND run = ?")?
        .execute(params![&key.0[..], run])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};

    /// A lease of a process that does not exist here, or of one elsewhere, renewed so many seconds ago.
    fn insert_lease(connection: &Connection, run: i64, host: &str, age: u64) {
        let renewed = (unix_now().as_secs() - age) as i64;
        let pid = i32::MAX;
        connection
            .execute(
                "INSERT INTO leases VALUES (?, ?, ?, '7', 0, ?, 0, 1)",
                params![run, host, pid, renewed],
            )
            .unwrap();
    }

    #[test]
    fn claims_end_with_the_process_or_with_a_lease_that_is_not_renewed() {
        let here = ProcessIdentity::current();
        for (host, age, ends) in [
            (&*here.host, 0, cfg!(unix)),
            ("elsewhere", 0, false),
            ("elsewhere", EXPIRY.as_secs() + 5, true),
        ] {
            let connection = open::open(None).unwrap();
            insert_lease(&connection, 1, host, age);
            let key = CompletionKey::new("e", b"{}", 0);
            assert!(insert(&connection, 1, &key).unwrap());
            let found = of_run(&connection, 1, &here).unwrap();
            assert_eq!(found.is_none(), ends, "{host} {age}");
            assert_eq!(enter(&connection, 2, &here).unwrap(), !ends);
            assert_eq!(insert(&connection, 2, &key).unwrap(), ends);
            assert_eq!(withdraw(&connection, 2).unwrap(), ends);
        }
    }
}
