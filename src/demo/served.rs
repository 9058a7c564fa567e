//! What all requests share: the settings, what is kept between requests, and the counts.

use super::{batches::Batches, limits::Limits, script::Script, tuning::Tunings};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

#[derive(Debug, Clone, Default)]
pub struct DemoSpec {
    /// Port on loopback; 0 for any.
    pub port: u16,
    /// Delay before an answer (or its first piece).
    pub latency: Duration,
    /// Pace of a stream, tokens a second; 0: at once.
    pub tokens_per_second: f64,
    pub script: Option<PathBuf>,
    /// Answer with a constant and do no work: for measuring clients.
    pub fast: bool,
    /// Folder in which fine-tuning jobs and tuned models are kept; they last as long as the server where `None`.
    pub keep: Option<PathBuf>,
    pub limits: Limits,
}

#[derive(Debug)]
pub(super) struct Served {
    pub(super) spec: DemoSpec,
    pub(super) tunings: Arc<Tunings>,
    pub(super) batches: Batches,
    pub(super) script: Option<Script>,
    pub(super) requests: watch::Sender<u64>,
    in_flight: AtomicU64,
    pub(super) most_in_flight: AtomicU64,
}

impl Served {
    pub(super) fn new(spec: DemoSpec, script: Option<Script>) -> Served {
        Served {
            tunings: Tunings::new(spec.keep.clone()).into(),
            batches: Batches::default(),
            spec,
            script,
            requests: watch::Sender::new(0),
            in_flight: AtomicU64::new(0),
            most_in_flight: AtomicU64::new(0),
        }
    }

    /// Count a request; how many came before it.
    pub(super) fn count_request(&self) -> u64 {
        let mut before = 0;
        self.requests.send_modify(|requests| {
            before = *requests;
            *requests += 1;
        });
        before
    }
}

/// One request on its way through the server.
pub(super) struct InFlightGuard<'a>(&'a Served);

impl InFlightGuard<'_> {
    pub(super) fn new(served: &Served) -> InFlightGuard<'_> {
        let now = served.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        served.most_in_flight.fetch_max(now, Ordering::Relaxed);
        InFlightGuard(served)
    }
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
