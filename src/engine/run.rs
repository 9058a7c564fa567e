//! One execution of a plan: schedule, retry, budget, cancellation.

use super::{
    Clients, EngineError, Plan, RunControl, RunEvent, RunHandle, RunOptions, RunSummary, StopCause,
    budget::BudgetTracker, done::DoneSet, event::RunSignal, policy_queue::PolicyQueue,
    scoring::Scoring, share::Share, trial::ModelTarget,
};
use crate::{
    endpoint::Limits,
    model::{PolicySpec, TrialId, TrialRecord},
    policy::{TrialSpace, policy},
    store::{CompletionKey, OnWritten, RunInfo, RunSlot, Store},
    tokens::{self, Counter},
};
use parking_lot::{Mutex, MutexGuard};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::{
    sync::{RwLock, Semaphore, mpsc, watch},
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
        let ready = async {
            plan.embed(&clients, &store).await?;
            let scoring = Scoring::open(&plan, &clients, &options).await?;
            let run = begin(plan, clients, store, options, events.clone(), flow.clone())?;
            Ok::<_, EngineError>((run, scoring))
        };
        let mut summary = match ready.await {
            Ok((run, scoring)) => run.to_the_end(scoring).await,
            Err(error) => RunSummary::broken(error.to_string()),
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
    pub(super) place: RunSlot,
    pub(super) events: mpsc::Sender<RunEvent>,
    pub(super) flow: watch::Sender<RunSignal>,
    pub(super) summary: Mutex<RunSummary>,
    pub(super) behind: DoneSet,
    /// Which trials are sent, where not all.
    pub(super) share: Option<Share>,
    /// Keys of trials on their way, until they are durable, and the trials that wait for the same answer.
    pub(super) waiting: Mutex<HashMap<CompletionKey, Vec<TrialId>>>,
    /// Whom to ask, by the index of the model.
    pub(super) asked: Vec<Arc<ModelTarget>>,
    pub(super) caps: BudgetTracker,
    /// What is bought, where not every trial is.
    pub(super) policy: Option<PolicySpec>,
    /// What the policy buys, by the index of the model; empty where every trial is sent.
    pub(super) buying: Vec<Arc<PolicyQueue>>,
    /// Room for open trials.
    pub(super) room: Semaphore,
    /// Trials that the writer has and has not told of.
    pub(super) unwritten: AtomicU64,
    /// Whether a pause was told; read by those that send, so that nothing is sent between its telling and its end.
    pub(super) paused: RwLock<bool>,
    /// Trials that were given up on their way.
    pub(super) given_up: Mutex<Vec<(TrialId, CompletionKey)>>,
    pub(super) told: OnWritten,
    /// Endpoints that have answered in this run.
    pub(super) answered: Mutex<HashSet<String>>,
    /// Trials that failed at endpoints that have not answered yet.
    pub(super) refused: Mutex<HashMap<String, u32>>,
    pub(super) started: Instant,
    /// The run was ended because a cap of its budget was reached.
    pub(super) is_capped: AtomicBool,
}

fn begin(
    plan: Arc<Plan>,
    clients: Arc<Clients>,
    store: Store,
    options: RunOptions,
    events: mpsc::Sender<RunEvent>,
    flow: watch::Sender<RunSignal>,
) -> Result<Arc<Run>, EngineError> {
    plan.require_templates()?;
    let mut behind = DoneSet::default();
    let (info, place) = match &options.resume {
        Some(id) => {
            let info = store.run(&id.0)?;
            plan.same_as(&info)?;
            if options.shard.is_some() && options.shard != info.shard {
                return Err(EngineError::Changed {
                    run: info.id.0,
                    what: "the shard",
                });
            }
            let (models, variants) = (plan.models.len(), plan.variants.len());
            behind = DoneSet::new(models, variants, plan.dataset.len(), info.samples);
            store.each_answered(&info.id, &mut |id| behind.insert(id))?;
            let place = store.again(&info)?;
            (info, place)
        }
        None => {
            let mut info = plan.run_info(options.note.clone());
            info.policy = options.policy.clone();
            info.shard = options.shard;
            // What cannot be bought or shared out is said before the run is kept.
            buying(&plan, &info, None)?;
            share(&info)?;
            info.origin.clone_from(&options.origin);
            let place = store.begin(&info)?;
            (info, place)
        }
    };
    let asked = asked(&plan, &clients, &options)?;
    let known = options.resume.is_some().then_some(&store);
    let buying = buying(&plan, &info, known)?;
    let planned = match buying.as_slice() {
        [] => info.planned(),
        all => all.iter().map(|b| b.most()).sum(),
    };
    let mut budget = plan.experiment.budget;
    if let Some(calls) = info.policy.as_ref().and_then(PolicySpec::calls) {
        let before = match options.resume {
            Some(_) => store.counts(&info.id)?.sent,
            None => 0,
        };
        let left = calls.saturating_sub(before);
        budget.calls = Some(budget.calls.map_or(left, |most| most.min(left)));
    }
    let share = share(&info)?;
    let summary = RunSummary {
        run: Some(info.id),
        planned,
        completed: behind.len(),
        ..RunSummary::default()
    };
    Ok(Arc::new_cyclic(|run: &std::sync::Weak<Run>| {
        let run = run.clone();
        Run {
            caps: BudgetTracker::new(budget),
            policy: info.policy,
            buying,
            plan,
            store,
            options,
            place,
            events,
            flow,
            summary: Mutex::new(summary),
            behind,
            share,
            waiting: Mutex::default(),
            asked,
            room: Semaphore::new(MOST_OPEN),
            unwritten: AtomicU64::new(0),
            paused: RwLock::default(),
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
            is_capped: AtomicBool::new(false),
        }
    }))
}

/// What a policy buys, for each model; scores that a resumed run has come from the store. Nothing where every trial is sent.
fn buying(
    plan: &Plan,
    info: &RunInfo,
    known: Option<&Store>,
) -> Result<Vec<Arc<PolicyQueue>>, EngineError> {
    let Some(spec) = &info.policy else {
        return Ok(Vec::new());
    };
    let field = TrialSpace::new(
        &plan.variants,
        info.rows,
        info.samples,
        info.heads.cluster_numbers(),
        info.seed,
    );
    let names: Vec<&str> = plan.variants.iter().map(|v| v.name.as_str()).collect();
    let shape = (plan.variants.len(), info.rows, info.samples);
    let models = plan.models.len();
    (0..models)
        .map(|model| {
            let policy = policy(spec, &field, &names, models)?;
            let known = known.map(|store| store.grid(info, model)).transpose()?;
            Ok(Arc::new(PolicyQueue::new(
                policy,
                model as u32,
                shape,
                known,
            )))
        })
        .collect()
}

/// The trials of a shard; `None` where the run is none.
fn share(info: &RunInfo) -> Result<Option<Share>, EngineError> {
    let Some(shard) = info.shard else {
        return Ok(None);
    };
    let (models, rows, samples) = (info.models.len(), info.rows, info.samples);
    let parts = models * rows * samples;
    if shard.of() as usize > parts {
        return Err(EngineError::EmptyShard { shard, parts });
    }
    Ok(Some(Share::new(shard, info.seed, models, rows, samples)))
}

/// Whom to ask, for each model; models of one endpoint share its limits.
fn asked(
    plan: &Plan,
    clients: &Arc<Clients>,
    options: &RunOptions,
) -> Result<Vec<Arc<ModelTarget>>, EngineError> {
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
            Ok(Arc::new(ModelTarget {
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
        self.summary.lock()
    }

    async fn to_the_end(self: Arc<Run>, scoring: Option<Arc<Scoring>>) -> RunSummary {
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
                    let reason = format!("the cap of {limit:?} is reached; `--resume` goes on");
                    run.halt_by(StopCause::Cap, reason);
                }
            })
        };
        while let Some(ended) = models.join_next().await {
            if let Err(error) = ended {
                let reason = format!("a part of the engine failed: {error}");
                self.summary().stop(StopCause::Failure, reason);
            }
        }
        // What waited for the answer of another trial is handed to the writer only when that one is durable.
        loop {
            if let Err(error) = self.store.flush().await {
                self.summary().stop(StopCause::Failure, error.to_string());
                break;
            }
            if self.unwritten.load(Ordering::Acquire) == 0 {
                break;
            }
        }
        if let Some(scoring) = &scoring {
            // A run that has no more leave to send for answers has its answers scored all the same.
            let until = match *self.flow.borrow() >= RunSignal::Stop {
                false => Some(RunSignal::Stop),
                true if self.is_capped.load(Ordering::Relaxed) => Some(RunSignal::Abort),
                true => None,
            };
            if let Some(until) = until {
                self.score(scoring, until).await;
                if let Err(error) = self.store.flush().await {
                    self.summary().stop(StopCause::Failure, error.to_string());
                }
            }
            self.summary().scoring = scoring.summary();
        }
        timer.abort();
        let mut summary = self.summary().clone();
        if *self.flow.borrow() >= RunSignal::Stop {
            let reason = "interrupted; what was done is kept, and `--resume` goes on";
            summary.stop(StopCause::Interrupt, reason);
        }
        let state = match (&summary.stopped, summary.failed + summary.missing_scores()) {
            (Some(_), _) => "stopped",
            (None, 0) => "finished",
            (None, _) => "failed",
        };
        let elapsed = self.started.elapsed().as_secs_f64();
        if let Err(error) =
            self.store
                .end(self.place, state, elapsed, summary.sent, summary.retries)
        {
            summary.stop(StopCause::Failure, error.to_string());
        }
        summary
    }

    pub(super) async fn tell(&self, event: RunEvent) {
        // Whoever started the run may have stopped listening; the run goes on for the store.
        let _ = self.events.send(event).await;
    }

    /// End the run early: something failed that another trial would meet too.
    pub(super) fn halt(&self, reason: String) {
        self.halt_by(StopCause::Failure, reason);
    }

    /// End the run early, for this reason.
    pub(super) fn halt_by(&self, cause: StopCause, reason: String) {
        self.summary().stop(cause, reason);
        self.flow.send_if_modified(|flow| {
            let raised = *flow < RunSignal::Stop;
            *flow = (*flow).max(RunSignal::Stop);
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
        if let Some(buying) = self.buying.get(record.id.model as usize) {
            buying.ended(record.id, record.scores.main().map(|score| score.value));
        }
        // As in `tell`; the writer's thread waits where the listener is slow.
        let _ = self
            .events
            .blocking_send(RunEvent::TrialFinished(Arc::clone(&record)));
        self.close(key, &record.outcome);
        self.unwritten.fetch_sub(1, Ordering::Release);
    }
}
