//! Plan (pure), schedule, retry, events, budget, cancellation.
//!
//! The engine sends events; the batch progress, the session and the store all live from them.
use crate::{
    dataset::Dataset,
    demo::DemoServer,
    endpoint::Client,
    model::*,
    project::{ExperimentSpec, Project},
    score::Scorer,
    shots::{ResolvedShots, ShotPool},
    store::Store,
    template::{TemplateError, TemplateSet},
};
use std::{sync::Arc, time::Duration};

/// Stub error.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

/// Everything a run needs, read and checked, nothing sent. Trials expand on the fly.
#[derive(Debug)]
pub struct Plan {
    /// The experiment as asked for, overrides applied.
    pub experiment: ExperimentSpec,
    /// Its templates.
    pub templates: TemplateSet,
    /// Its variants.
    pub variants: Vec<Variant>,
    /// Index of the baseline in `variants`.
    pub baseline: usize,
    /// How each variant's shots are chosen.
    pub variant_shots: Vec<ResolvedShots>,
    /// Models to ask.
    pub models: Vec<ModelRef>,
    /// The rows (after sampling).
    pub dataset: Dataset,
    /// The shots.
    pub shots: ShotPool,
    /// The metrics.
    pub scorer: Scorer,
}

impl Plan {
    /// Read templates, dataset and shots of an experiment.
    pub fn load(_project: &Project, _experiment: &ExperimentSpec) -> Result<Plan, EngineError> {
        unimplemented!()
    }
    /// Number of trials.
    pub fn len(&self) -> u64 {
        (self.variants.len() * self.models.len() * self.dataset.len() * self.experiment.samples)
            as u64
    }
    /// Nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The shots of a variant for a row (a place in the dataset).
    pub fn shots(&self, variant: usize, row: &Row) -> Vec<Arc<Shot>> {
        self.shots
            .choose(row, &self.variant_shots[variant], self.experiment.seed)
    }
    /// The prompt of a variant for a row.
    pub fn prompt(&self, variant: usize, row: &Row) -> Result<Prompt, TemplateError> {
        self.templates
            .render(&self.variants[variant], row, &self.shots(variant, row))
    }
}

/// Clients of the endpoints that a plan asks; holds the demo server where it is needed.
#[derive(Debug)]
pub struct Clients {
    _clients: Vec<Client>,
    _demo: Option<DemoServer>,
}

impl Clients {
    /// Connect: start the demo endpoint if asked for, make a client an endpoint.
    pub async fn open(
        _project: &Project,
        _models: &[ModelRef],
        _demo: crate::demo::DemoSpec,
    ) -> Result<Clients, EngineError> {
        unimplemented!()
    }
}

/// How to run a plan.
#[derive(Debug, Clone)]
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
}

/// What happens in a run. Every trial ends in exactly one `TrialFinished`.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The run has an id; so many trials are planned.
    RunStarted {
        /// Its id.
        run: RunId,
        /// Trials planned.
        planned: u64,
    },
    /// Sent for the first time.
    TrialStarted {
        /// Which.
        id: TrialId,
    },
    /// A piece of an answer came.
    Delta {
        /// Which.
        id: TrialId,
        /// The text.
        text: String,
    },
    /// An attempt failed; another one follows after this wait.
    TrialRetried {
        /// Which.
        id: TrialId,
        /// What went wrong.
        failure: Failure,
        /// How long it waits.
        wait: Duration,
    },
    /// Done; durable in the store when this arrives.
    TrialFinished(Arc<TrialRecord>),
    /// The endpoint asked to slow down until then.
    SlowedDown {
        /// Which endpoint.
        endpoint: String,
        /// For how long.
        wait: Duration,
        /// The new limit in flight.
        in_flight: usize,
    },
    /// Sending is paused, with the reason (a cap, or the user).
    Paused {
        /// Why, and how to go on.
        reason: String,
    },
    /// Sending goes on.
    Continued,
    /// The end; always the last event.
    RunFinished(RunSummary),
}

/// Counts of a run, for the progress line and the JSON.
#[derive(Debug, Clone, Default)]
pub struct RunSummary {
    /// The run.
    pub run: Option<RunId>,
    /// Trials planned.
    pub planned: u64,
    /// Trials with an answer.
    pub completed: u64,
    /// Trials without one.
    pub failed: u64,
    /// Answers taken from the store.
    pub reused: u64,
    /// Requests sent, retries included.
    pub sent: u64,
    /// Requests after the first of a trial.
    pub retries: u64,
    /// Tokens of the answers that were sent for in this run.
    pub usage: Usage,
    /// Their cost, where prices are known.
    pub cost_usd: Option<f64>,
    /// Wall-clock time.
    pub elapsed_s: f64,
    /// Why the run ended early: fatal failure, cap or interrupt; one line, says what to do.
    pub stopped: Option<String>,
    /// The user interrupted it.
    pub interrupted: bool,
}

/// A run on its way.
#[derive(Debug)]
pub struct RunHandle {
    /// What happens.
    pub events: tokio::sync::mpsc::Receiver<RunEvent>,
    /// How to stop it.
    pub control: RunControl,
}

/// Stops and pauses a run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RunControl {}

impl RunControl {
    /// Send nothing more; wait for what is in flight.
    pub fn stop(&self) {
        unimplemented!()
    }
    /// Do not wait for what is in flight either.
    pub fn abort(&self) {
        unimplemented!()
    }
    /// Send nothing more until told so.
    pub fn pause(&self) {
        unimplemented!()
    }
    /// Go on sending.
    pub fn proceed(&self) {
        unimplemented!()
    }
}

/// Start a run on the current tokio runtime.
pub fn start(
    _plan: Arc<Plan>,
    _clients: Arc<Clients>,
    _store: Store,
    _options: RunOptions,
) -> RunHandle {
    unimplemented!()
}
