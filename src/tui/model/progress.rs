//! The run that is running, or the last one: its tally, and what only the session knows about it.

use crate::{
    engine::{RunControl, StopCause},
    model::{DownCause, RunEvent},
    outcome::RunStats,
    project::Budget,
};
use std::time::{Duration, Instant};

/// What a run is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    Going,
    /// Paused, for this reason.
    Paused(String),
    /// Waits for what is in flight, then stops.
    Stopping,
    /// Ended; why, where it ended early.
    Ended(Option<StopCause>),
}

#[derive(Debug)]
pub struct Progress {
    /// Stops and pauses the run; `None` before it started.
    pub control: Option<RunControl>,
    pub phase: Phase,
    pub started: Instant,
    pub stats: RunStats,
    pub budget: Budget,
    /// An endpoint asked to slow down: which, and until when.
    pub slowed: Option<(String, Instant)>,
    /// An endpoint that does not answer, why and since when.
    pub down: Option<(String, DownCause, Instant)>,
}

impl Progress {
    /// A run that is about to start.
    pub fn new(planned: u64, budget: Budget, now: Instant) -> Progress {
        let mut stats = RunStats::default();
        stats.summary.planned = planned;
        Progress {
            control: None,
            phase: Phase::Going,
            started: now,
            stats,
            budget,
            slowed: None,
            down: None,
        }
    }

    /// Whether it has not ended.
    pub fn is_on(&self) -> bool {
        !matches!(self.phase, Phase::Ended(_))
    }

    /// Count an event that the engine sent.
    pub fn fold(&mut self, event: &RunEvent, now: Instant) {
        self.stats.fold(event);
        match event {
            RunEvent::SlowedDown { endpoint, wait, .. } if !wait.is_zero() => {
                self.slowed = Some((endpoint.clone(), now + *wait));
            }
            RunEvent::EndpointDown { endpoint, cause } => {
                self.down = Some((endpoint.clone(), *cause, now));
            }
            RunEvent::EndpointBack { .. } => self.down = None,
            RunEvent::Paused { reason } if self.phase == Phase::Going => {
                self.phase = Phase::Paused(reason.clone());
            }
            RunEvent::Continued if matches!(self.phase, Phase::Paused(_)) => {
                self.phase = Phase::Going;
            }
            RunEvent::RunFinished(summary) => {
                self.phase = Phase::Ended(summary.cause);
                self.slowed = None;
                self.down = None;
            }
            _ => {}
        }
    }

    /// Whether the run ended because a cap was reached: raising it lets the run continue.
    pub fn capped(&self) -> bool {
        self.phase == Phase::Ended(Some(StopCause::Cap))
            && self.stats.done() < self.stats.summary.planned
    }

    /// Seconds since it started, or that it took.
    pub fn elapsed_s(&self, now: Instant) -> f64 {
        match self.phase {
            Phase::Ended(_) => self.stats.summary.elapsed_s,
            _ => now.saturating_duration_since(self.started).as_secs_f64(),
        }
    }

    /// Answers per second, reused ones not counted.
    pub fn rate(&self, now: Instant) -> f64 {
        self.stats.rate(self.elapsed_s(now))
    }

    /// Time that the calls that are left take at that rate.
    pub fn time_left(&self, now: Instant) -> Option<Duration> {
        self.stats.time_left(self.elapsed_s(now))
    }
}
