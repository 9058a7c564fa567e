//! One execution of a plan: schedule, retry, budget, cancellation.

use super::{
    Clients, EngineError, Plan, RunControl, RunEvent, RunHandle, RunOptions, RunSummary,
    budget::Caps, done::DoneSet, event::Flow, trial::Asked,
};
use crate::{
    endpoint::Limits,
    model::{TrialId, TrialRecord},
    store::{CompletionKey, RunPlace, Store, Told},
    tokens::{self, Counter},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
};

/// Most trials between their preparation and their durable end: what a run may hold in memory.
const MOST_OPEN: usize = 8192;

/// Start a run on the current tokio runtime. Nothing is sent before the run is kept in the store.
pub fn start(
    plan: Arc<Plan>,
    clients: Arc<Clients>,
    store: Store,
    options: RunOptions,
) -> RunHandle {
    let (events, receiver) = mpsc::channel(16_384);
    let control = RunControl::new();
    let flow = control.flow.clone();
    tokio::spawn(async move {
        let started = Instant::now();
        let embedded = plan.embed(&clients, &store).await;
        let begun = embedded
            .and_then(|()| begin(plan, clients, store, options, events.clone(), flow.clone()));
        let mut summary = match begun {
            Ok(run) => run.to_the_end().await,
            Err(error) => RunSummary {
                stopped: Some(error.to_string()),
                ..RunSummary::default()
            },
        };
        summary.elapsed_s = started.elapsed().as_secs_f64();
        // The receiver may be gone: then nobody asks for the end.
        let _ = events.send(RunEvent::RunFinished(summary)).await;
    });
    RunHandle {
        events: receiver,
        control,
    }
}

/// A run on its way.
pub(super) struct Run {
    pub(super) plan: Arc<Plan>,
    pub(super) store: Store,
    pub(super) options: RunOptions,
    pub(super) place: RunPlace,
    pub(super) events: mpsc::Sender<RunEvent>,
    pub(super) flow: watch::Sender<Flow>,
    pub(super) summary: Mutex<RunSummary>,
    pub(super) behind: DoneSet,
    /// Keys of trials on their way, until they are durable, and the trials that wait for the same answer.
    pub(super) waiting: Mutex<HashMap<CompletionKey, Vec<TrialId>>>,
    /// Whom to ask, by the index of the model.
    pub(super) asked: Vec<Arc<Asked>>,
    pub(super) caps: Caps,
    /// Room for open trials.
    pub(super) room: Semaphore,
    /// Trials that the writer has and has not told of.
    pub(super) unwritten: AtomicU64,
    /// Whether a pause was told.
    pub(super) paused: Mutex<bool>,
    /// Trials that were given up on their way.
    pub(super) given_up: Mutex<Vec<(TrialId, CompletionKey)>>,
    pub(super) told: Told,
    /// Endpoints that have answered in this run.
    pub(super) answered: Mutex<HashSet<String>>,
    /// Trials that failed at endpoints that have not answered yet.
    pub(super) refused: Mutex<HashMap<String, u32>>,
    pub(super) started: Instant,
}

fn begin(
    plan: Arc<Plan>,
    clients: Arc<Clients>,
    store: Store,
    options: RunOptions,
    events: mpsc::Sender<RunEvent>,
    flow: watch::Sender<Flow>,
) -> Result<Arc<Run>, EngineError> {
    plan.require_templates()?;
    let mut behind = DoneSet::default();
    let (info, place) = match &options.resume {
        Some(id) => {
            let info = store.run(&id.0)?;
            plan.same_as(&info)?;
            let (models, variants) = (plan.models.len(), plan.variants.len());
            behind = DoneSet::new(models, variants, plan.dataset.len(), info.samples);
            store.each_answered(&info.id, &mut |id| behind.insert(id))?;
            let place = store.again(&info)?;
            (info, place)
        }
        None => {
            let mut info = plan.run_info(options.note.clone());
            info.origin.clone_from(&options.origin);
            let place = store.begin(&info)?;
            (info, place)
        }
    };
    let asked = asked(&plan, &clients, &options)?;
    let summary = RunSummary {
        run: Some(info.id),
        planned: plan.len(),
        completed: behind.len(),
        ..RunSummary::default()
    };
    Ok(Arc::new_cyclic(|run: &std::sync::Weak<Run>| {
        let run = run.clone();
        Run {
            caps: Caps::new(plan.experiment.budget),
            plan,
            store,
            options,
            place,
            events,
            flow,
            summary: Mutex::new(summary),
            behind,
            waiting: Mutex::default(),
            asked,
            room: Semaphore::new(MOST_OPEN),
            unwritten: AtomicU64::new(0),
            paused: Mutex::default(),
            given_up: Mutex::default(),
            told: Arc::new(move |record, key, written| {
                // A run that is gone has nobody to tell.
                if let Some(run) = run.upgrade() {
                    run.told(record, key, written);
                }
            }),
            answered: Mutex::default(),
            refused: Mutex::default(),
            started: Instant::now(),
        }
    }))
}

