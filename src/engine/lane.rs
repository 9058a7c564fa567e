//! The lanes of a run: as many as may be in flight, each takes the next trial, sees it to its end, and takes the next.
//!
//! A trial that has to wait before it is tried again gives its lane to a new one, so that waiting holds nobody up.

use super::{
    RunEvent,
    budget::{BudgetExceeded, TokenEstimate},
    event::{RunSignal, StopCause, aborted, stopped},
    order::Schedule,
    policy_queue::{Next, PolicyQueue},
    run::Run,
    trial::{Finished, ModelTarget, Trial},
};
use crate::{
    endpoint::Permit,
    model::{Failure, FailureKind, Outcome, Params, TrialId},
    policy::Elimination,
    store::CompletionKey,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    sync::{RwLockReadGuard, mpsc, watch},
    task::JoinSet,
};

/// Where the trials of a model come from.
enum Source {
    /// All of them, in a fixed order; the number of the next one.
    All(Schedule, AtomicU64),
    /// Those that a policy buys.
    Bought(Arc<PolicyQueue>),
}

/// The trials of one model that nobody has taken yet.
pub(super) struct Queue {
    model: u32,
    source: Source,
    pub(super) asked: Arc<ModelTarget>,
    /// Asks for one more lane.
    more: mpsc::UnboundedSender<()>,
}

impl Queue {
    async fn next(&self, run: &Run) -> Option<TrialId> {
        let (schedule, next) = match &self.source {
            Source::All(schedule, next) => (schedule, next),
            Source::Bought(buying) => {
                return match buying.next().await {
                    Next::Send(id, fell) => {
                        run.tell_falls(self.model, &fell).await;
                        Some(id)
                    }
                    Next::End(fell) => {
                        run.tell_falls(self.model, &fell).await;
                        None
                    }
                };
            }
        };
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= schedule.len() {
                return None;
            }
            let (variant, row, sample) = schedule.cell(number);
            let id = TrialId {
                variant,
                model: self.model,
                row,
                sample,
            };
            let is_mine = run.share.as_ref().is_none_or(|share| share.contains(id));
            if is_mine && !run.behind.contains(id) {
                return Some(id);
            }
        }
    }

    /// Open one more lane in place of one that has to wait.
    pub(super) fn replace_lane(&self) {
        // Where nobody opens lanes any more, the run is over.
        let _ = self.more.send(());
    }
}

/// Whether a lane takes another trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Goes,
    Ends,
}

impl Run {
    /// All trials of one model.
    pub(super) async fn model(self: Arc<Run>, model: u32) {
        let Some(asked) = self.asked.get(model as usize).cloned() else {
            return;
        };
        let (more, mut asked_for) = mpsc::unbounded_channel();
        let (source, trials) = match self.buying.get(model as usize) {
            Some(buying) => (Source::Bought(Arc::clone(buying)), buying.most()),
            None => {
                let schedule = Schedule::new(&self.plan, self.options.order);
                let trials = schedule.len();
                (Source::All(schedule, AtomicU64::new(0)), trials)
            }
        };
        let lanes_at_first = trials.min(asked.limits.most() as u64);
        let queue = Arc::new(Queue {
            model,
            source,
            asked,
            more,
        });
        let mut lanes = JoinSet::new();
        for _ in 0..lanes_at_first {
            lanes.spawn(Arc::clone(&self).lane(Arc::clone(&queue)));
        }
        let (mut flow, mut paused) = (self.flow.subscribe(), self.flow.subscribe());
        loop {
            tokio::select! {
                biased;
                () = aborted(&mut flow) => break,
                Some(()) = asked_for.recv() => {
                    lanes.spawn(Arc::clone(&self).lane(Arc::clone(&queue)));
                }
                Ok(()) = paused.changed() => {
                    self.tell_flow().await;
                }
                ended = lanes.join_next() => match ended {
                    Some(Ok(())) => {}
                    Some(Err(error)) => self.halt(format!("a part of the engine failed: {error}")),
                    None if asked_for.is_empty() => return,
                    None => {}
                },
            }
        }
        lanes.shutdown().await;
        self.tell_given_up().await;
    }

