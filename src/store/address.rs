//! From keys to completions.
//!
//! Keys are as good as random: written one by one, each would touch a page of its own. So a new completion is found by
//! its key in memory at first; when there are many, they go into the table of addresses in the order of their keys, a
//! slice with every batch of trials, so that no batch has to wait. After a crash the next run does it for what was left.

use super::{CompletionKey, filter::Filter};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// So many new completions in memory begin to go into the table.
const MANY: usize = 1 << 16;

/// So many of them with a batch of trials.
const SLICE: usize = 2048;

/// Where completions are, for those that write.
#[derive(Debug)]
pub(super) struct Addresses {
    /// Those that need not be in the table yet.
    fresh: HashMap<CompletionKey, i64>,
    filter: Filter,
    /// Of the fresh ones those that are going into the table, the last key first.
    settling: Vec<(CompletionKey, i64)>,
    /// All completions up to this number are in the table.
    mark: i64,
    /// All up to this number are, once the settling is over.
    next_mark: i64,
}

impl Addresses {
    /// Read the table, made complete, for a run of about so many new completions.
    pub(super) fn load(connection: &Connection, more: u64) -> rusqlite::Result<Addresses> {
        let mark = complete(connection)?;
        let filter = Filter::new(mark.max(0) as u64 + more);
        let mut statement = connection.prepare("SELECT key FROM addresses")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(key) = <[u8; 16]>::try_from(row.get_ref(0)?.as_blob()?) {
                filter.add(&CompletionKey(key));
            }
        }
        Ok(Addresses {
            fresh: HashMap::new(),
            filter,
            settling: Vec::new(),
            mark,
            next_mark: mark,
        })
    }

    /// A completion was written and is durable.
    pub(super) fn add(&mut self, key: CompletionKey, completion: i64) {
        self.filter.add(&key);
        self.fresh.insert(key, completion);
    }

    /// The slice that goes into the table with this batch.
    pub(super) fn slice(&mut self) -> Slice {
        if self.settling.is_empty() && self.fresh.len() >= MANY {
            self.settling = self.fresh.iter().map(|(k, n)| (*k, *n)).collect();
            self.settling.sort_unstable_by(|a, b| b.cmp(a));
            let numbers = self.settling.iter().map(|(_, n)| *n);
            let last = numbers.clone().max().unwrap_or(0);
            // Completions of another process may lie between: then the next run makes the table complete.
            let whole = last - self.mark == self.settling.len() as i64
                && numbers.min() == Some(self.mark + 1);
            self.next_mark = if whole { last } else { self.mark };
        }
        let rest = self.settling.len().saturating_sub(SLICE);
        Slice {
            addresses: self.settling[rest..].to_vec(),
            mark: (rest == 0 && self.next_mark > self.mark).then_some(self.next_mark),
        }
    }

    /// A slice is durable.
    pub(super) fn settled(&mut self, slice: &Slice) {
        let rest = self.settling.len() - slice.addresses.len();
        self.settling.truncate(rest);
        for (key, number) in &slice.addresses {
            // It may have a later completion meanwhile.
            if self.fresh.get(key) == Some(number) {
                self.fresh.remove(key);
            }
        }
        self.mark = slice.mark.unwrap_or(self.mark);
    }

    /// Whether a key may be known; `false` is certain.
    pub(super) fn may_have(&self, key: &CompletionKey) -> bool {
        self.filter.may_have(key)
    }

    /// Number of the completion of a key.
    pub(super) fn find(
        &self,
        connection: &Connection,
        key: &CompletionKey,
    ) -> rusqlite::Result<Option<i64>> {
        match self.fresh.get(key) {
            Some(number) => Ok(Some(*number)),
            None => connection
                .prepare_cached("SELECT completion FROM addresses WHERE key = ?")?
                .query_row([&key.0[..]], |row| row.get(0))
                .optional(),
        }
    }
}

/// Addresses that go into the table together.
#[derive(Debug)]
pub(super) struct Slice {
    addresses: Vec<(CompletionKey, i64)>,
    mark: Option<i64>,
}

impl Slice {
    /// Write them.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement =
            connection.prepare_cached("INSERT OR REPLACE INTO addresses VALUES (?, ?)")?;
        for (key, number) in self.addresses.iter().rev() {
            statement.execute(params![&key.0[..], number])?;
        }
        if let Some(mark) = self.mark {
            connection.execute("UPDATE marks SET value = max(value, ?)", [mark])?;
        }
        Ok(())
    }
}

/// Bring the table up to date; the number of the last completion. A later completion of a key takes the place of an
/// earlier one.
pub(super) fn complete(connection: &Connection) -> rusqlite::Result<i64> {
    let last = "SELECT coalesce(max(number), 0), (SELECT value FROM marks) FROM completions";
    let numbers = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (last, mark): (i64, i64) = connection.query_row(last, [], numbers)?;
    if last > mark {
        connection.execute_batch(
            "BEGIN IMMEDIATE;
             INSERT OR REPLACE INTO addresses SELECT key, number FROM completions
               WHERE number > (SELECT value FROM marks) ORDER BY key, number;
             UPDATE marks SET value = max(value, (SELECT coalesce(max(number), 0) FROM completions));
             COMMIT",
        )?;
    }
    Ok(last)
}