/// Whom to ask, for each model; models of one endpoint share its limits.
fn asked(
    plan: &Plan,
    clients: &Arc<Clients>,
    options: &RunOptions,
) -> Result<Vec<Arc<Asked>>, EngineError> {
    let mut limits: HashMap<&str, Limits> = HashMap::new();
    plan.models
        .iter()
        .map(|name| {
            let client = clients
                .client(name)
                .ok_or_else(|| EngineError::NoClient(name.clone()))?;
            let spec = client.spec();
            let limits = limits.entry(&name.endpoint).or_insert_with(|| {
                let most = options.max_in_flight.unwrap_or(spec.max_in_flight);
                Limits::new(most, spec.requests_per_minute, spec.tokens_per_minute)
            });
            let known = spec.models.get(&name.model);
            Ok(Arc::new(Asked {
                price: tokens::price(&name.model, known),
                counter: Counter::of(&name.model, known),
                stream: spec.stream.unwrap_or(options.stream),
                name: name.clone(),
                client: client.clone(),
                limits: limits.clone(),
                _demo: Arc::clone(clients),
            }))
        })
        .collect()
}

impl Run {
    pub(super) fn summary(&self) -> MutexGuard<'_, RunSummary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn to_the_end(self: Arc<Run>) -> RunSummary {
        let (run, planned) = {
            let summary = self.summary();
            (summary.run.clone(), summary.planned)
        };
        if let Some(run) = run {
            self.tell(RunEvent::RunStarted {
                run,
                planned,
                behind: self.behind.len(),
            })
            .await;
        }
        let mut models = JoinSet::new();
        for model in 0..self.plan.models.len() {
            models.spawn(Arc::clone(&self).model(model as u32));
        }
        let limit = self.plan.experiment.budget.time;
        let timer = {
            let run = Arc::clone(&self);
            tokio::spawn(async move {
                if let Some(limit) = limit {
                    tokio::time::sleep(limit).await;
                    run.halt(format!(
                        "the cap of {limit:?} is reached; `--resume` goes on"
                    ));
                }
            })
        };
        while let Some(ended) = models.join_next().await {
            if let Err(error) = ended {
                self.summary()
                    .stopped
                    .get_or_insert(format!("a part of the engine failed: {error}"));
            }
        }
        timer.abort();
        // What waited for the answer of another trial is handed to the writer only when that one is durable.
        loop {
            if let Err(error) = self.store.flush().await {
                self.summary().stopped.get_or_insert(error.to_string());
                break;
            }
            if self.unwritten.load(Ordering::Acquire) == 0 {
                break;
            }
        }
        let mut summary = self.summary().clone();
        summary.interrupted = summary.stopped.is_none() && *self.flow.borrow() >= Flow::Stop;
        if summary.interrupted {
            summary.stopped =
                Some("interrupted; what was done is kept, and `--resume` goes on".into());
        }
        let state = match (&summary.stopped, summary.failed) {
            (Some(_), _) => "stopped",
            (None, 0) => "finished",
            (None, _) => "failed",
        };
        let elapsed = self.started.elapsed().as_secs_f64();
        if let Err(error) =
            self.store
                .end(self.place, state, elapsed, summary.sent, summary.retries)
        {
            summary.stopped.get_or_insert(error.to_string());
        }
        summary
    }

    pub(super) async fn tell(&self, event: RunEvent) {
        // Whoever started the run may have stopped listening; the run goes on for the store.
        let _ = self.events.send(event).await;
    }

    /// End the run early, for this reason.
    pub(super) fn halt(&self, reason: String) {
        self.summary().stopped.get_or_insert(reason);
        self.flow.send_if_modified(|flow| {
            let raised = *flow < Flow::Stop;
            *flow = (*flow).max(Flow::Stop);
            raised
        });
    }

    /// A trial is durable, or could not be written: counted, told, and those that waited for the same answer take it.
    fn told(
        self: Arc<Run>,
        record: Arc<TrialRecord>,
        key: CompletionKey,
        written: Result<(), &str>,
    ) {
        if let Err(error) = written {
            self.halt(format!("the store cannot be written: {error}; what was written before is kept, and `--resume` goes on"));
        } else {
            self.count(&record);
        }
        // As in `tell`; the writer's thread waits where the listener is slow.
        let _ = self
            .events
            .blocking_send(RunEvent::TrialFinished(Arc::clone(&record)));
        self.close(key, &record.outcome);
        self.unwritten.fetch_sub(1, Ordering::Release);
    }
}
