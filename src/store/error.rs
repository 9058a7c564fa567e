//! What can be wrong with the store.

use crate::{
    display::utc,
    model::{RunId, VariantNameError},
};
use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// What can be wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the store {}: {message}", path.display())]
    Open { path: PathBuf, message: String },
    #[error("{} is not a file; pass another one with --store", path.display())]
    NoFile { path: PathBuf },
    /// It would have to be upgraded.
    #[error("the store {} is read-only and was created by an earlier version of wording; copy it to a folder where you can write, and pass the copy with --store", path.display())]
    ReadOnlyOlder { path: PathBuf },
    /// What was written last is not in the file yet.
    #[error("the store {} is in a read-only folder, and the last answers are still in {}; copy both files to a folder where you can write, and pass the copy with --store", path.display(), log.display())]
    ReadOnlyLog { path: PathBuf, log: PathBuf },
    #[error("the store {} was created by a newer version of wording (layout {found}; this version reads up to {known}); update wording, or pass another file with --store", path.display())]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// A layout that only builds before the first release wrote.
    #[error("the store {} was created by an early development build of wording and cannot be converted; rename or delete the file, and the next run creates a new one", path.display())]
    Older { path: PathBuf },
    #[error("the store failed: {}", explain(.0))]
    Sql(rusqlite::Error),
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
    /// A run over sealed rows.
    #[error(
        "run {run} is over sealed rows, which only `wording report {run} --open-sealed` shows; each opening is recorded"
    )]
    Sealed { run: String },
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
    #[error("{run}: {error}")]
    VariantName {
        run: String,
        error: VariantNameError,
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

// By hand: what SQLite says is in the message, and no cause is to repeat it.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::Sql(error)
    }
}

impl StoreError {
    pub(super) fn unreadable(run: &RunId, error: &serde_json::Error) -> StoreError {
        StoreError::Unreadable {
            run: run.0.clone(),
            message: error.to_string(),
        }
    }

    /// A file cannot be opened.
    pub(super) fn open(path: &Path, error: &rusqlite::Error) -> StoreError {
        StoreError::Open {
            path: path.to_owned(),
            message: explain(error),
        }
    }
}

/// What SQLite says, and what to do about it.
pub(super) fn explain(error: &rusqlite::Error) -> String {
    match error.sqlite_error().and_then(advice) {
        Some(advice) => format!("{error}: {advice}"),
        None => error.to_string(),
    }
}

const NO_LOCKS: &str = "locks do not work on this file system, as on many network file systems; keep the store on a local disk, with --store FILE";

fn advice(error: &rusqlite::ffi::Error) -> Option<&'static str> {
    use rusqlite::ffi;
    let locks = [
        ffi::SQLITE_IOERR_LOCK,
        ffi::SQLITE_IOERR_UNLOCK,
        ffi::SQLITE_IOERR_RDLOCK,
        ffi::SQLITE_IOERR_CHECKRESERVEDLOCK,
        ffi::SQLITE_IOERR_SHMOPEN,
        ffi::SQLITE_IOERR_SHMSIZE,
        ffi::SQLITE_IOERR_SHMLOCK,
        ffi::SQLITE_IOERR_SHMMAP,
    ];
    Some(match error.code {
        ErrorCode::SystemIoFailure if locks.contains(&error.extended_code) => NO_LOCKS,
        ErrorCode::FileLockingProtocolFailed | ErrorCode::NoLargeFileSupport => NO_LOCKS,
        ErrorCode::SystemIoFailure => {
            "the disk cannot be read or written; check that it has free space and is connected"
        }
        ErrorCode::DiskFull => "free some space",
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another process has held it for 10 seconds; end that process. If there is none, locks do not work on this file \
             system, as on many network file systems: keep the store on a local disk, with --store FILE"
        }
        ErrorCode::ReadOnly => {
            "copy the store to a folder where you can write, and pass the copy with --store"
        }
        ErrorCode::DatabaseCorrupt => {
            "the file is damaged; `wording runs --check` shows what. Restore a copy, or save what can be read: \
             sqlite3 OLD.db .recover | sqlite3 NEW.db"
        }
        ErrorCode::NotADatabase => {
            "something else was written to this file; restore a copy of the store, or move the file away, and the next run \
             creates a new one"
        }
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            "check that its folder exists and that you may write to it, or pass another file with --store"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_sqlite_say_what_to_do() {
        use rusqlite::ffi;
        for (code, action) in [
            (ffi::SQLITE_IOERR_SHMMAP, "keep the store on a local disk"),
            (ffi::SQLITE_IOERR_LOCK, "keep the store on a local disk"),
            (ffi::SQLITE_PROTOCOL, "keep the store on a local disk"),
            (ffi::SQLITE_BUSY, "end that process"),
            (ffi::SQLITE_IOERR_WRITE, "free space"),
            (ffi::SQLITE_FULL, "free some space"),
            (ffi::SQLITE_CORRUPT, "wording runs --check"),
            (ffi::SQLITE_NOTADB, "restore a copy"),
            (ffi::SQLITE_READONLY, "--store"),
            (ffi::SQLITE_CANTOPEN, "--store"),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let text = StoreError::from(error).to_string();
            assert!(text.contains(action), "{code}: {text}");
        }
    }
}
