//! A trial in flight: whether it may go on, and what is lost where it may not.

use super::{
    control::RunSignal,
    open_trials::GivenUp,
    run::Run,
    trial_runner::{Lane, TrialRunner},
};
use crate::{
    display,
    model::{RunEvent, TrialId},
    retry::{AttemptFailure, EndpointChange, Signal},
    store::CompletionKey,
};
use parking_lot::Mutex;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Remembers a trial that is dropped in flight, because the run is given up.
pub(super) struct InFlightGuard<'a> {
    pub(super) run: &'a Run,
    pub(super) id: TrialId,
    pub(super) key: CompletionKey,
    /// 0 before the first request, and once the trial has an outcome.
    pub(super) attempts: AtomicU32,
    /// Requests of earlier calls of a conversation.
    pub(super) sent_before: u32,
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        let attempts = *self.attempts.get_mut();
        if attempts > 0 {
            let (id, key) = (self.id, self.key);
            let attempts = attempts + self.sent_before;
            self.run.open.give_up(GivenUp { id, key, attempts });
        }
    }
}

/// Pause and stop for one trial; announces its attempts.
pub(super) struct TrialSignal<'a, 'l> {
    pub(super) runner: &'a TrialRunner<'a>,
    pub(super) in_flight: InFlightGuard<'a>,
    pub(super) lane: Mutex<Lane<'l>>,
}

impl Signal for TrialSignal<'_, '_> {
    type Stop = ();

    async fn stopped(&self) {
        self.runner.run.channel.reached(RunSignal::Stop).await;
    }

    fn may_send(&self) -> Result<bool, ()> {
        let failures = &self.runner.target.failures;
        if failures.stopped(self.in_flight.id.variant).is_some() {
            return Err(());
        }
        match self.runner.run.channel.signal() {
            RunSignal::Go => Ok(true),
            RunSignal::Pause => Ok(false),
            RunSignal::Stop | RunSignal::Abort => Err(()),
        }
    }

    async fn changed(&self) {
        self.runner.run.channel.unpaused().await;
    }

    async fn sending(&self, attempt: u32) -> Result<(), ()> {
        let channel = &self.runner.run.channel;
        let no_pause = channel.wait_to_send().await;
        // What the budget has granted is sent, though another call has come to the cap since.
        if no_pause.is_none() && !channel.is_stopped_by_cap() {
            return Err(());
        }
        self.in_flight.attempts.store(attempt, Ordering::Relaxed);
        if attempt == 1 {
            let id = self.in_flight.id;
            channel.send(RunEvent::TrialStarted { id }).await;
        }
        Ok(())
    }

    async fn endpoint_changed(&self, change: EndpointChange) {
        let TrialRunner { run, target, .. } = self.runner;
        run.channel.send(target.event(change)).await;
    }

    async fn retrying(&self, failed: &AttemptFailure, wait: Duration) {
        let TrialRunner { run, target, .. } = self.runner;
        let event = RunEvent::TrialRetried {
            id: self.in_flight.id,
            failure: failed.failure.clone(),
            wait,
        };
        run.channel.send(event).await;
        if let Some(warning) = target.check_streams() {
            run.channel.send(RunEvent::EndpointWarned(warning)).await;
        }
        let down = target.limits.down();
        if let Some((since, _)) = down
            && since >= target.client.spec().give_up
        {
            run.channel.fail(format!(
                "{} has not answered for {}; progress was saved, continue with `--resume`",
                target.name.endpoint,
                display::span(since)
            ));
        }
        // A lane more for an endpoint that is down would only wait too.
        if !wait.is_zero() && down.is_none() {
            self.lane.lock().hand_over();
        }
    }
}
