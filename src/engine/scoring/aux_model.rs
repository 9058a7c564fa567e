//! Questions to one model beside the trials: taken from the store where they were asked before, else sent, with the attempts,
//! limits and caps that a trial has, and kept before they count.

use super::super::{
    EngineError, Plan, RunOptions,
    aux_endpoint::AuxEndpoint,
    budget::{BudgetExceeded, BudgetTracker, TokenEstimate},
    event::{RunSignal, reached},
    run::Run,
};
use crate::{
    endpoint::{AttemptFailure, Limits, Permit, WireRequest, backoff},
    model::{Completion, FailureKind, ModelRef, Params, Price, Prompt},
    project::Budget,
    store::CompletionKey,
    tokens::{self, Counter},
};
use parking_lot::Mutex;
use std::{sync::OnceLock, time::Instant};
use tokio::sync::watch;

/// So many questions in a row without an answer, and no more are asked.
const MOST_FAILURES: u32 = 5;

/// Questions that may be the same lie under the same lock; so many locks.
const LOCKS: usize = 256;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    Because(String),
    /// The run is being ended.
    Interrupted,
}

/// An answer to a question.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) completion: Completion,
    pub(super) reused: bool,
    /// What it cost now, where the price is known.
    pub(super) cost_usd: Option<f64>,
}

/// One model that is asked.
pub(super) struct AuxModelClient {
    model: ModelRef,
    helper: AuxEndpoint,
    limits: Limits,
    price: Option<Price>,
    counter: Counter,
    budget: Budget,
    caps: BudgetTracker,
    /// Since the first question.
    since: OnceLock<Instant>,
    /// Two that ask the same at the same time pay once.
    locks: Vec<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: u64,
    reused: u64,
    cost_usd: Option<f64>,
    /// Failures since the last answer.
    failures: u32,
    answered: bool,
    given_up: Option<String>,
}

/// What was asked so far.
pub(super) struct JudgeUsage {
    pub(super) sent: u64,
    pub(super) reused: u64,
    pub(super) cost_usd: Option<f64>,
}

impl AuxModelClient {
    pub(super) fn new(
        plan: &Plan,
        model: &ModelRef,
        helper: AuxEndpoint,
        budget: Budget,
        options: &RunOptions,
    ) -> Result<AuxModelClient, EngineError> {
        let spec = plan
            .endpoints
            .get(&model.endpoint)
            .ok_or_else(|| EngineError::NoClient(model.clone()))?;
        let known = spec.models.get(&model.model);
        let most = options.max_in_flight.unwrap_or(spec.max_in_flight);
        Ok(AuxModelClient {
            limits: Limits::new(most, spec.requests_per_minute, spec.tokens_per_minute),
            price: tokens::price(&model.model, known),
            counter: Counter::of(&model.model, known),
            model: model.clone(),
            helper,
            budget,
            caps: BudgetTracker::new(budget),
            since: OnceLock::new(),
            locks: (0..LOCKS).map(|_| tokio::sync::Mutex::new(())).collect(),
            state: Mutex::default(),
        })
    }

    /// What was asked so far.
    pub(super) fn asked(&self) -> JudgeUsage {
        let state = self.state.lock();
        JudgeUsage {
            sent: state.sent,
            reused: state.reused,
            cost_usd: state.cost_usd,
        }
    }

    /// The answer to the `repeat`th asking of a question.
    pub(super) async fn ask(
        &self,
        run: &Run,
        until: RunSignal,
        prompt: &Prompt,
        params: &Params,
        repeat: u32,
    ) -> Result<Answer, NoAnswer> {
        let client = &self.helper.client;
        let request = client.request(&self.model.model, prompt, &[params], false);
        let key = CompletionKey::new(client.identity(), &request.body, repeat);
        let at = blake3::hash(&request.body).as_bytes()[0] as usize + repeat as usize;
        let _same = self.locks[at % LOCKS].lock().await;
        if run.options.reuse {
            let known = run.store.completion(&key);
            if let Some(completion) = known.map_err(|e| NoAnswer::Because(e.to_string()))? {
                self.state.lock().reused += 1;
                return Ok(Answer {
                    completion,
                    reused: true,
                    cost_usd: None,
                });
            }
        }
        if let Some(reason) = &self.state.lock().given_up {
            return Err(NoAnswer::Because(reason.clone()));
        }
        let completion = self.send(run, until, prompt, &request, params).await?;
        let cost_usd = self.price.map(|price| price.cost_usd(&completion.usage));
        run.store
            .keep(key, completion.clone())
            .await
            .map_err(|e| NoAnswer::Because(e.to_string()))?;
        Ok(Answer {
            completion,
            reused: false,
            cost_usd,
        })
    }

