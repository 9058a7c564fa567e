//! A run that leaves nothing behind but its answers: the trials of one step of something larger, such as a search.

use super::{Clients, Plan, RunEvent, RunHandle, RunOptions, RunSummary, start};
use crate::{
    model::{EndpointWarning, TrialRecord},
    store::{Store, StoreError},
};
use std::sync::Arc;
use tokio::sync::watch;

/// Sends the trials of steps. Answers that are stored are not paid for again.
#[derive(Debug)]
pub struct StepRuns<'a> {
    pub store: &'a Store,
    pub clients: &'a Arc<Clients>,
    pub max_in_flight: Option<usize>,
    /// What the runs say of themselves; where the process ends in one, the run is left.
    pub note: String,
}

/// The trials of a step.
#[derive(Debug)]
pub struct StepTrials {
    pub trials: Vec<TrialRecord>,
    pub summary: RunSummary,
    /// What the endpoints were found to do.
    pub warnings: Vec<EndpointWarning>,
}

impl StepRuns<'_> {
    /// Delete the runs that an earlier process left; their answers stay.
    pub fn delete_left(&self) -> Result<(), StoreError> {
        for run in self.store.runs()? {
            if run.note.as_deref() == Some(&self.note) {
                match self.store.delete_run(&run.id) {
                    // Of a process that does the same beside this one.
                    Ok(()) | Err(StoreError::Running { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Send the trials of a plan that have no stored answer, and read all; `stop` turns true when no more should be sent.
    pub async fn trials(
        &self,
        plan: Plan,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<StepTrials, StoreError> {
        let options = RunOptions {
            reuse: true,
            max_in_flight: self.max_in_flight,
            note: Some(self.note.clone()),
            ..RunOptions::default()
        };
        let clients = Arc::clone(self.clients);
        let handle = start(Arc::new(plan), clients, self.store.clone(), options);
        let summary = follow(handle, stop).await;
        let (mut trials, mut warnings) = (Vec::new(), Vec::new());
        if let Some(run) = &summary.run {
            self.store
                .each_trial(run, &mut |record| trials.push(record))?;
            warnings = self.store.run(&run.0)?.endpoint_warnings;
            self.store.delete_run(run)?;
        }
        Ok(StepTrials {
            trials,
            summary,
            warnings,
        })
    }
}

/// Follow a run to its end, whose events nobody else wants; `stop` turns true when no more should be sent.
pub async fn follow(mut handle: RunHandle, stop: &mut watch::Receiver<bool>) -> RunSummary {
    let mut stopped = false;
    loop {
        tokio::select! {
            event = handle.events.recv() => match event {
                Some(RunEvent::RunFinished(summary)) => return summary,
                Some(_) => {}
                None => return RunSummary::broken("the engine stopped unexpectedly; please report this"),
            },
            changed = stop.changed(), if !stopped => {
                stopped = changed.is_err() || *stop.borrow();
                if stopped && changed.is_ok() {
                    handle.control.stop();
                }
            }
        }
    }
}
