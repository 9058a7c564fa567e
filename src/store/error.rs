//! What can be wrong with the store.

use std::path::PathBuf;

/// What can be wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("the store {} cannot be opened: {message}", path.display())]
    Open { path: PathBuf, message: String },
    /// The file was made by a later version.
    #[error("the store {} was made by a later version of wording (layout {found}, this one knows {known}); update wording, or move the file away", path.display())]
    Newer {
        path: PathBuf,
        found: i64,
        /// The latest known here.
        known: i64,
    },
    /// The file was made before the first release.
    #[error("the store {} was made by an earlier version of wording (layout {found}, this one knows {known}); move the file away, a new one is made", path.display())]
    Older {
        path: PathBuf,
        found: i64,
        /// The one known here.
        known: i64,
    },
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
