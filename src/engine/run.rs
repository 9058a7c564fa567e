//! One execution of a plan: schedule, retry, budget, cancellation.

use super::{
    Clients, EngineError, Plan, RunControl, RunEvent, RunHandle, RunOptions, RunSummary,
    TrialOrder, event::Flow,
};
use crate::{
    endpoint::{AttemptFailure, Client, Delta, Limits, Permit, WireRequest, backoff},
    model::{
        Completion, Failure, FailureKind, ModelRef, Outcome, Price, Row, Scores, TrialId,
        TrialRecord, Usage,
    },
    store::{CompletionKey, Store, TrialWrite},
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

struct Run {
    plan: Arc<Plan>,
    clients: Arc<Clients>,
    store: Store,
    options: RunOptions,
    number: i64,
    events: mpsc::Sender<RunEvent>,
    flow: watch::Sender<Flow>,
    summary: Mutex<RunSummary>,
    behind: HashSet<TrialId>,
    /// Trials that wait for the answer of another one with the same prompt.
    waiting: Mutex<HashMap<CompletionKey, Vec<TrialId>>>,
    limits: HashMap<String, Limits>,
    /// Endpoints that have answered in this run.
    answered: Mutex<HashSet<String>>,
    /// Trials that failed at endpoints that have not answered yet.
    refused: Mutex<HashMap<String, u32>>,
    started: Instant,
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
    fn summary(&self) -> MutexGuard<'_, RunSummary> {
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

    async fn tell(&self, event: RunEvent) {
        // Whoever started the run may have stopped listening; the run goes on for the store.
        let _ = self.events.send(event).await;
    }

    /// End the run early, for this reason.
    fn halt(&self, reason: String) {
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

    /// Send one trial until it has an answer, a final failure, or no more leave.
    async fn attempt(self: Arc<Run>, trial: Trial, mut permit: Permit) {
        let asked = &trial.asked;
        let mut flow = self.flow.subscribe();
        let mut attempts = 1;
        let outcome = loop {
            let events = self.events.clone();
            let id = trial.id;
            let mut on_delta = move |delta: Delta<'_>| {
                if let Delta::Text(text) = delta {
                    // Pieces are for looking on; where the screen cannot follow, the whole answer comes at the end.
                    let _ = events.try_send(RunEvent::Delta {
                        id,
                        text: text.to_owned(),
                    });
                }
            };
            let result = tokio::select! {
                result = asked.client.send(&asked.name.model, &trial.request, &mut on_delta) => result,
                () = aborted(&mut flow) => break Outcome::Failed(cancelled()),
            };
            let failed = match result {
                Ok(completion) => {
                    asked.limits.succeeded();
                    self.answered
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(asked.name.endpoint.clone());
                    break Outcome::Completed(estimate(completion, trial.tokens, &asked.counter));
                }
                Err(failed) => failed,
            };
            if failed.failure.kind.stops_run() {
                self.halt(format!("{}: {}", asked.name, failed.failure));
            }
            let retries = if self.is_unheard_of(&failed, asked) {
                2
            } else {
                asked.client.spec().retries
            };
            if !failed.retry || attempts > retries || *flow.borrow() >= Flow::Stop {
                if self.is_unheard_of(&failed, asked) {
                    self.halt(format!("{}: {}", asked.name, failed.failure));
                }
                break Outcome::Failed(failed.failure);
            }
            let wait = failed.retry_after.unwrap_or_else(|| backoff(attempts));
            if failed.slow_down
                && let Some(in_flight) = asked.limits.slow_down(&permit, wait)
            {
                self.tell(RunEvent::SlowedDown {
                    endpoint: asked.name.endpoint.clone(),
                    wait,
                    in_flight,
                })
                .await;
            }
            self.tell(RunEvent::TrialRetried {
                id,
                failure: failed.failure.clone(),
                wait,
            })
            .await;
            // While it waits, another request may go.
            drop(permit);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopped(&mut flow) => break Outcome::Failed(failed.failure),
            }
            permit = tokio::select! {
                permit = asked.limits.acquire(trial.tokens) => permit,
                () = stopped(&mut flow) => break Outcome::Failed(failed.failure),
            };
            attempts += 1;
            let mut summary = self.summary();
            summary.sent += 1;
            summary.retries += 1;
        };
        if let Some(failure) = outcome.failure() {
            self.stop_where_nothing_works(asked, failure);
        }
        self.finish(
            trial.id,
            trial.key,
            outcome.clone(),
            &trial.row,
            asked,
            attempts,
            false,
        );
        let others = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&trial.key);
        for id in others.unwrap_or_default() {
            let row = self.plan.dataset.row(id.row as usize);
            let reused = outcome.completion().is_some();
            self.finish(id, trial.key, outcome.clone(), &row, asked, 0, reused);
        }
    }

    /// The first trials at an endpoint all failed: the rest would fail in the same way.
    fn stop_where_nothing_works(&self, asked: &Asked, failure: &Failure) {
        const ENOUGH: u32 = 10;
        if failure.kind == FailureKind::Cancelled
            || self
                .answered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&asked.name.endpoint)
        {
            return;
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let n = refused.entry(asked.name.endpoint.clone()).or_default();
        *n += 1;
        if *n == ENOUGH {
            self.halt(format!(
                "{}: the first {ENOUGH} trials all failed; {failure}",
                asked.name
            ));
        }
    }

    /// A connection failed, and this endpoint has not answered yet: most likely it is not there at all.
    fn is_unheard_of(&self, failed: &AttemptFailure, asked: &Asked) -> bool {
        failed.failure.kind == FailureKind::Connect
            && !self
                .answered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&asked.name.endpoint)
    }

    /// Score a finished trial, count it, and hand it to the store, which tells when it is durable.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one finished trial; a struct would be built and taken apart on the spot"
    )]
    fn finish(
        &self,
        id: TrialId,
        key: CompletionKey,
        outcome: Outcome,
        row: &Row,
        asked: &Asked,
        attempts: u32,
        reused: bool,
    ) {
        let completion = outcome.completion();
        let cost_usd = completion.and_then(|c| asked.price.map(|price| price.cost_usd(&c.usage)));
        let scores = completion.map_or_else(Scores::default, |c| {
            self.plan.scorer.score(c, row, cost_usd)
        });
        let cancelled = outcome
            .failure()
            .is_some_and(|f| f.kind == FailureKind::Cancelled);
        {
            let mut summary = self.summary();
            match completion {
                Some(completion) => {
                    summary.completed += 1;
                    if reused {
                        summary.reused += 1;
                    } else {
                        summary.usage += completion.usage;
                        if let Some(cost) = cost_usd {
                            *summary.cost_usd.get_or_insert(0.0) += cost;
                        }
                    }
                }
                None if !cancelled => summary.failed += 1,
                None => {}
            }
        }
        let record = Arc::new(TrialRecord {
            id,
            outcome,
            scores,
            reused,
            attempts,
            cost_usd,
        });
        let events = self.events.clone();
        let told = move |record: Arc<TrialRecord>| {
            // As in `tell`; the writer's thread waits where the listener is slow.
            let _ = events.blocking_send(RunEvent::TrialFinished(record));
        };
        if cancelled {
            // Not kept: a resumed run sends it again.
            let events = self.events.clone();
            tokio::spawn(async move {
                let _ = events.send(RunEvent::TrialFinished(record)).await;
            });
        } else if let Err(error) = self.store.write(TrialWrite {
            run: self.number,
            record,
            key,
            done: Box::new(told),
        }) {
            self.halt(error.to_string());
        }
    }
}

