//! What is wrong with a store, and what to do about each.

use super::{RunInfo, Store, StoreError, error::explain, lease_row, process::ProcessIdentity};
use rusqlite::Connection;
use serde::Serialize;
use std::path::PathBuf;

/// Most messages of SQLite about a damaged file.
const MOST_MESSAGES: usize = 10;

/// What was found in a store.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct StoreCheck {
    #[serde(serialize_with = "crate::display::lossy_path")]
    pub store: PathBuf,
    pub bytes: u64,
    pub runs: usize,
    pub answers: usize,
    pub problems: Vec<StoreProblem>,
    /// Runs that processes execute now.
    pub running: Vec<RunningRun>,
    /// Runs whose process ended before they did.
    pub interrupted: Vec<String>,
}

/// Something that should not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StoreProblem {
    pub problem: String,
    /// What to do about it.
    pub action: String,
}

/// A run with a live lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RunningRun {
    pub run: String,
    pub pid: u32,
    /// Seconds since 1970.
    pub since: i64,
}

const RESTORE: &str = "restore a copy of the file, or save what can be read: sqlite3 OLD.db .recover | sqlite3 NEW.db";

/// A question to the tables whose answer, a count, should be 0; what it counts, and what to do.
struct Reference {
    count: &'static str,
    problem: &'static str,
    action: &'static str,
}

const REFERENCES: [Reference; 5] = [
    Reference {
        count: "SELECT count(*) FROM trials t WHERE t.completion IS NOT NULL \
            AND NOT EXISTS (SELECT 1 FROM completions c WHERE c.number = t.completion)",
        problem: "trials whose answers are missing",
        action: "delete the runs they belong to with `wording runs delete RUN` and run the experiment again; other answers are reused",
    },
    Reference {
        count: "SELECT count(*) FROM trials t WHERE NOT EXISTS (SELECT 1 FROM runs r \
            WHERE t.cell >= r.first AND t.cell < r.first + r.models * r.variants * r.rows * r.samples)",
        problem: "trials that belong to no run",
        action: "they are never read; to remove them, restore a copy of the file",
    },
    Reference {
        count: "SELECT count(*) FROM addresses a \
            WHERE NOT EXISTS (SELECT 1 FROM completions c WHERE c.number = a.completion AND c.key = a.key)",
        problem: "addresses that lead to no answer",
        action: REBUILD,
    },
    Reference {
        count: "SELECT count(*) FROM completions c WHERE c.number <= (SELECT value FROM marks) \
            AND NOT EXISTS (SELECT 1 FROM addresses a WHERE a.key = c.key)",
        problem: "answers that are not found by their request",
        action: REBUILD,
    },
    Reference {
        count: "SELECT count(*) FROM runs a JOIN runs b ON a.number < b.number \
            WHERE a.first < b.first + b.models * b.variants * b.rows * b.samples \
            AND b.first < a.first + a.models * a.variants * a.rows * a.samples",
        problem: "pairs of runs that claim the same trials",
        action: "delete one run of each pair with `wording runs delete RUN`",
    },
];

const REBUILD: &str = "rebuild the table of addresses; the next run fills it: \
    sqlite3 STORE.db \"DELETE FROM addresses; UPDATE marks SET value = 0\"";

impl Store {
    /// Read the whole file and look for damage and for references that lead nowhere. Changes nothing.
    pub fn check(&self) -> Result<StoreCheck, StoreError> {
        let connection = self.lock();
        let mut problems = damage(&connection);
        let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        for reference in &REFERENCES {
            match count(reference.count) {
                Ok(0) => {}
                Ok(n) => problems.push(StoreProblem {
                    problem: format!("{}: {n}", reference.problem),
                    action: reference.action.into(),
                }),
                Err(error) => problems.push(StoreProblem {
                    problem: format!("{} cannot be counted: {error}", reference.problem),
                    action: RESTORE.into(),
                }),
            }
        }
        let (unreadable, mut interrupted) = run_states(&connection)?;
        problems.extend(unreadable);
        let running = running(&connection)?;
        interrupted.retain(|run| !running.iter().any(|r| r.run == *run));
        let counted = |sql| count(sql).unwrap_or_default() as usize;
        Ok(StoreCheck {
            store: self.path().to_owned(),
            bytes: std::fs::metadata(self.path()).map_or(0, |file| file.len()),
            runs: counted("SELECT count(*) FROM runs"),
            answers: counted("SELECT count(*) FROM completions"),
            problems,
            running,
            interrupted,
        })
    }
}

/// What SQLite itself finds.
fn damage(connection: &Connection) -> Vec<StoreProblem> {
    let messages = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(&format!("PRAGMA quick_check({MOST_MESSAGES})"))?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    let found = messages().unwrap_or_else(|error| vec![explain(&error)]);
    let lines = found.iter().flat_map(|message| message.lines());
    lines
        .filter(|line| *line != "ok" && !line.starts_with("***"))
        .take(MOST_MESSAGES)
        .map(|line| StoreProblem {
            problem: format!("the file is damaged: {line}"),
            action: RESTORE.into(),
        })
        .collect()
}

/// Runs that cannot be read, and the ids of those that did not end.
fn run_states(connection: &Connection) -> rusqlite::Result<(Vec<StoreProblem>, Vec<String>)> {
    let (mut unreadable, mut unfinished) = (Vec::new(), Vec::new());
    let mut statement = connection.prepare("SELECT id, state, info FROM runs ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, state): (String, String) = (row.get(0)?, row.get(1)?);
        let info = serde_json::from_str::<RunInfo>(row.get_ref(2)?.as_str()?);
        if let Err(error) = info {
            unreadable.push(StoreProblem {
                problem: format!("run {id} cannot be read: {error}"),
                action: format!("delete it with `wording runs delete {id}`; its answers stay"),
            });
        }
        if state == "running" {
            unfinished.push(id);
        }
    }
    Ok((unreadable, unfinished))
}

pub(super) fn running(connection: &Connection) -> rusqlite::Result<Vec<RunningRun>> {
    let here = ProcessIdentity::current();
    let mut running = Vec::new();
    for lease in lease_row::all(connection)? {
        if lease.has_ended(&here) {
            continue;
        }
        let id = "SELECT id FROM runs WHERE number = ?";
        running.push(RunningRun {
            run: connection.query_row(id, [lease.run], |row| row.get(0))?,
            pid: lease.process.pid,
            since: lease.since,
        });
    }
    Ok(running)
}
