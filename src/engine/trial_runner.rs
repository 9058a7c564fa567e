//! What sees trials to their end: the run, the model, and the lane that a trial is in.

use super::{run::Run, target::ModelTarget};
use tokio::sync::mpsc;

/// What a lane does after a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Take another trial.
    Continue,
    /// End: the run is over, or another lane has replaced this one.
    EndLane,
}

/// The lane of a trial, until a new one replaces it.
pub(super) struct Lane<'a> {
    replace: Option<&'a mpsc::UnboundedSender<()>>,
}

impl<'a> Lane<'a> {
    pub(super) fn new(replace: &'a mpsc::UnboundedSender<()>) -> Lane<'a> {
        Lane {
            replace: Some(replace),
        }
    }

    /// Let a new lane replace this one, which has to wait.
    pub(super) fn hand_over(&mut self) {
        if let Some(replace) = self.replace.take() {
            // Where nobody opens lanes any more, the run is over.
            let _ = replace.send(());
        }
    }

    pub(super) fn next_step(&self) -> NextStep {
        match self.replace {
            Some(_) => NextStep::Continue,
            None => NextStep::EndLane,
        }
    }
}

/// Sees the trials of one model to their end.
pub(super) struct TrialRunner<'a> {
    pub(super) run: &'a Run,
    pub(super) target: &'a ModelTarget,
    /// Asks for one more lane in place of one that has to wait.
    pub(super) replace_lane: &'a mpsc::UnboundedSender<()>,
}

impl TrialRunner<'_> {
    /// End the run.
    pub(super) fn fail(&self, reason: String) -> NextStep {
        self.run.channel.fail(reason);
        NextStep::EndLane
    }
}