/// Whom to ask, and what is known about it.
struct Asked {
    name: ModelRef,
    client: Client,
    limits: Limits,
    price: Option<Price>,
    counter: Counter,
    stream: bool,
}

struct Trial {
    id: TrialId,
    key: CompletionKey,
    row: Arc<Row>,
    request: WireRequest,
    asked: Arc<Asked>,
    tokens: u64,
}

fn cancelled() -> Failure {
    Failure {
        kind: FailureKind::Cancelled,
        status: None,
        message: "the run was stopped before the answer came".into(),
    }
}

/// Count what the endpoint did not report.
fn estimate(mut completion: Completion, prompt_tokens: u64, counter: &Counter) -> Completion {
    if completion.usage.estimated {
        let known = completion.usage;
        completion.usage = Usage {
            prompt: if known.prompt > 0 {
                known.prompt
            } else {
                prompt_tokens
            },
            completion: if known.completion > 0 {
                known.completion
            } else {
                counter.text(&completion.text).tokens
            },
            ..known
        };
    }
    completion
}

async fn reached(flow: &mut watch::Receiver<Flow>, at_least: Flow) {
    if flow.wait_for(|now| *now >= at_least).await.is_err() {
        // The run itself is gone; whoever waits goes with it.
        std::future::pending::<()>().await;
    }
}

async fn stopped(flow: &mut watch::Receiver<Flow>) {
    reached(flow, Flow::Stop).await;
}

async fn aborted(flow: &mut watch::Receiver<Flow>) {
    reached(flow, Flow::Abort).await;
}
