//! What the tests share: a folder to run the binary in, a session without a terminal, snapshots.

pub(crate) mod answering;
pub(crate) mod documents;
mod judged;
pub(crate) mod readings;
pub(crate) mod session;
pub(crate) mod snapshot;
pub(crate) mod terminal;
pub(crate) mod workspace;

use std::{io::Write, time::Duration};
use tokio::{runtime::Runtime, time::timeout};
use wording::demo::{DemoServer, DemoSpec};

pub(crate) use judged::{LETTERS, judged_letters};
pub(crate) use session::{TestSession, record};
pub(crate) use workspace::{CommandOutput, Workspace};

/// A demo server on a runtime that takes so long for an answer.
pub(crate) fn demo_server(runtime: &Runtime, latency_ms: u64) -> DemoServer {
    let spec = DemoSpec {
        latency: Duration::from_millis(latency_ms),
        ..DemoSpec::default()
    };
    runtime.block_on(DemoServer::start(spec)).unwrap()
}

/// Wait until a server was sent so many requests.
#[track_caller]
pub(crate) fn until_requests(runtime: &Runtime, server: &DemoServer, count: u64) {
    let reached = reach_requests(runtime, server, count);
    assert!(reached, "{} of {count} requests", server.requests());
}

/// Whether a server was sent so many requests within a minute.
pub(crate) fn reach_requests(runtime: &Runtime, server: &DemoServer, count: u64) -> bool {
    let mut requests = server.watch_requests();
    let reached = async { requests.wait_for(|n| *n >= count).await.is_ok() };
    let reached = runtime.block_on(async { timeout(Duration::from_secs(60), reached).await });
    reached == Ok(true)
}

/// Report that a test is skipped for want of a program; in CI that is a failure.
pub(crate) fn skip_without(program: &str) {
    let skipped = format!("SKIPPED: {program} is not installed");
    assert!(std::env::var_os("CI").is_none(), "{skipped}");
    // Not by a macro: what a test prints is shown only where it fails.
    let _ = writeln!(std::io::stderr(), "{skipped}");
}
