//! One execution of a plan: schedule, retry, budget, cancellation.

use super::{
    Clients, EngineError, Plan, RunControl, RunEvent, RunHandle, RunOptions, RunSummary,
    TrialOrder,
    event::{Flow, stopped},
    trial::{Asked, Trial},
};
use crate::{
    endpoint::Limits,
    model::{Failure, FailureKind, Outcome, TrialId},
    store::{CompletionKey, Store},
    tokens::{self, Counter},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

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
    pub(super) clients: Arc<Clients>,
    pub(super) store: Store,
    pub(super) options: RunOptions,
    pub(super) number: i64,
    pub(super) events: mpsc::Sender<RunEvent>,
    pub(super) flow: watch::Sender<Flow>,
    pub(super) summary: Mutex<RunSummary>,
    pub(super) behind: HashSet<TrialId>,
    /// Trials that wait for the answer of another one with the same prompt.
    pub(super) waiting: Mutex<HashMap<CompletionKey, Vec<TrialId>>>,
    pub(super) limits: HashMap<String, Limits>,
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
    let (info, number, behind) = match &options.resume {
        Some(id) => {
            let info = store.run(&id.0)?;
            plan.same_as(&info)?;
            let behind: HashSet<TrialId> = store.answered(&info.id)?.into_iter().collect();
            let number = store.again(&info.id)?;
            (info, number, behind)
        }
        None => {
            let info = plan.run_info(options.note.clone());
            let number = store.begin(&info)?;
            (info, number, HashSet::new())
        }
    };
    let limits = plan
        .models
        .iter()
        .filter_map(|model| {
            let spec = clients.client(model)?.spec();
            let most = options.max_in_flight.unwrap_or(spec.max_in_flight);
            Some((
                model.endpoint.clone(),
                Limits::new(most, spec.requests_per_minute, spec.tokens_per_minute),
            ))
        })
        .collect();
    let summary = RunSummary {
        run: Some(info.id),
        planned: plan.len(),
        completed: behind.len() as u64,
        ..RunSummary::default()
    };
    Ok(Arc::new(Run {
        plan,
        clients,
        store,
        options,
        number,
        events,
        flow,
        summary: Mutex::new(summary),
        behind,
        waiting: Mutex::default(),
        limits,
        answered: Mutex::default(),
        refused: Mutex::default(),
        started: Instant::now(),
    }))
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
                behind: self.behind.len() as u64,
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

    /// The cells of the grid in the order asked for.
    fn cell(&self, number: u64) -> (u32, u32, u32) {
        let samples = self.plan.experiment.samples as u64;
        let (rest, sample) = (number / samples, number % samples);
        let (variant, row) = match self.options.order {
            TrialOrder::Prefix => (
                rest / self.plan.dataset.len() as u64,
                rest % self.plan.dataset.len() as u64,
            ),
            TrialOrder::Row => (
                rest % self.plan.variants.len() as u64,
                rest / self.plan.variants.len() as u64,
            ),
        };
        (variant as u32, row as u32, sample as u32)
    }

    /// All trials of one model.
    async fn model(self: Arc<Run>, model: u32) {
        let name = self.plan.models[model as usize].clone();
        let (Some(client), Some(limits)) = (
            self.clients.client(&name).cloned(),
            self.limits.get(&name.endpoint).cloned(),
        ) else {
            return self.halt(format!("there is no client for {name}"));
        };
        let known = client.spec().models.get(&name.model).cloned();
        let asked = Arc::new(Asked {
            price: tokens::price(&name.model, known.as_ref()),
            counter: Counter::of(&name.model, known.as_ref()),
            stream: client.spec().stream.unwrap_or(self.options.stream),
            name,
            client,
            limits,
        });
        let mut flow = self.flow.subscribe();
        let mut flying = JoinSet::new();
        for number in 0..self.plan.len() / self.plan.models.len().max(1) as u64 {
            let (variant, row, sample) = self.cell(number);
            let id = TrialId {
                variant,
                model,
                row,
                sample,
            };
            if self.behind.contains(&id) {
                continue;
            }
            if !self.may_send(&mut flow).await {
                break;
            }
            let row = self.plan.dataset.row(row as usize);
            let prompt = match self.plan.prompt(variant as usize, &row) {
                Ok(prompt) => prompt,
                Err(error) => {
                    let failure = Failure {
                        kind: FailureKind::Render,
                        status: None,
                        message: error.to_string(),
                    };
                    let key = CompletionKey::new("", &[], 0);
                    self.finish(id, key, Outcome::Failed(failure), &row, &asked, 0, false);
                    continue;
                }
            };
            let request = asked.client.request(
                &asked.name.model,
                &prompt,
                &self.plan.params(variant as usize),
                asked.stream,
            );
            let key = CompletionKey::new(asked.client.identity(), &request.body, sample);
            if self.options.reuse {
                match self.store.completion(&key) {
                    Ok(Some(completion)) => {
                        self.finish(
                            id,
                            key,
                            Outcome::Completed(completion),
                            &row,
                            &asked,
                            0,
                            true,
                        );
                        continue;
                    }
                    Ok(None) => {}
                    Err(error) => {
                        self.halt(error.to_string());
                        break;
                    }
                }
            }
            if self.is_asked_already(key, id) {
                continue;
            }
            let tokens = asked.counter.prompt(&prompt).tokens;
            let permit = tokio::select! {
                permit = asked.limits.acquire(tokens) => permit,
                () = stopped(&mut flow) => break,
            };
            if let Some(reason) = self.over_budget() {
                self.halt(reason);
                break;
            }
            self.tell(RunEvent::TrialStarted { id }).await;
            while flying.try_join_next().is_some() {}
            let trial = Trial {
                id,
                key,
                row,
                request,
                asked: Arc::clone(&asked),
                tokens,
            };
            flying.spawn(Arc::clone(&self).attempt(trial, permit));
        }
        while flying.join_next().await.is_some() {}
    }

    /// Whether the same request is on its way already; then this trial takes its answer.
    fn is_asked_already(&self, key: CompletionKey, id: TrialId) -> bool {
        if !self.options.reuse {
            return false;
        }
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

    fn over_budget(&self) -> Option<String> {
        let budget = &self.plan.experiment.budget;
        let mut summary = self.summary();
        if budget.calls.is_some_and(|most| summary.sent >= most) {
            return Some(format!(
                "the cap of {} calls is reached; `--resume` with a higher --budget-calls goes on",
                summary.sent
            ));
        }
        if let (Some(most), Some(spent)) = (budget.usd, summary.cost_usd) {
            let answered = (summary.completed + summary.failed - summary.reused).max(1);
            let flying = self.limits.values().map(Limits::in_flight).sum::<usize>() as f64;
            if spent + spent / answered as f64 * flying >= most {
                return Some(format!(
                    "the cap of ${most} is near (${spent:.4} spent, the rest on its way); `--resume` with a higher --budget-usd goes on"
                ));
            }
        }
        summary.sent += 1;
        None
    }
}
