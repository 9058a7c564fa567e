//! What can be wrong with the store.

use crate::display::utc;
use std::path::PathBuf;

/// What can be wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the store {}: {message}", path.display())]
    Open { path: PathBuf, message: String },
    #[error("the store {} was created by a newer version of wording (layout {found}; this version reads up to {known}); update wording, or pass another file with --store", path.display())]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// A layout that only builds before the first release wrote.
    #[error("the store {} was created by an early development build of wording and cannot be converted; rename or delete the file, and the next run creates a new one", path.display())]
    Older { path: PathBuf },
    #[error("the store failed: {0}")]
    Sql(#[from] rusqlite::Error),
    /// What is stored cannot be understood.
    #[error("run {run} in the store is damaged: {message}")]
    Unreadable { run: String, message: String },
    /// No run of that id.
    #[error("no run `{id}`{}", if known.is_empty() { "; there are no runs yet, start one with `wording run`".to_owned() } else { format!("; latest: {}", known.join(", ")) })]
    NoRun {
        id: String,
        /// Some that there are.
        known: Vec<String>,
    },
    /// Several runs begin like that.
    #[error("`{id}` matches several runs: {}", found.join(", "))]
    Ambiguous {
        id: String,
        /// Those that begin so.
        found: Vec<String>,
    },
    #[error("{run} has no variant `{name}`{near}; available: {}", known.join(", "))]
    NoVariant {
        run: String,
        name: String,
        near: String,
        /// Some that there are.
        known: Vec<String>,
    },
    /// Another process executes the run.
    #[error("run {run} is being run by process {pid}{} since {} UTC; wait until it ends, or stop it{}",
        if *is_here { "" } else { " of another machine or container" }, utc(*since),
        if *is_here { format!(" (kill {pid})") } else { String::new() })]
    Running {
        run: String,
        pid: u32,
        /// Seconds since 1970.
        since: i64,
        is_here: bool,
    },
    /// This process was stopped for so long that another one took its run over.
    #[error(
        "process {pid} has taken over this run, because this process was suspended for more than a minute; progress was saved"
    )]
    Overtaken { pid: u32 },
    /// The writer thread is gone.
    #[error("the store's writer stopped: {0}")]
    Writer(String),
}
