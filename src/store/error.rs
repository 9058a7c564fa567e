//! What can be wrong with the store.

use std::path::PathBuf;

/// What can be wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("the store {} cannot be opened: {message}", path.display())]
    Open { path: PathBuf, message: String },
    #[error("the store {} was made by a later version of wording (layout {found}, this version reads up to {known}); update wording, or pass another file with --store", path.display())]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// Layout 1, which only development builds wrote.
    #[error("the store {} was made by an earlier version of wording, a development build whose runs cannot be converted; rename the file, and the next run creates a new one", path.display())]
    Older { path: PathBuf },
    #[error("the store failed: {0}")]
    Sql(#[from] rusqlite::Error),
    /// What is stored cannot be understood.
    #[error("the store holds something unreadable in run {run}: {message}")]
    Unreadable { run: String, message: String },
    /// No run of that id.
    #[error("no run `{id}`{}", if known.is_empty() { "; there are none yet, `wording run` makes one".to_owned() } else { format!("; the latest are {}", known.join(", ")) })]
    NoRun {
        id: String,
        /// Some that there are.
        known: Vec<String>,
    },
    /// Several runs begin like that.
    #[error("`{id}` is the start of several runs: {}", found.join(", "))]
    Ambiguous {
        id: String,
        /// Those that begin so.
        found: Vec<String>,
    },
    /// The writer thread is gone.
    #[error("the store's writer stopped: {0}")]
    Writer(String),
}
