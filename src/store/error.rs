//! What can be wrong with the store.

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
    /// The writer thread is gone.
    #[error("the store's writer stopped: {0}")]
    Writer(String),
}
