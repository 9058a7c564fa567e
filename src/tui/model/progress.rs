//! A run on its way, or one that ended, counted from its events.

use crate::{
    engine::{RunControl, RunSummary, StopCause},
    model::{Failure, FailureKind, TrialRecord},
    project::Budget,
};
use std::time::{Duration, Instant};

/// What a run is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    Going,
    /// Paused, for this reason.
    Paused(String),
    /// Told to stop; waits for what is in flight.
    Stopping,
    /// Ended; why, where it ended early.
    Ended(Option<StopCause>),
}

/// A run on its way, or one that ended.
#[derive(Debug)]
pub struct Progress {
    /// Stops and pauses it; `None` before it began.
    pub control: Option<RunControl>,
    /// What it is doing.
    pub phase: Phase,
    pub started: Instant,
    pub planned: u64,
    pub done: u64,
    pub reused: u64,
    pub failed: u64,
    /// Requests on their way.
    pub in_flight: u64,
    pub sent: u64,
    pub retries: u64,
    /// Tokens in and out.
    pub tokens: u64,
    /// US dollars, where prices are known.
    pub cost_usd: Option<f64>,
    pub budget: Budget,
    /// Seconds it took, once it ended.
    pub elapsed_s: Option<f64>,
    /// An endpoint asked to slow down: which, and until when.
    pub slowed: Option<(String, Instant)>,
    /// Attempts that failed one after the other without an answer between them, and what the last one said.
    pub silent: (u32, Option<Failure>),
    /// The scores that are asked for after the answers.
    pub scoring: Option<Scoring>,
}

/// How far those have come who are asked for scores.
#[derive(Debug, Clone, Default)]
pub struct Scoring {
    /// Names of the metrics.
    pub metrics: String,
    /// Answers to look at.
    pub answers: u64,
    /// Answers that were asked about.
    pub asked: u64,
    /// Answers about which one of them could not say anything, and why, of the first.
    pub missing: (u64, Option<String>),
}

/// Attempts without an answer between them after which an endpoint counts as down.
const DOWN: u32 = 8;

impl Progress {
    /// A run that is about to begin.
    pub fn new(planned: u64, budget: Budget, now: Instant) -> Progress {
        Progress {
            control: None,
            phase: Phase::Going,
            started: now,
            planned,
            done: 0,
            reused: 0,
            failed: 0,
            in_flight: 0,
            sent: 0,
            retries: 0,
            tokens: 0,
            cost_usd: None,
            budget,
            elapsed_s: None,
            slowed: None,
            silent: (0, None),
            scoring: None,
        }
    }

    /// Whether it is on its way.
    pub fn is_on(&self) -> bool {
        !matches!(self.phase, Phase::Ended(_))
    }

    pub fn finished(&mut self, record: &TrialRecord) {
        let cancelled = record
            .outcome
            .failure()
            .is_some_and(|f| f.kind == FailureKind::Cancelled);
        if record.attempts > 0 {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        if cancelled {
            return;
        }
        self.done += 1;
        self.reused += u64::from(record.reused);
        match record.outcome.completion() {
            Some(completion) if !record.reused => {
                self.silent = (0, None);
                self.tokens += completion.usage.prompt + completion.usage.completion;
                if let Some(cost) = record.cost_usd {
                    *self.cost_usd.get_or_insert(0.0) += cost;
                }
            }
            Some(_) => {}
            None => self.failed += 1,
        }
    }

    /// An attempt failed and another will follow. Whether the endpoint seems to be down since now.
    pub fn retried(&mut self, failure: Failure) -> bool {
        self.retries += 1;
        self.sent += 1;
        let down = matches!(
            failure.kind,
            FailureKind::Connect | FailureKind::Timeout | FailureKind::Server | FailureKind::Cut
        );
        if !down {
            return false;
        }
        self.silent = (self.silent.0 + 1, Some(failure));
        self.silent.0 == DOWN && self.phase == Phase::Going
    }

    pub fn ended(&mut self, summary: &RunSummary) {
        self.phase = Phase::Ended(summary.cause);
        self.in_flight = 0;
        self.slowed = None;
        self.elapsed_s = Some(summary.elapsed_s);
        self.cost_usd = summary.cost_usd.or(self.cost_usd);
    }

    /// Whether the run ended because a cap was reached: raising it lets the run go on.
    pub fn capped(&self) -> bool {
        self.phase == Phase::Ended(Some(StopCause::Cap)) && self.done < self.planned
    }

    /// Seconds since it began, or that it took.
    pub fn elapsed_s(&self, now: Instant) -> f64 {
        self.elapsed_s
            .unwrap_or_else(|| now.saturating_duration_since(self.started).as_secs_f64())
    }

    /// Answers a second that were sent for.
    pub fn rate(&self, now: Instant) -> f64 {
        (self.done - self.reused.min(self.done)) as f64 / self.elapsed_s(now).max(0.05)
    }

    /// Time that the rest will take at that rate.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        let rate = self.rate(now);
        let rest = self.planned.saturating_sub(self.done) as f64;
        (rate > 0.0 && rest > 0.0).then(|| Duration::from_secs_f64((rest / rate).min(1e7)))
    }
}
