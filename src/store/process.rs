//! Which process holds a lease, and whether it still runs.

use std::process;

/// A process as other processes can recognize it: numbers are used again, so its start is part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProcessIdentity {
    /// The running system, and within it the set of process numbers (containers have their own).
    pub(super) host: String,
    pub(super) pid: u32,
    /// Empty where the system does not say.
    pub(super) started: String,
}

impl ProcessIdentity {
    pub(super) fn current() -> ProcessIdentity {
        let pid = process::id();
        ProcessIdentity {
            host: host(),
            pid,
            started: stat(pid).map(|stat| stat.started).unwrap_or_default(),
        }
    }

    /// Whether it has ended; `false` where that is unknown from here.
    pub(super) fn has_ended(&self, here: &ProcessIdentity) -> bool {
        if self.host != here.host {
            return false;
        }
        let replaced = |stat: Stat| stat.is_dead || stat.started != self.started;
        !exists(self.pid) || (!self.started.is_empty() && stat(self.pid).is_some_and(replaced))
    }
}

#[cfg(unix)]
fn exists(pid: u32) -> bool {
    use rustix::{
        io::Errno,
        process::{Pid, test_kill_process},
    };
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return false;
    };
    test_kill_process(pid) != Err(Errno::SRCH)
}

#[cfg(not(unix))]
fn exists(_: u32) -> bool {
    true
}

struct Stat {
    started: String,
    /// It ended, and its parent does not know yet.
    is_dead: bool,
}

/// What Linux says about a process.
fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    Some(Stat {
        started: fields.nth(18)?.to_owned(),
        is_dead: matches!(state, "Z" | "X"),
    })
}

#[cfg(unix)]
fn host() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let numbers = std::fs::read_link("/proc/self/ns/pid");
    match (boot, numbers) {
        (Ok(boot), Ok(numbers)) => format!("{} {}", boot.trim(), numbers.display()),
        _ => {
            let system = rustix::system::uname();
            system.nodename().to_string_lossy().into_owned()
        }
    }
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_ended_when_it_is_killed_even_where_nobody_waits_for_it() {
        let here = ProcessIdentity::current();
        assert!(!here.has_ended(&here));
        let mut child = process::Command::new("sleep").arg("60").spawn().unwrap();
        let other = ProcessIdentity {
            pid: child.id(),
            started: stat(child.id()).map(|s| s.started).unwrap_or_default(),
            ..here.clone()
        };
        assert!(!other.has_ended(&here));
        let reused = ProcessIdentity {
            started: "1".into(),
            ..other.clone()
        };
        assert!(cfg!(not(target_os = "linux")) || reused.has_ended(&here));
        let elsewhere = ProcessIdentity {
            host: "another".into(),
            ..other.clone()
        };
        child.kill().unwrap();
        let ended = std::iter::repeat_with(|| other.has_ended(&here)).take(1_000_000);
        assert!(cfg!(not(target_os = "linux")) || ended.into_iter().any(|ended| ended));
        child.wait().unwrap();
        assert!(other.has_ended(&here));
        assert!(!elsewhere.has_ended(&here), "unknown from here");
    }
}
