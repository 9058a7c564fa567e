//! The process groups of programs that run now, so that none of them outlives this process.

use parking_lot::Mutex;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// How often it is looked whether programs have exited.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Every program that was started: held by the whole process, and killed with their children when this goes, by a panic too.
#[derive(Debug)]
pub struct RunningPrograms(());

impl RunningPrograms {
    /// The guard of this process.
    pub fn guard() -> RunningPrograms {
        RunningPrograms(())
    }

    /// Wait for programs whose input was closed to exit, at most so long.
    pub async fn exited(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while !GROUPS.lock().is_empty() && Instant::now() < end {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(super) fn add(group: u32) {
        GROUPS.lock().insert(group);
    }

    pub(super) fn remove(group: u32) {
        GROUPS.lock().remove(&group);
    }
}

impl Drop for RunningPrograms {
    fn drop(&mut self) {
        for group in std::mem::take(&mut *GROUPS.lock()) {
            kill_group(group);
        }
    }
}

/// Kill a program and its children.
pub(super) fn kill_group(group: u32) {
    #[cfg(unix)]
    if let Some(group) = rustix::process::Pid::from_raw(group as i32) {
        // It may have exited already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = group;
}
