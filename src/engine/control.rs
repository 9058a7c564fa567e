//! How a run is started and steered: options, the handle, and the signal to pause, stop or abort.

use crate::{
    model::{PolicySpec, RaisedMaxTokens, RunEvent, RunId, Shard},
    project::Budget,
    store::RunOrigin,
};
use tokio::sync::{mpsc, watch};

/// In which order trials are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TrialOrder {
    /// All rows of a variant, then the next variant: prompts that share a beginning follow each other, so that servers
    /// which cache beginnings find them.
    #[default]
    Prefix,
    /// All variants of a row, then the next row: for watching.
    Row,
}

/// How to run a plan.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Stream answers (sends [`RunEvent::Delta`]s) where the endpoint does not say otherwise.
    pub stream: bool,
    /// Use completions already paid for.
    pub reuse: bool,
    /// Continue this run instead of making a new one.
    pub resume: Option<RunId>,
    /// Resume although another model answers at the same address.
    pub mix_models: bool,
    /// Overrides the endpoints' own `max_in_flight`.
    pub max_in_flight: Option<usize>,
    /// A note to keep with the run.
    pub note: Option<String>,
    /// What made the run, to keep with it.
    pub origin: Option<RunOrigin>,
    pub order: TrialOrder,
    /// Chooses the trials, where not all are sent; a resumed run keeps its own.
    pub policy: Option<PolicySpec>,
    /// The part to send, where not all is; a resumed run keeps its own.
    pub shard: Option<Shard>,
    /// Caps on all requests together: of trials, judges and embeddings.
    pub total: Option<Budget>,
    /// More room for the answers that earlier runs have cut; a resumed run keeps its own.
    pub raised: Option<RaisedMaxTokens>,
}

/// A running run.
#[derive(Debug)]
pub struct RunHandle {
    pub events: mpsc::Receiver<RunEvent>,
    /// How to stop it.
    pub control: RunControl,
}

/// What a run should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RunSignal {
    Go,
    Pause,
    Stop,
    Abort,
}

impl RunSignal {
    /// Go up to this, never down; whether that changed anything.
    pub(super) fn raise(&mut self, to: RunSignal) -> bool {
        let raised = *self < to;
        *self = (*self).max(to);
        raised
    }
}

/// Stops and pauses a run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RunControl {
    pub(super) signal: watch::Sender<RunSignal>,
}

impl RunControl {
    pub(super) fn new() -> RunControl {
        RunControl {
            signal: watch::Sender::new(RunSignal::Go),
        }
    }

    fn raise(&self, to: RunSignal) {
        self.signal.send_if_modified(|signal| signal.raise(to));
    }

    /// Send nothing more; wait for what is in flight.
    pub fn stop(&self) {
        self.raise(RunSignal::Stop);
    }

    /// Do not wait for what is in flight either.
    pub fn abort(&self) {
        self.raise(RunSignal::Abort);
    }

    /// Send nothing until [`RunControl::proceed`].
    pub fn pause(&self) {
        self.raise(RunSignal::Pause);
    }

    pub fn proceed(&self) {
        self.signal.send_if_modified(|signal| {
            let paused = *signal == RunSignal::Pause;
            if paused {
                *signal = RunSignal::Go;
            }
            paused
        });
    }
}
