//! What happens in a run, as plain data: the events that the engine sends, and the summary at the end.

use super::{
    CutPrompts, EliminationCause, EndpointWarning, Failure, InFlightGauge, RunId, TrialId,
    TrialRecord, Usage,
};
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// What happens in a run. Every trial that is started ends in exactly one `TrialFinished`.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The run has an id.
    RunStarted {
        run: RunId,
        planned: u64,
        /// Trials that a resumed run had completed before; no event follows for them.
        completed: u64,
        /// Calls that may be sent at the most.
        most_calls: Option<u64>,
        /// How many requests are in flight at any time.
        in_flight: InFlightGauge,
    },
    /// About so many trials need no call: the store has their answers, or others send the same request.
    ReusableFound {
        trials: u64,
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
        wait: Duration,
    },
    /// Durable in the store when this arrives.
    TrialFinished(Arc<TrialRecord>),
    /// No more answers will come; now models and programs score them.
    ScoringStarted {
        metrics: Vec<String>,
        answers: u64,
    },
    /// A trial has new scores; durable in the store when this arrives.
    TrialScored {
        record: Arc<TrialRecord>,
        /// Metrics without a score, by name, and why.
        missing: Vec<(String, String)>,
    },
    /// The end of what a scoring program wrote to stderr; sent when the program has ended.
    ProgramStderr {
        metric: String,
        text: String,
    },
    /// Variants were eliminated from a race: no more trials of them are sent.
    VariantsEliminated {
        model: u32,
        variants: Vec<u32>,
        /// In which round, from 1.
        round: usize,
        /// Rows that each was tried on.
        rows: usize,
        cause: EliminationCause,
    },
    /// Trials that are not sent, because the first ones of their variant all failed in the same way.
    TrialsSkipped {
        model: u32,
        variant: u32,
        trials: u64,
        failure: Failure,
    },
    /// Nothing is answered any more; the trials wait, and the endpoint is probed until it answers.
    EndpointDown {
        endpoint: String,
        cause: DownCause,
    },
    /// It answers again.
    EndpointBack {
        endpoint: String,
        after: Duration,
    },
    /// The endpoint refused everything for a moment, or was too slow.
    SlowedDown {
        endpoint: String,
        /// Zero where requests timed out.
        wait: Duration,
        /// The new limit in flight.
        in_flight: usize,
    },
    /// The server seems to cut prompts; sent once per run and model.
    PromptsCut(CutPrompts),
    /// Its answers are less sure, or other than they look; sent once per run, model and kind.
    EndpointWarned(EndpointWarning),
    Paused {
        /// Why, and how to continue.
        reason: String,
    },
    Continued,
    /// The end; always the last event.
    RunFinished(RunSummary),
}

/// Why an endpoint counts as down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownCause {
    /// No connection is made.
    Unreached,
    /// Only errors and cut answers come.
    Broken,
    /// Nothing comes in time, though nothing else is in flight.
    Silent,
    /// Every request is refused.
    Refused,
}

impl DownCause {
    /// The stable name, as in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            DownCause::Unreached => "unreachable",
            DownCause::Broken => "errors",
            DownCause::Silent => "silent",
            DownCause::Refused => "refuses",
        }
    }
}

/// The result of one metric that a model or a program scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricSummary {
    pub metric: String,
    /// Answers with a score.
    pub scored: u64,
    /// Answers without one.
    pub missing: u64,
    /// Why, of the first of them.
    pub reason: Option<String>,
    /// Requests sent, retries included.
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
    /// A cap of the budget; a higher one lets the run continue.
    Cap,
    Interrupt,
    /// Something that would stop other trials too.
    Failure,
}

/// Requests of all kinds together: trials, judges and embeddings.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RequestTotals {
    /// Requests, retries included.
    pub calls: u64,
    /// Their cost in US dollars, where prices are known.
    pub usd: f64,
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
    /// Tokens of the answers that were not reused.
    pub usage: Usage,
    /// Their cost, where prices are known.
    pub cost_usd: Option<f64>,
    /// The metrics that a model or a program scores.
    pub scoring: Vec<MetricSummary>,
    /// Of all requests together, where they are capped together.
    pub total: RequestTotals,
    pub elapsed_s: f64,
    /// Why the run ended early, in one line that says what to do.
    pub stopped: Option<String>,
    /// The same for programs.
    pub cause: Option<StopCause>,
}

impl RunSummary {
    /// A run that could not start.
    pub fn broken(reason: impl Into<String>) -> RunSummary {
        let mut summary = RunSummary::default();
        summary.stop(StopCause::Failure, reason);
        summary
    }

    /// Record why the run ends; the first reason stays.
    pub fn stop(&mut self, cause: StopCause, reason: impl Into<String>) {
        if self.stopped.is_none() {
            (self.stopped, self.cause) = (Some(reason.into()), Some(cause));
        }
    }

    pub fn missing_scores(&self) -> u64 {
        self.scoring.iter().map(|metric| metric.missing).sum()
    }
}

impl RunSummary {
    /// Why the run ended early, without the advice that is for commands with `--resume`.
    pub fn stop_reason(&self) -> Option<&str> {
        const ADVICE: [&str; 3] = [
            "; progress was saved",
            "; continue with `--resume`",
            ". Continue with `--resume`",
        ];
        let said = self.stopped.as_deref()?;
        let end = ADVICE.iter().filter_map(|advice| said.find(advice)).min();
        Some(&said[..end.unwrap_or(said.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_stop_goes_without_the_advice_for_runs() {
        let reason = |said: &str| {
            let summary = RunSummary {
                stopped: Some(said.to_owned()),
                ..RunSummary::default()
            };
            summary.stop_reason().map(str::to_owned)
        };
        let saved = "interrupted; progress was saved, continue with `--resume`";
        assert_eq!(reason(saved).as_deref(), Some("interrupted"));
        let cap = "the cap of 20 calls is reached; continue with `--resume`";
        assert_eq!(
            reason(cap).as_deref(),
            Some("the cap of 20 calls is reached")
        );
        let failed = "every request failed; the last said 500. Continue with `--resume`";
        assert_eq!(
            reason(failed).as_deref(),
            Some("every request failed; the last said 500")
        );
        assert_eq!(reason("no endpoint").as_deref(), Some("no endpoint"));
        assert_eq!(RunSummary::default().stop_reason(), None);
    }
}