    /// Tell of a pause, or of its end, once.
    async fn tell_flow(&self) {
        let mut paused = self.paused.write().await;
        let now = *self.flow.borrow();
        match now {
            RunSignal::Pause if !*paused => {
                *paused = true;
                let reason = "paused".into();
                self.tell(RunEvent::Paused { reason }).await;
            }
            RunSignal::Go if *paused => {
                *paused = false;
                self.tell(RunEvent::Continued).await;
            }
            _ => {}
        }
    }

    /// Wait while paused; then whoever holds the guard may send, and no pause is told before it is dropped. `None` when
    /// nothing more is to be sent.
    pub(super) async fn go(
        &self,
        flow: &mut watch::Receiver<RunSignal>,
    ) -> Option<RwLockReadGuard<'_, bool>> {
        loop {
            let paused = self.paused.read().await;
            let now = *flow.borrow();
            match now {
                RunSignal::Go if !*paused => return Some(paused),
                RunSignal::Go => {
                    drop(paused);
                    self.tell_flow().await;
                }
                _ => {
                    drop(paused);
                    if !may_send(flow).await {
                        return None;
                    }
                }
            }
        }
    }

    /// Tell of variants that fell, those of a round together.
    async fn tell_falls(&self, model: u32, fell: &[(u32, Elimination)]) {
        for together in fell.chunk_by(|a, b| a.1 == b.1) {
            let (_, Elimination { round, rows }) = together[0];
            self.tell(RunEvent::VariantsFell {
                model,
                variants: together.iter().map(|(v, _)| *v).collect(),
                round,
                rows,
            })
            .await;
        }
    }

    async fn lane(self: Arc<Run>, queue: Arc<Queue>) {
        let mut flow = self.flow.subscribe();
        loop {
            let id = tokio::select! {
                id = queue.next(&self) => id,
                () = stopped(&mut flow) => return,
            };
            let Some(id) = id else { return };
            if !may_send(&mut flow).await || self.send(id, &queue, &mut flow).await == Lane::Ends {
                return;
            }
        }
    }

    /// Send a trial and see it to its end, or take its answer where it is known.
    async fn send(
        self: &Arc<Run>,
        id: TrialId,
        queue: &Queue,
        flow: &mut watch::Receiver<RunSignal>,
    ) -> Lane {
        let asked = &queue.asked;
        let Some(()) = self.open_one(flow).await else {
            return Lane::Ends;
        };
        let row = match self.plan.dataset.row(id.row as usize) {
            Ok(row) => row,
            Err(error) => {
                self.halt(error.to_string());
                return Lane::Ends;
            }
        };
        let prompt = match self.plan.prompt(id.variant as usize, &row) {
            Ok(prompt) => prompt,
            Err(error) => {
                let outcome = Outcome::Failed(Failure {
                    kind: FailureKind::Render,
                    status: None,
                    message: error.to_string(),
                    trace: Default::default(),
                });
                self.finish(Finished::unsent(id, None, outcome, &row, asked, false));
                return Lane::Goes;
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
                    return Lane::Goes;
                }
                Ok(None) => {}
                Err(error) => {
                    self.halt(error.to_string());
                    return Lane::Ends;
                }
            }
            if self.is_asked_already(key, id) {
                return Lane::Goes;
            }
        }
        let most_output = most_output(&params);
        let counts = asked.limits.counts_tokens() || self.plan.experiment.budget.usd.is_some();
        let likely = TokenEstimate {
            prompt: if counts {
                asked.counter.prompt(&prompt).tokens
            } else {
                0
            },
            most_output,
        };
        let Some(permit) = asked.leave(likely, flow).await else {
            return Lane::Ends;
        };
        let reserved = tokio::select! {
            reserved = self.caps.admit(asked.price, likely) => reserved,
            () = stopped(flow) => return Lane::Ends,
        };
        let reserved = match reserved {
            Ok(reserved) => reserved,
            Err(over) => {
                self.halt_by(StopCause::Cap, self.over(&over));
                return Lane::Ends;
            }
        };
        let Some(going) = self.go(flow).await else {
            return Lane::Ends;
        };
        self.summary().sent += 1;
        self.tell(RunEvent::TrialStarted { id }).await;
        drop(going);
        let trial = Trial {
            id,
            key,
            row,
            prompt,
            request,
            likely,
        };
        self.attempt(trial, queue, permit, reserved).await
    }

    /// Wait for room for one more trial; `None` when nothing more is to be sent.
    async fn open_one(&self, flow: &mut watch::Receiver<RunSignal>) -> Option<()> {
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
        let mut waiting = self.waiting.lock();
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
    pub(super) fn over(&self, over: &BudgetExceeded) -> String {
        self.is_capped.store(true, Ordering::Relaxed);
        match over {
            BudgetExceeded::Calls(_) if self.used_up().is_some() => {
                self.used_up().unwrap_or_default()
            }
            BudgetExceeded::Calls(sent) => format!(
                "the cap of {sent} calls is reached; what was done is kept, and `--resume` with a higher --budget-calls goes on"
            ),
            BudgetExceeded::Usd(spent) => format!(
                "the cap of ${} is near (${spent:.4} spent, and the next answer may cost more than is left); what was done is kept, and `--resume` with a higher --budget-usd goes on",
                self.plan.experiment.budget.usd.unwrap_or_default()
            ),
        }
    }

    /// What to say where the calls of a policy are used up before it is done.
    fn used_up(&self) -> Option<String> {
        let policy = self.policy.as_ref()?;
        let calls = policy.calls()?;
        let typed = self.plan.experiment.budget.calls;
        typed.is_none_or(|typed| calls <= typed).then(|| {
            format!(
                "the {calls} calls of --{} are used up, retries included; what was done is kept",
                policy.name()
            )
        })
    }

    /// Tell of the trials that were given up: they are not kept, a resumed run sends them again.
    async fn tell_given_up(self: &Arc<Run>) {
        let given_up = std::mem::take(&mut *self.given_up.lock());
        for (id, key) in given_up {
            self.tell_cancelled(id, key).await;
        }
    }
}