    /// Send it until there is an answer or a final failure.
    async fn send(
        &self,
        run: &Run,
        until: RunSignal,
        prompt: &Prompt,
        request: &WireRequest,
        params: &Params,
    ) -> Result<Completion, NoAnswer> {
        let client = &self.helper.client;
        let counts = self.limits.counts_tokens() || self.budget.usd.is_some();
        let likely = TokenEstimate {
            prompt: if counts {
                self.counter.prompt(prompt).tokens
            } else {
                0
            },
            most_output: super::super::lane::most_output(&[params]),
        };
        let mut attempts = 1;
        loop {
            let mut flow = run.flow.subscribe();
            let mut permit = self.leave(likely, until, &mut flow).await?;
            let reserved = tokio::select! {
                admitted = self.caps.admit(self.price, likely) => {
                    admitted.map_err(|over| NoAnswer::Because(self.over(&over)))?
                }
                () = reached(&mut flow, until) => return Err(NoAnswer::Interrupted),
            };
            self.state.lock().sent += 1;
            let failed = match client.send(&self.model.model, request, &mut |_| {}).await {
                Ok(completion) => {
                    self.limits.succeeded();
                    let completion =
                        super::super::trial::estimate(completion, prompt, &self.counter);
                    let usage = completion.usage;
                    permit.took(usage.prompt + usage.completion);
                    let cost = self.price.map(|price| price.cost_usd(&usage));
                    self.caps
                        .settle(reserved, cost.unwrap_or(0.0), Some(&usage));
                    let mut state = self.state.lock();
                    (state.failures, state.answered) = (0, true);
                    if let Some(cost) = cost {
                        *state.cost_usd.get_or_insert(0.0) += cost;
                    }
                    return Ok(completion);
                }
                Err(failed) => failed,
            };
            self.caps.settle(reserved, 0.0, None);
            let wait = failed.retry_after.unwrap_or_else(|| backoff(attempts));
            if failed.slow_down {
                self.limits.slow_down(&permit, wait);
            }
            drop(permit);
            if !failed.retry || attempts > self.retries(&failed) {
                return Err(NoAnswer::Because(self.failed(&failed)));
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = reached(&mut flow, until) => return Err(NoAnswer::Interrupted),
            }
            attempts += 1;
        }
    }

    /// Wait for leave to send, which nobody has in a pause.
    async fn leave(
        &self,
        likely: TokenEstimate,
        until: RunSignal,
        flow: &mut watch::Receiver<RunSignal>,
    ) -> Result<Permit, NoAnswer> {
        let tokens = likely.prompt + likely.most_output.unwrap_or(0);
        let since = self.since.get_or_init(Instant::now);
        loop {
            let permit = tokio::select! {
                permit = self.limits.acquire(tokens) => permit,
                () = reached(flow, until) => return Err(NoAnswer::Interrupted),
            };
            if let Some(reason) = &self.state.lock().given_up {
                return Err(NoAnswer::Because(reason.clone()));
            }
            if self.budget.time.is_some_and(|t| since.elapsed() >= t) {
                let reason = format!(
                    "the time that {} has for it is over; `--resume` goes on",
                    self.model
                );
                return Err(NoAnswer::Because(reason));
            }
            if *flow.borrow() != RunSignal::Pause {
                return Ok(permit);
            }
            drop(permit);
            // Where the run is gone, whoever waits goes with it.
            let _ = flow.changed().await;
        }
    }

    /// An endpoint that has not answered yet and cannot be connected to is most likely not there.
    fn retries(&self, failed: &AttemptFailure) -> u32 {
        let retries = self.helper.client.spec().retries;
        match failed.failure.kind {
            FailureKind::Connect if !self.state.lock().answered => retries.min(2),
            _ => retries,
        }
    }

    /// A question that has no answer after all attempts: why, and whether any more are asked.
    fn failed(&self, failed: &AttemptFailure) -> String {
        let reason = format!("{}: {}", self.model, failed.failure);
        let mut state = self.state.lock();
        state.failures += 1;
        let is_there = state.answered || failed.failure.kind != FailureKind::Connect;
        if failed.failure.kind.stops_run() || !is_there || state.failures >= MOST_FAILURES {
            state.given_up.get_or_insert_with(|| reason.clone());
        }
        reason
    }

    /// What to say where a cap is reached.
    fn over(&self, over: &BudgetExceeded) -> String {
        match over {
            BudgetExceeded::Calls(sent) => format!(
                "the cap of {sent} calls of {} is reached; `--resume` with a higher budget of the metric goes on",
                self.model
            ),
            BudgetExceeded::Usd(_) => format!(
                "the cap of ${} of {} is near; `--resume` with a higher budget of the metric goes on",
                self.budget.usd.unwrap_or_default(),
                self.model
            ),
        }
    }
}
