//! One execution of a plan: schedule, retry, budget, cancellation.

use super::{
    Clients, EngineError, Plan, RunControl, RunEvent, RunHandle, RunOptions, RunSummary,
    budget::{Caps, Likely, Over},
    done::DoneSet,
    event::{Flow, stopped},
    order::Schedule,
    trial::{Asked, Finished, Trial},
};
use crate::{
    endpoint::Limits,
    model::{Failure, FailureKind, Outcome, Params, TrialId, TrialRecord},
    store::{CompletionKey, Store, Told},
    tokens::{self, Counter},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    let (events, receiver) = mpsc::channel(4096);
    let control = RunControl::new();
    let flow = control.flow.clone();
    tokio::spawn(async move {
        let started = Instant::now();
        let mut summary = match begin(plan, clients, store, options, events.clone(), flow.clone()) {
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
    pub(super) number: i64,
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
    let (info, number) = match &options.resume {
        Some(id) => {
            let info = store.run(&id.0)?;
            plan.same_as(&info)?;
            let (models, variants) = (plan.models.len(), plan.variants.len());
            behind = DoneSet::new(models, variants, plan.dataset.len(), info.samples);
            store.each_answered(&info.id, &mut |id| behind.insert(id))?;
            let number = store.again(&info)?;
            (info, number)
        }
        None => {
            let info = plan.run_info(options.note.clone());
            let number = store.begin(&info)?;
            (info, number)
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
            number,
            events,
            flow,
            summary: Mutex::new(summary),
            behind,
            waiting: Mutex::default(),
            asked,
            room: Semaphore::new(MOST_OPEN),
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
        if let Err(error) = self.store.flush().await {
            self.summary().stopped.get_or_insert(error.to_string());
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
                .end(self.number, state, elapsed, summary.sent, summary.retries)
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

    /// Wait while paused; `false` when nothing more is to be sent.
    async fn may_send(&self, flow: &mut watch::Receiver<Flow>) -> bool {
        let mut paused = false;
        loop {
            let now = *flow.borrow_and_update();
            match now {
                Flow::Go => {
                    if paused {
                        self.tell(RunEvent::Continued).await;
                    }
                    return true;
                }
                Flow::Stop | Flow::Abort => return false,
                Flow::Pause => {
                    if !paused {
                        paused = true;
                        self.tell(RunEvent::Paused {
                            reason: "paused".into(),
                        })
                        .await;
                    }
                    if flow.changed().await.is_err() {
                        return false;
                    }
                }
            }
        }
    }

    /// All trials of one model.
    async fn model(self: Arc<Run>, model: u32) {
        let Some(asked) = self.asked.get(model as usize).cloned() else {
            return;
        };
        let schedule = Schedule::new(&self.plan, self.options.order);
        let mut flow = self.flow.subscribe();
        let mut flying = JoinSet::new();
        for number in 0..schedule.len() {
            let (variant, row, sample) = schedule.cell(number);
            let id = TrialId {
                variant,
                model,
                row,
                sample,
            };
            if self.behind.contains(id) {
                continue;
            }
            if !self.may_send(&mut flow).await
                || !self.send(id, &asked, &mut flying, &mut flow).await
            {
                break;
            }
        }
        while flying.join_next().await.is_some() {}
    }

    /// Send a trial, or take its answer where it is known; `false` when nothing more is to be sent.
    async fn send(
        self: &Arc<Run>,
        id: TrialId,
        asked: &Arc<Asked>,
        flying: &mut JoinSet<()>,
        flow: &mut watch::Receiver<Flow>,
    ) -> bool {
        let Some(()) = self.open_one(flow).await else {
            return false;
        };
        let row = match self.plan.dataset.row(id.row as usize) {
            Ok(row) => row,
            Err(error) => {
                self.halt(error.to_string());
                return false;
            }
        };
        let prompt = match self.plan.prompt(id.variant as usize, &row) {
            Ok(prompt) => prompt,
            Err(error) => {
                let outcome = Outcome::Failed(Failure {
                    kind: FailureKind::Render,
                    status: None,
                    message: error.to_string(),
                });
                self.finish(Finished::unsent(id, None, outcome, &row, asked, false));
                return true;
            }
        };
        let params = self.plan.params(id.variant as usize);
        let request = asked
            .client
            .request(&asked.name.model, &prompt, &params, asked.stream);
        let key = CompletionKey::new(asked.client.identity(), &request.body, id.sample);
        if self.options.reuse {
            match self.store.completion(&key) {
                Ok(Some(completion)) => {
                    let outcome = Outcome::Completed(completion);
                    self.finish(Finished::unsent(id, Some(key), outcome, &row, asked, true));
                    return true;
                }
                Ok(None) => {}
                Err(error) => {
                    self.halt(error.to_string());
                    return false;
                }
            }
            if self.is_asked_already(key, id) {
                return true;
            }
        }
        let most_output = most_output(&params);
        let counts = asked.limits.counts_tokens() || self.plan.experiment.budget.usd.is_some();
        let likely = Likely {
            prompt: if counts {
                asked.counter.prompt(&prompt).tokens
            } else {
                0
            },
            most_output,
        };
        let trial = Trial {
            id,
            key,
            row,
            prompt,
            request,
            asked: Arc::clone(asked),
            likely,
        };
        let permit = tokio::select! {
            permit = asked.limits.acquire(likely.prompt + most_output.unwrap_or(0)) => permit,
            () = stopped(flow) => return false,
        };
        let reserved = tokio::select! {
            reserved = self.caps.admit(asked.price, likely) => reserved,
            () = stopped(flow) => return false,
        };
        let reserved = match reserved {
            Ok(reserved) => reserved,
            Err(over) => {
                self.halt(self.over(&over));
                return false;
            }
        };
        self.summary().sent += 1;
        self.tell(RunEvent::TrialStarted { id }).await;
        while flying.try_join_next().is_some() {}
        flying.spawn(Arc::clone(self).attempt(trial, permit, reserved));
        true
    }

    /// Wait for room for one more trial; `None` when nothing more is to be sent.
    async fn open_one(&self, flow: &mut watch::Receiver<Flow>) -> Option<()> {
        let room = match self.room.try_acquire() {
            Ok(room) => room,
            Err(_) => tokio::select! {
                room = self.room.acquire() => room.ok()?,
                () = stopped(flow) => return None,
            },
        };
        // Given back when the trial is durable.
        room.forget();
        Some(())
    }

    /// Whether the same request is on its way already; then this trial takes its answer.
    fn is_asked_already(&self, key: CompletionKey, id: TrialId) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.get_mut(&key) {
            Some(others) => {
                others.push(id);
                true
            }
            None => {
                waiting.insert(key, Vec::new());
                false
            }
        }
    }

    /// What to say where a cap is reached.
    pub(super) fn over(&self, over: &Over) -> String {
        match over {
            Over::Calls(sent) => format!(
                "the cap of {sent} calls is reached; what was done is kept, and `--resume` with a higher --budget-calls goes on"
            ),
            Over::Usd(spent) => format!(
                "the cap of ${} is near (${spent:.4} spent, and the next answer may cost more than is left); what was done is kept, and `--resume` with a higher --budget-usd goes on",
                self.plan.experiment.budget.usd.unwrap_or_default()
            ),
        }
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
        let outcome = record.outcome.clone();
        // As in `tell`; the writer's thread waits where the listener is slow.
        let _ = self.events.blocking_send(RunEvent::TrialFinished(record));
        self.close(key, outcome);
    }
}

fn most_output(params: &[&Params]) -> Option<u64> {
    ["max_tokens", "max_completion_tokens"]
        .iter()
        .find_map(|name| params.iter().rev().find_map(|p| p.get(*name)))
        .and_then(serde_json::Value::as_u64)
}