impl ModelTarget {
    /// Wait for leave to send, which nobody has in a pause; `None` when nothing more is to be sent.
    pub(super) async fn leave(
        &self,
        likely: TokenEstimate,
        flow: &mut watch::Receiver<RunSignal>,
    ) -> Option<Permit> {
        let tokens = likely.prompt + likely.most_output.unwrap_or(0);
        loop {
            let permit = tokio::select! {
                permit = self.limits.acquire(tokens) => permit,
                () = stopped(flow) => return None,
            };
            if *flow.borrow() == RunSignal::Go {
                return Some(permit);
            }
            drop(permit);
            if !may_send(flow).await {
                return None;
            }
        }
    }
}

/// Wait while paused; `false` when nothing more is to be sent.
async fn may_send(flow: &mut watch::Receiver<RunSignal>) -> bool {
    loop {
        match *flow.borrow_and_update() {
            RunSignal::Go => return true,
            RunSignal::Stop | RunSignal::Abort => return false,
            RunSignal::Pause => {}
        }
        if flow.changed().await.is_err() {
            return false;
        }
    }
}

pub(super) fn most_output(params: &[&Params]) -> Option<u64> {
    ["max_tokens", "max_completion_tokens"]
        .iter()
        .find_map(|name| params.iter().rev().find_map(|p| p.get(*name)))
        .and_then(serde_json::Value::as_u64)
}
