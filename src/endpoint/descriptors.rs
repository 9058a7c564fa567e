//! File descriptors of the process: every request in flight needs one.

/// Descriptors for everything but requests: the store, datasets, logs, the terminal, programs of metrics.
const RESERVED: u64 = 64;

/// Allow this process as many open files as the system lets it have.
#[cfg(unix)]
pub fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = Rlimit {
            current: maximum,
            maximum,
        };
        // Some systems allow less than they say: then it stays as it is.
        let _ = setrlimit(Resource::Nofile, raised);
    }
}

/// Nothing limits them here.
#[cfg(not(unix))]
pub fn raise_descriptor_limit() {}

/// Requests that may be in flight with the descriptors there are; `None` for any number.
pub fn max_connections() -> Option<usize> {
    descriptors().map(connections)
}

#[cfg(unix)]
fn descriptors() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}

fn connections(descriptors: u64) -> usize {
    let free = descriptors.saturating_sub(RESERVED).max(1);
    usize::try_from(free).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_left_for_other_files() {
        assert_eq!(connections(1024), 960);
        assert_eq!(connections(10), 1);
    }
}
