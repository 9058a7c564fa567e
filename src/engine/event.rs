//! What goes into a run and what comes out of it: options, events, summary, control.

use crate::{
    model::{Failure, PolicySpec, RunId, Shard, TrialId, TrialRecord, Usage},
    store::RunOrigin,
};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, watch};

/// In which order trials are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TrialOrder {
    /// All rows of a variant, then the next variant: prompts that share a beginning follow each other, so that servers
    /// which cache beginnings find them.
    #[default]
    Prefix,
    /// All variants of a row, then the next row: for looking on.
    Row,
}

/// How to run a plan.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Stream answers (sends [`RunEvent::Delta`]s) where the endpoint does not say otherwise.
    pub stream: bool,
    /// Use completions already paid for.
    pub reuse: bool,
    /// Go on with this run instead of making a new one.
    pub resume: Option<RunId>,
    /// Over the endpoints' own `max_in_flight`.
    pub max_in_flight: Option<usize>,
    /// A note to keep with the run.
    pub note: Option<String>,
    /// What makes the run, to keep with it.
    pub origin: Option<RunOrigin>,
    pub order: TrialOrder,
    /// What to buy, where not every trial; a run that goes on keeps its own.
    pub policy: Option<PolicySpec>,
    /// Which part to send, where not all; a run that goes on keeps its own.
    pub shard: Option<Shard>,
}

/// What happens in a run. Every trial that is started ends in exactly one `TrialFinished`.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The run has an id; so many trials are planned, and so many of them have an answer from before.
    RunStarted {
        run: RunId,
        planned: u64,
        /// Trials that a resumed run has behind it; no event follows for them.
        behind: u64,
    },
    /// Sent for the first time.
    TrialStarted {
        id: TrialId,
    },
    /// A piece of an answer came.
    Delta {
        id: TrialId,
        text: String,
    },
    /// An attempt failed; another one follows after this wait.
    TrialRetried {
        id: TrialId,
        failure: Failure,
        /// How long it waits.
        wait: Duration,
    },
    /// Done; durable in the store when this arrives.
    TrialFinished(Arc<TrialRecord>),
    /// All answers are there, or as many as there will be; now those are asked who score them: models, programs.
    ScoringStarted {
        /// Names of their metrics.
        metrics: Vec<String>,
        answers: u64,
    },
    /// A trial has new scores; durable in the store when this arrives.
    TrialScored {
        /// The trial, with its scores.
        record: Arc<TrialRecord>,
        /// Metrics that could not say anything, by name, and why.
        missing: Vec<(String, String)>,
    },
    /// What a program that scores wrote to stderr, its end; told when the program has ended.
    ProgramSaid {
        metric: String,
        text: String,
    },
    /// Variants fell out of a race: no more trials of them are sent.
    VariantsFell {
        /// Index of the model.
        model: u32,
        variants: Vec<u32>,
        /// In which round, from 1.
        round: usize,
        /// How many rows each was asked.
        rows: usize,
    },
    /// The endpoint asked to slow down.
    SlowedDown {
        endpoint: String,
        wait: Duration,
        /// The new limit in flight.
        in_flight: usize,
    },
    Paused {
        /// Why, and how to go on.
        reason: String,
    },
    Continued,
    /// The end; always the last event.
    RunFinished(RunSummary),
}

/// What came of one metric for which somebody was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricSummary {
    pub metric: String,
    /// Answers that have a score of it now.
    pub scored: u64,
    /// Answers about which it could not say anything.
    pub missing: u64,
    /// Why, of the first of them.
    pub reason: Option<String>,
    /// Requests sent for it, retries included.
    pub sent: u64,
    /// Verdicts taken from the store.
    pub reused: u64,
    /// Verdicts that could not be read.
    pub unreadable: u64,
    /// Cost of what was sent for, where prices are known.
    pub cost_usd: Option<f64>,
}

/// Why a run ended before all of its plan was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StopCause {
    /// A cap of the budget: a higher one lets the run go on.
    Cap,
    Interrupt,
    /// Something that another trial would meet too.
    Failure,
}

/// Counts of a run, for the progress line and the JSON.
#[derive(Debug, Clone, Default)]
pub struct RunSummary {
    pub run: Option<RunId>,
    pub planned: u64,
    /// Trials with an answer.
    pub completed: u64,
    pub failed: u64,
    /// Answers taken from the store.
    pub reused: u64,
    /// Requests sent, retries included.
    pub sent: u64,
    /// Requests after the first of a trial.
    pub retries: u64,
    /// Tokens of the answers that were sent for.
    pub usage: Usage,
    /// Their cost, where prices are known.
    pub cost_usd: Option<f64>,
    /// What came of the metrics for which somebody was asked.
    pub scoring: Vec<MetricSummary>,
    pub elapsed_s: f64,
    /// Why the run ended early: fatal failure, cap or interrupt; one line, says what to do.
    pub stopped: Option<String>,
    /// The same for programs; `None` where `stopped` is.
    pub cause: Option<StopCause>,
}

impl RunSummary {
    /// A run that could not begin.
    pub fn broken(reason: impl Into<String>) -> RunSummary {
        let mut summary = RunSummary::default();
        summary.stop(StopCause::Failure, reason);
        summary
    }

    /// Keep why the run ends; the first reason stays.
    pub fn stop(&mut self, cause: StopCause, reason: impl Into<String>) {
        if self.stopped.is_none() {
            (self.stopped, self.cause) = (Some(reason.into()), Some(cause));
        }
    }
}

impl RunSummary {
    /// Scores that could not be had.
    pub fn missing_scores(&self) -> u64 {
        self.scoring.iter().map(|metric| metric.missing).sum()
    }
}

/// A run on its way.
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

/// Stops and pauses a run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RunControl {
    pub(super) flow: watch::Sender<RunSignal>,
}

impl RunControl {
    pub(super) fn new() -> RunControl {
        RunControl {
            flow: watch::Sender::new(RunSignal::Go),
        }
    }

    /// Send nothing more; wait for what is in flight.
    pub fn stop(&self) {
        self.flow
            .send_if_modified(|flow| raise(flow, RunSignal::Stop));
    }

    /// Do not wait for what is in flight either.
    pub fn abort(&self) {
        self.flow
            .send_if_modified(|flow| raise(flow, RunSignal::Abort));
    }

    /// Send nothing more until told so.
    pub fn pause(&self) {
        self.flow
            .send_if_modified(|flow| raise(flow, RunSignal::Pause));
    }

    pub fn proceed(&self) {
        self.flow.send_if_modified(|flow| {
            let paused = *flow == RunSignal::Pause;
            if paused {
                *flow = RunSignal::Go;
            }
            paused
        });
    }
}

fn raise(flow: &mut RunSignal, to: RunSignal) -> bool {
    let raised = *flow < to;
    *flow = (*flow).max(to);
    raised
}

/// Wait until at least that much is asked for.
pub(super) async fn reached(flow: &mut watch::Receiver<RunSignal>, at_least: RunSignal) {
    if flow.wait_for(|now| *now >= at_least).await.is_err() {
        // The run itself is gone; whoever waits goes with it.
        std::future::pending::<()>().await;
    }
}

/// Wait until nothing more is to be sent.
pub(super) async fn stopped(flow: &mut watch::Receiver<RunSignal>) {
    reached(flow, RunSignal::Stop).await;
}

/// Wait until what is on its way is given up too.
pub(super) async fn aborted(flow: &mut watch::Receiver<RunSignal>) {
    reached(flow, RunSignal::Abort).await;
}
