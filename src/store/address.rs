//! From keys to completions.
//!
//! Keys are as good as random: written one by one, each would touch a page of its own. So a new completion is found by
//! its key in memory at first; when there are many, they go into the table of addresses in the order of their keys, a
//! slice with every batch of trials, so that no batch has to wait. What a run that was killed left out of the table is read
//! into memory by the next one.

use super::{CompletionKey, filter::Filter};
use rusqlite::{Connection, OptionalExtension, params, types::ValueRef};
use std::collections::HashMap;

/// So many new completions in memory begin to go into the table.
const MANY: usize = 1 << 16;

/// So many of them with a batch of trials.
const SLICE: usize = 2048;

/// The completions behind a number, in their order.
pub(super) fn written_after(
    connection: &Connection,
    known: i64,
) -> rusqlite::Result<Vec<(CompletionKey, i64)>> {
    let mut statement = connection
        .prepare_cached("SELECT key, number FROM completions WHERE number > ? ORDER BY number")?;
    let mut rows = statement.query([known])?;
    let mut written = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(key) = key(row.get_ref(0)?) {
            written.push((key, row.get(1)?));
        }
    }
    Ok(written)
}

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
    /// All completions up to this number are known here.
    known: i64,
}

impl Addresses {
    /// Read the table, and what a run that was killed left out of it, for a run of about so many new completions.
    pub(super) fn load(connection: &Connection, more: u64) -> rusqlite::Result<Addresses> {
        let (last, mark) = numbers(connection)?;
        let mut addresses = Addresses {
            fresh: HashMap::new(),
            filter: Filter::new(last.max(0) as u64 + more),
            settling: Vec::new(),
            mark,
            next_mark: mark,
            known: last,
        };
        let mut statement = connection.prepare("SELECT key FROM addresses")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(key) = key(row.get_ref(0)?) {
                addresses.filter.add(&key);
            }
        }
        let mut statement =
            connection.prepare("SELECT key, number FROM completions WHERE number > ?")?;
        let mut rows = statement.query([mark])?;
        while let Some(row) = rows.next()? {
            if let Some(key) = key(row.get_ref(0)?) {
                addresses.add(key, row.get(1)?);
            }
        }
        Ok(addresses)
    }

    /// Learn the completions that other processes wrote.
    pub(super) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let written = written_after(connection, self.known)?;
        self.learn(written);
        Ok(())
    }

    /// The number of the last completion that is known.
    pub(super) fn known(&self) -> i64 {
        self.known
    }

    /// Learn what [`written_after`] found, whatever was learned meanwhile.
    pub(super) fn learn(&mut self, written: Vec<(CompletionKey, i64)>) {
        for (key, number) in written {
            // A later one of this process may have come between.
            let later = self.fresh.get(&key).copied().unwrap_or(number);
            self.add(key, number.max(later));
            self.known = self.known.max(number);
        }
    }

    /// Completions with these numbers were written and are durable.
    pub(super) fn add_written(&mut self, written: &[(CompletionKey, i64)]) {
        // Where others wrote between, the next refresh finds theirs.
        if let (Some((_, first)), Some((_, last))) = (written.first(), written.last())
            && *first == self.known + 1
        {
            self.known = *last;
        }
        for (key, number) in written {
            self.add(*key, *number);
        }
    }

    fn add(&mut self, key: CompletionKey, completion: i64) {
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
            // Completions of another process may lie between: then the end of the run makes the table complete.
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

fn key(value: ValueRef<'_>) -> Option<CompletionKey> {
    Some(CompletionKey(value.as_blob().ok()?.try_into().ok()?))
}

/// Numbers of the last completion, and of the last one up to which all are in the table.
fn numbers(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let last = "SELECT coalesce(max(number), 0), (SELECT value FROM marks) FROM completions";
    connection.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Bring the table up to date. A later completion of a key takes the place of an earlier one.
pub(super) fn complete(connection: &Connection) -> rusqlite::Result<()> {
    let (last, mark) = numbers(connection)?;
    if last > mark {
        connection.execute_batch(
            "BEGIN IMMEDIATE;
             INSERT OR REPLACE INTO addresses SELECT key, number FROM completions
               WHERE number > (SELECT value FROM marks) ORDER BY key, number;
             UPDATE marks SET value = max(value, (SELECT coalesce(max(number), 0) FROM completions));
             COMMIT",
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};
    use crate::{model::Completion, store::trial::insert_completion};

    fn key_of(i: usize) -> CompletionKey {
        CompletionKey::new("e", &i.to_le_bytes(), 0)
    }

    /// Keep completions of these keys in one transaction, and tell the addresses.
    fn write(connection: &mut Connection, all: &mut Addresses, keys: std::ops::Range<usize>) {
        let transaction = connection.transaction().unwrap();
        let mut new = Vec::new();
        for i in keys {
            let key = key_of(i);
            new.push((
                key,
                insert_completion(&transaction, &key, &Completion::default(), None).unwrap(),
            ));
        }
        transaction.commit().unwrap();
        all.add_written(&new);
    }

    /// What the writer does with every batch.
    fn slice(connection: &Connection, all: &mut Addresses) {
        let slice = all.slice();
        slice.write(connection).unwrap();
        all.settled(&slice);
    }

    #[test]
    fn many_go_into_the_table_in_slices_and_a_killed_run_loses_none() {
        const KEYS: usize = MANY + 3 * SLICE;
        let mut connection = open::open(None).unwrap();
        let mut all = Addresses::load(&connection, KEYS as u64).unwrap();
        write(&mut connection, &mut all, 0..MANY);
        slice(&connection, &mut all);
        assert!(!all.settling.is_empty(), "a slice at a time");
        // More come while the first ones settle.
        write(&mut connection, &mut all, MANY..KEYS);
        for _ in 0..MANY / SLICE {
            slice(&connection, &mut all);
        }
        assert!(all.settling.is_empty() && all.fresh.len() == KEYS - MANY);
        assert_eq!(numbers(&connection).unwrap(), (KEYS as i64, MANY as i64));
        // Another process, after a kill: what is not in the table is read from the completions.
        let again = Addresses::load(&connection, 0).unwrap();
        assert_eq!(again.fresh.len(), KEYS - MANY);
        for addresses in [&all, &again] {
            for i in 0..KEYS {
                assert!(addresses.may_have(&key_of(i)));
                let found = addresses.find(&connection, &key_of(i)).unwrap();
                assert_eq!(found, Some(i as i64 + 1));
            }
            assert_eq!(addresses.find(&connection, &key_of(KEYS)).unwrap(), None);
        }
        complete(&connection).unwrap();
        assert_eq!(numbers(&connection).unwrap(), (KEYS as i64, KEYS as i64));
        let again = Addresses::load(&connection, 0).unwrap();
        assert!(again.fresh.is_empty());
        assert_eq!(
            again.find(&connection, &key_of(KEYS - 1)).unwrap(),
            Some(KEYS as i64)
        );
    }
}
