//! The tables, and how a file is opened.

use super::StoreError;
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};

/// Layout of the tables; raised with every change.
const LAYOUT: i64 = 2;

// `trials` is narrow and read whole, a run's trials after each other (see `place`); texts are in `completions`, which only
// grows. Keys of completions are as good as
// random, so that each would touch a page of its own: `addresses` is brought up to date in sorted heaps, up to the
// number in `marks`.
const TABLES: &str = "
CREATE TABLE runs (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, info TEXT NOT NULL,
  first INTEGER NOT NULL, models INTEGER NOT NULL, variants INTEGER NOT NULL, rows INTEGER NOT NULL,
  samples INTEGER NOT NULL, elapsed_s REAL NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
  retries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE heads (
  run INTEGER NOT NULL, part TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (run, part)
) STRICT;
CREATE TABLE completions (
  number INTEGER PRIMARY KEY, key BLOB NOT NULL, text TEXT NOT NULL, extra TEXT, finish TEXT NOT NULL,
  prompt INTEGER NOT NULL, cached INTEGER NOT NULL, completion INTEGER NOT NULL, reasoning INTEGER NOT NULL,
  estimated INTEGER NOT NULL, latency_ms REAL NOT NULL, first_token_ms REAL
) STRICT;
CREATE TABLE addresses (key BLOB PRIMARY KEY, completion INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO marks VALUES ('addressed', 0);
CREATE TABLE trials (
  cell INTEGER PRIMARY KEY, state INTEGER NOT NULL, completion INTEGER, failure TEXT, attempts INTEGER NOT NULL,
  reused INTEGER NOT NULL, cost_usd REAL, score REAL, answer TEXT, more_scores TEXT, latency_ms REAL, prompt INTEGER,
  cached INTEGER, output INTEGER, reasoning INTEGER, estimated INTEGER
) STRICT;
";

/// How long another process that is at the file is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Do what SQLite refuses at once, without its own wait, where another process is at the file: two that turn one new
/// file to a write-ahead log would wait for each other for ever.
fn patiently<T>(mut ask: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let begun = Instant::now();
    loop {
        match ask() {
            Err(e)
                if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(2));
            }
            done => return done,
        }
    }
}

/// Open a file, or memory where `None`; make the tables where there are none.
pub fn open(path: Option<&Path>) -> Result<Connection, StoreError> {
    let shown = path.unwrap_or(Path::new(":memory:")).to_path_buf();
    let wrong = |e: rusqlite::Error| StoreError::Open {
        path: shown.clone(),
        message: e.to_string(),
    };
    let connection = match path {
        Some(path) => Connection::open(path),
        None => Connection::open("file:wording?mode=memory"),
    }
    .map_err(wrong)?;
    connection.busy_timeout(PATIENCE).map_err(wrong)?;
    patiently(|| connection.execute_batch("PRAGMA journal_mode = WAL;")).map_err(wrong)?;
    connection
        .execute_batch("PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;")
        .map_err(wrong)?;
    let found: i64 =
        patiently(|| connection.query_row("PRAGMA user_version", [], |row| row.get(0)))
            .map_err(wrong)?;
    if found > LAYOUT {
        return Err(StoreError::Newer {
            path: shown,
            found,
            known: LAYOUT,
        });
    }
    if (1..LAYOUT).contains(&found) {
        return Err(StoreError::Older {
            path: shown,
            found,
            known: LAYOUT,
        });
    }
    if found == 0 {
        // Two processes may come here at once: the second waits and finds the tables.
        connection.execute_batch("BEGIN IMMEDIATE").map_err(wrong)?;
        let again: i64 = connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(wrong)?;
        if again == 0 {
            connection.execute_batch(TABLES).map_err(wrong)?;
            connection
                .pragma_update(None, "user_version", LAYOUT)
                .map_err(wrong)?;
        }
        connection.execute_batch("COMMIT").map_err(wrong)?;
    }
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_may_open_one_new_file_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        for round in 0..20 {
            let path = folder.path().join(format!("{round}.db"));
            let gate = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        gate.wait();
                        let opened = open(Some(&path));
                        assert!(opened.is_ok(), "{opened:?}");
                    });
                }
            });
        }
    }
}
