//! Waiting for another process that holds the file.

use rusqlite::ErrorCode;
use std::time::{Duration, Instant};

/// How long to wait.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Retry what SQLite refuses immediately, without its own wait, while another process holds the file: two processes that
/// switch one new file to a write-ahead log would wait for each other forever.
pub(super) fn retry_while_busy<T>(
    mut call: impl FnMut() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let started = Instant::now();
    loop {
        match call() {
            Err(e)
                if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && started.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(2));
            }
            done => return done,
        }
    }
}
