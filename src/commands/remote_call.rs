//! A command that a program calls over a protocol: nobody is at a terminal. What it is told is collected, its interrupts and
//! its progress go through channels, and programs of the project are not started.

use crate::model::RequestTotals;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::watch;

/// One call.
#[derive(Debug, Clone)]
pub struct RemoteCall {
    /// The command line that does the same.
    pub command: String,
    pub messages: CollectedMessages,
    /// How often the caller wanted it to end: once stops what it sends, twice drops what is in flight.
    pub interrupts: watch::Receiver<u32>,
    pub progress: watch::Sender<RunProgress>,
    /// What the call sent.
    pub spent: Arc<Mutex<RequestTotals>>,
}

/// Messages that the terminal would show on stderr, each with its word: `note: …`.
#[derive(Debug, Clone, Default)]
pub struct CollectedMessages(Arc<Mutex<Vec<String>>>);

impl CollectedMessages {
    pub(super) fn push(&self, message: String) {
        self.0.lock().push(message);
    }

    /// Those so far.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

/// How far a run has come. Both numbers only rise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// Answers and scores that are there.
    pub done: u64,
    /// Those that the run is to have.
    pub planned: u64,
    /// Rate, time left, tokens and cost.
    pub message: String,
}
