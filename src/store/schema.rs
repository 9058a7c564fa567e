//! The tables, and how those of an older store are upgraded.

use super::{StoreError, busy::retry_while_busy};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// A step of the layout: the `user_version` that a store has after it, and what it does.
struct Migration {
    layout: i64,
    sql: &'static str,
}

/// Every step in order. A new store takes all of them, an old one those it lacks; a step that was released never changes.
/// Layout 1, and the layout 2 of its first day, had no `cell`; only builds before the first release wrote them, and their
/// runs cannot be read.
const MIGRATIONS: [Migration; 9] = [
    Migration {
        layout: 2,
        sql: RUNS_AND_TRIALS,
    },
    Migration {
        layout: 3,
        sql: ON_DEMAND_TABLES,
    },
    Migration {
        layout: 4,
        sql: REASONS,
    },
    Migration {
        layout: 5,
        sql: LEASES,
    },
    Migration {
        layout: 6,
        sql: TRUNCATED,
    },
    Migration {
        layout: 7,
        sql: PROMPTS,
    },
    Migration {
        layout: 8,
        sql: SEAL_OPENINGS,
    },
    Migration {
        layout: 9,
        sql: SEARCHES,
    },
    Migration {
        layout: 10,
        sql: CALLS,
    },
];

pub(super) const LATEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].layout;

// `trials` is narrow and read in whole ranges, one run after another (see `run_slot`); texts are in `completions`, which
// only grows. Keys of completions are random, so inserting each at once would touch one page per key: `addresses` is
// updated in sorted slices, up to the completion number in `marks`.
pub(super) const RUNS_AND_TRIALS: &str = "
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

// Layout 2 created these when they were first needed, so a store may have some of them.
const ON_DEMAND_TABLES: &str = "
CREATE TABLE IF NOT EXISTS badcases (
  id INTEGER PRIMARY KEY AUTOINCREMENT, experiment TEXT NOT NULL, row_id TEXT, fields TEXT NOT NULL,
  output TEXT NOT NULL, corrected TEXT NOT NULL, variant TEXT, model TEXT, run TEXT, note TEXT NOT NULL,
  made_at INTEGER NOT NULL, UNIQUE (experiment, row_id)
) STRICT;
CREATE TABLE IF NOT EXISTS batches (
  input_file TEXT NOT NULL, endpoint TEXT NOT NULL, id TEXT, experiment TEXT NOT NULL, model TEXT NOT NULL,
  hash TEXT NOT NULL, requests INTEGER NOT NULL, state TEXT NOT NULL, completed INTEGER NOT NULL,
  failed INTEGER NOT NULL, fetched INTEGER NOT NULL, made_at INTEGER NOT NULL,
  PRIMARY KEY (endpoint, input_file, made_at)
) STRICT;
CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS opinions (
  cell INTEGER NOT NULL, metric INTEGER NOT NULL, repeat INTEGER NOT NULL, place INTEGER NOT NULL, value REAL,
  reused INTEGER NOT NULL, cost_usd REAL, PRIMARY KEY (cell, metric, repeat, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unscored (
  cell INTEGER NOT NULL, metric INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (cell, metric)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tunings (
  job TEXT PRIMARY KEY, experiment TEXT NOT NULL, endpoint TEXT NOT NULL, base TEXT NOT NULL, tuned TEXT,
  state TEXT NOT NULL, examples INTEGER NOT NULL, bad_cases INTEGER NOT NULL, made_at INTEGER NOT NULL
) STRICT;
";

// What a judge said for its verdict; null in verdicts of before.
const REASONS: &str = "ALTER TABLE opinions ADD COLUMN reason TEXT;";

// Few rows: they go when their process ends, or when their call does.
const LEASES: &str = "
CREATE TABLE leases (
  run INTEGER PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, process_started TEXT NOT NULL,
  since INTEGER NOT NULL, renewed INTEGER NOT NULL, renewals INTEGER NOT NULL, claims INTEGER NOT NULL
) STRICT;
CREATE TABLE claims (key BLOB PRIMARY KEY, run INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

// The state of an answer that was cut at max_tokens says so, whatever was read in it (see `CellState::number`).
const TRUNCATED: &str = "
UPDATE trials SET state = state + 8 WHERE state IN (0, 1, 2, 4)
  AND completion IN (SELECT number FROM completions WHERE finish = 'length');
";

// The prompts of answers, in blocks (see `prompts`); `rendered` is the place of one, null where it was not stored.
const PROMPTS: &str = "
CREATE TABLE prompts (number INTEGER PRIMARY KEY, base INTEGER, bytes BLOB NOT NULL) STRICT;
ALTER TABLE completions ADD COLUMN rendered INTEGER;
";

// Only added to: what was seen cannot be unseen.
const SEAL_OPENINGS: &str = "
CREATE TABLE seal_openings (
  number INTEGER PRIMARY KEY AUTOINCREMENT, experiment TEXT NOT NULL, opened_at INTEGER NOT NULL, run TEXT,
  reason TEXT NOT NULL, rows INTEGER NOT NULL
) STRICT;
";

// Searches for better wordings; what is in `record` is for `optimize` to say.
const SEARCHES: &str = "
CREATE TABLE searches (
  id TEXT PRIMARY KEY, experiment TEXT NOT NULL, state TEXT NOT NULL, made_at INTEGER NOT NULL, record TEXT NOT NULL
) STRICT;
";

// What was sent for a conversation, as JSON; null where a trial is one call.
const CALLS: &str = "ALTER TABLE trials ADD COLUMN calls TEXT;";

pub(super) fn layout(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Whether trials are numbered, as in every layout that can be read or upgraded.
fn has_cells(connection: &Connection) -> rusqlite::Result<bool> {
    retry_while_busy(|| {
        connection.query_row(
            "SELECT count(*) FROM pragma_table_info('trials') WHERE name = 'cell'",
            [],
            |row| Ok(row.get::<_, i64>(0)? > 0),
        )
    })
}

/// Bring the tables to the latest layout, in one transaction. Two processes may do it at once: the second waits, and
/// finds nothing left to do.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = layout(&transaction)?;
    for step in MIGRATIONS.iter().filter(|step| step.layout > found) {
        transaction.execute_batch(step.sql)?;
        transaction.pragma_update(None, "user_version", step.layout)?;
    }
    transaction.commit()
}

/// The layout of a store; an error where this version cannot read or upgrade it.
pub(super) fn check_layout(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let failed = |e: rusqlite::Error| StoreError::open(path, &e);
    let path = path.to_path_buf();
    let known = LATEST;
    match retry_while_busy(|| layout(connection)).map_err(failed)? {
        found if found > LATEST => Err(StoreError::Newer { path, found, known }),
        1.. if !has_cells(connection).map_err(failed)? => Err(StoreError::Older { path }),
        found => Ok(found),
    }
}
