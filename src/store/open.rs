//! How the file of a store is found, made and opened. It holds what people sent and got, so it is made for its owner alone.

use super::{
    StoreError,
    busy::{PATIENCE, retry_while_busy},
    schema,
};
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Create the folder of a store where it is missing; others than its owner cannot enter it.
pub fn create_store_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Open a file, or memory for `None`, and create or upgrade its tables. A file that cannot be written is opened for reading.
pub(super) fn open(path: Option<&Path>) -> Result<Connection, StoreError> {
    let shown = path.unwrap_or(Path::new(":memory:"));
    let failed = |e: rusqlite::Error| StoreError::open(shown, &e);
    let mut connection = match path {
        Some(path) => {
            create_private_file(path)?;
            match open_to_write(path) {
                Ok(connection) => connection,
                Err(error) if is_refused(&error) && path.exists() => open_to_read(path)?,
                Err(error) => return Err(failed(error)),
            }
        }
        None => Connection::open("file:wording?mode=memory").map_err(failed)?,
    };
    let found = schema::check_layout(&connection, shown)?;
    if connection.is_readonly(MAIN_DB).map_err(failed)? {
        return match found == schema::LATEST {
            true => Ok(connection),
            false => Err(StoreError::ReadOnlyOlder { path: shown.into() }),
        };
    }
    connection
        .execute_batch("PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;")
        .map_err(failed)?;
    if found < schema::LATEST {
        // Earlier versions left the file as readable as the user's other files.
        if let Some(path) = path {
            restrict(path);
        }
        schema::migrate(&mut connection).map_err(failed)?;
    }
    Ok(connection)
}

fn open_to_write(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    if !connection.is_readonly(MAIN_DB)? {
        retry_while_busy(|| connection.execute_batch("PRAGMA journal_mode = WAL;"))?;
    }
    // The log beside it cannot always be opened where the file can.
    retry_while_busy(|| schema::layout(&connection))?;
    Ok(connection)
}

/// Open a file for reading, also where nothing can be written, neither itself nor beside it.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let failed = |e: &rusqlite::Error| StoreError::open(path, e);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let plain = Connection::open_with_flags(path, flags);
    let plain = plain.and_then(|c| schema::layout(&c).map(|_| c));
    let error = match plain {
        Ok(connection) => return Ok(connection),
        Err(error) if is_refused(&error) => error,
        Err(error) => return Err(failed(&error)),
    };
    let log = beside(path, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(StoreError::ReadOnlyLog {
            path: path.into(),
            log,
        });
    }
    let Some(text) = path.to_str() else {
        return Err(failed(&error));
    };
    // Without a log nothing is missing, and nobody can change the file: SQLite need not lock it.
    let escaped = text
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let uri = format!("file:{escaped}?immutable=1");
    let connection = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI);
    let connection = connection.and_then(|c| schema::layout(&c).map(|_| c));
    connection.map_err(|e| failed(&e))
}

/// Whether the file system refused to write.
fn is_refused(error: &rusqlite::Error) -> bool {
    let refusals = [
        ErrorCode::CannotOpen,
        ErrorCode::ReadOnly,
        ErrorCode::PermissionDenied,
    ];
    error
        .sqlite_error_code()
        .is_some_and(|code| refusals.contains(&code))
}

/// Make an empty file for its owner alone, where there is none; the files that SQLite makes beside it get the same mode. An
/// error where something else has its name.
fn create_private_file(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(StoreError::NoFile { path: path.into() }),
        Ok(_) => Ok(()),
        Err(_) => {
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            // Where this fails, SQLite fails too, and says why.
            let _ = options.open(path);
            Ok(())
        }
    }
}

/// Close a store, and the folder that is only for stores, to others than their owner.
fn restrict(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let set = |path: &Path, mode| {
            // Whoever does not own a file cannot change this, and may have it from somebody who shares it.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
        };
        for path in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
            set(&path, 0o600);
        }
        if let Some(folder) = path.parent()
            && folder.file_name().is_some_and(|name| name == ".wording")
        {
            set(folder, 0o700);
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::{
        super::schema::{LATEST, RUNS_AND_TRIALS, layout},
        *,
    };

    #[test]
    fn many_may_open_a_new_or_an_old_file_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        for round in 0..20 {
            let path = folder.path().join(format!("{round}.db"));
            if round % 2 == 0 {
                let old = Connection::open(&path).unwrap();
                old.execute_batch(RUNS_AND_TRIALS).unwrap();
                old.pragma_update(None, "user_version", 2).unwrap();
            }
            let gate = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        gate.wait();
                        let opened = open(Some(&path));
                        assert!(opened.is_ok(), "{opened:?}");
                        assert_eq!(layout(&opened.unwrap()), Ok(LATEST));
                    });
                }
            });
        }
    }
}
