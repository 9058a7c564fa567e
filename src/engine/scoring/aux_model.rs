//! Questions to one model besides the trials: answered from the store where possible, else sent with the retries, limits and
//! caps that a trial has, and stored before they count.

use super::super::{
    EngineError,
    admission::{RequestBudget, RequestLimiter},
    aux_endpoint::AuxEndpoint,
    budget::{BudgetExceeded, BudgetTracker},
    control::RunSignal,
    endpoint_state::EndpointStates,
    run::Run,
    stored_answer::RequestTarget,
    target::ModelTarget,
};
use super::verdict_format::VerdictKind;
use crate::{
    endpoint::{RESPONSE_FORMAT, WireRequest},
    model::{Completion, FailureKind, ModelRef, Params, Prompt},
    read::answer_text,
    retry::{AttemptFailure, EndpointChange, GaveUp, Signal, retry},
    store::{Claim, CompletionKey, StoreError},
};
use parking_lot::Mutex;
use std::{
    borrow::Cow,
    sync::OnceLock,
    time::{Duration, Instant},
};

/// After this many questions in a row without an answer no more are asked.
const MAX_FAILURES: u32 = 5;

/// Equal questions share a lock; the number of locks.
const LOCKS: usize = 256;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    Because(String),
    /// The run is being ended.
    Interrupted,
}

impl NoAnswer {
    /// The judge answered, but not with a verdict.
    pub(super) fn unreadable() -> NoAnswer {
        NoAnswer::Because("the judge's answer holds no readable verdict".into())
    }
}

/// An answer to a question.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) completion: Completion,
    pub(super) reused: bool,
    /// What it cost now, where the price is known.
    pub(super) cost_usd: Option<f64>,
}

impl Answer {
    /// What the judge said, without its thoughts.
    pub(super) fn reply(&self) -> Cow<'_, str> {
        answer_text(&self.completion.text)
    }
}

/// One model besides those of the trials: a judge.
pub(super) struct AuxModelClient {
    target: ModelTarget,
    _endpoint: AuxEndpoint,
    /// Parameters that the endpoint may refuse without harm.
    format: Params,
    budget: BudgetTracker,
    /// When the first question was asked.
    started: OnceLock<Instant>,
    /// The same question asked twice at the same time is paid once.
    locks: Vec<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    usage: JudgeUsage,
    /// Failures since the last answer.
    failures: u32,
    /// Why nothing more is sent.
    given_up: Option<String>,
}

/// Requests of a model so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct JudgeUsage {
    pub(super) sent: u64,
    pub(super) reused: u64,
    pub(super) cost_usd: Option<f64>,
}

impl AuxModelClient {
    pub(super) fn new(
        model: &ModelRef,
        endpoint: AuxEndpoint,
        verdict: Option<VerdictKind>,
        params: &Params,
        budget: BudgetTracker,
        endpoints: &EndpointStates,
    ) -> Result<AuxModelClient, EngineError> {
        let client = endpoint.client.clone();
        let api = client.spec().api;
        let state = endpoints.state(&client);
        let identity = client.identity().to_owned();
        let requests = RequestTarget::new(identity, client.spec(), model, None);
        let target = ModelTarget::new(model.clone(), client, requests, state, false);
        let format = verdict.map_or_else(Params::new, |verdict| verdict.params(api));
        target.check_price(budget.caps(), std::iter::once([&format, params]))?;
        Ok(AuxModelClient {
            target,
            _endpoint: endpoint,
            format,
            budget,
            started: OnceLock::new(),
            locks: (0..LOCKS).map(|_| tokio::sync::Mutex::new(())).collect(),
            state: Mutex::default(),
        })
    }

    pub(super) fn usage(&self) -> JudgeUsage {
        self.state.lock().usage
    }

    /// The answer to a question that is asked for the `repeat`th time.
    pub(super) async fn ask(
        &self,
        run: &Run,
        until: RunSignal,
        prompt: &Prompt,
        params: &Params,
        repeat: u32,
    ) -> Result<Answer, NoAnswer> {
        let client = &self.target.client;
        let params = &[&self.format, params];
        let request = client.request(&self.target.name.model, prompt, params, false);
        // A format of the user's own is not dropped.
        let is_ours = !params[1].contains_key(RESPONSE_FORMAT);
        let request = if is_ours {
            request.with_optional_format()
        } else {
            request
        };
        let key = CompletionKey::new(client.identity(), &request.body, repeat);
        let at = blake3::hash(&request.body).as_bytes()[0] as usize + repeat as usize;
        let _same = self.locks[at % LOCKS].lock().await;
        if run.options.reuse
            && let Some(completion) = self.reuse_or_claim(run, until, key).await?
        {
            self.state.lock().usage.reused += 1;
            return Ok(Answer {
                completion,
                reused: true,
                cost_usd: None,
            });
        }
        let sent = match self.is_available() {
            Ok(()) => self.send(run, until, prompt, &request, params).await,
            Err(unavailable) => Err(unavailable),
        };
        let completion = match sent {
            Ok(completion) => completion,
            Err(error) => {
                run.lease.release(&key);
                return Err(error);
            }
        };
        let cost_usd = self.target.cost_usd(&completion);
        let stored = run.store.keep_completion(key, completion.clone()).await;
        run.lease.settle(&key);
        stored.map_err(|error| NoAnswer::Because(error.to_string()))?;
        Ok(Answer {
            completion,
            reused: false,
            cost_usd,
        })
    }

    /// The stored answer of a call; `None` where it is claimed for this run.
    async fn reuse_or_claim(
        &self,
        run: &Run,
        until: RunSignal,
        key: CompletionKey,
    ) -> Result<Option<Completion>, NoAnswer> {
        let in_store = |error: StoreError| NoAnswer::Because(error.to_string());
        loop {
            if let Some(completion) = run.store.completion(&key).map_err(in_store)? {
                return Ok(Some(completion));
            }
            match run.lease.claim(key).await.map_err(in_store)? {
                Claim::Granted => return Ok(None),
                Claim::Answered => {}
                Claim::Taken => tokio::select! {
                    () = run.lease.wait_for(key) => {}
                    () = run.channel.reached(until) => return Err(NoAnswer::Interrupted),
                },
            }
        }
    }

    /// Send a question until there is an answer or a final failure.
    async fn send(
        &self,
        run: &Run,
        until: RunSignal,
        prompt: &Prompt,
        request: &WireRequest,
        params: &[&Params],
    ) -> Result<Completion, NoAnswer> {
        let target = &self.target;
        let estimate = target.estimate(prompt, params, self.budget.caps());
        let limiter = RequestLimiter {
            limits: &target.limits,
            estimate,
            retries: target.client.spec().retries,
        };
        let budget = RequestBudget {
            budget: &self.budget,
            price: target.price_at_most.as_ref(),
            reports_cost: target.client.reports_cost(),
            estimate,
        };
        let signal = QuestionSignal {
            model: self,
            run,
            until,
        };
        let (client, model) = (&target.client, &target.name.model);
        let (_, sent) = retry(&limiter, &budget, &signal, || async {
            let patience = target.patience();
            client
                .send_within(patience, model, request, &mut |_| {})
                .await
        })
        .await;
        match sent {
            Ok(answered) => {
                let completion = target.answered(answered.answer.completion, prompt);
                let usage = completion.usage;
                let mut permit = answered.permit;
                if let Some(change) = permit.answered(usage.prompt + usage.completion) {
                    run.channel.send(target.event(change)).await;
                }
                target.record_usage(&usage, prompt, &estimate);
                let cost = target.cost_usd(&completion);
                let usd = target.budget_usd(&completion, &estimate.terms);
                self.budget
                    .settle(answered.reserved, usd, Some(&completion));
                let mut state = self.state.lock();
                state.failures = 0;
                if let Some(cost) = cost {
                    *state.usage.cost_usd.get_or_insert(0.0) += cost;
                }
                Ok(completion)
            }
            Err(GaveUp::Failed(failed)) => Err(NoAnswer::Because(self.record_failure(&failed))),
            Err(GaveUp::Stopped(stop, _)) => Err(stop),
            Err(GaveUp::OverBudget(exceeded, _)) => {
                Err(NoAnswer::Because(self.over_budget(&exceeded)))
            }
        }
    }

    /// An error where nothing more is sent: too many failures, or the time is over.
    fn is_available(&self) -> Result<(), NoAnswer> {
        if let Some(reason) = &self.state.lock().given_up {
            return Err(NoAnswer::Because(reason.clone()));
        }
        let started = self.started.get_or_init(Instant::now);
        match self.budget.caps().time {
            Some(limit) if started.elapsed() >= limit => Err(NoAnswer::Because(format!(
                "the time limit of {} is reached; continue with `--resume`",
                self.target.name
            ))),
            _ => Ok(()),
        }
    }

    /// A question has no answer after all attempts; the reason. Too many of them, and no more are asked.
    fn record_failure(&self, failed: &AttemptFailure) -> String {
        let reason = format!("{}: {}", self.target.name, failed.failure);
        let mut state = self.state.lock();
        state.failures += 1;
        if failed.failure.kind.stops_run()
            || self.target.is_unreachable(failed)
            || state.failures >= MAX_FAILURES
        {
            state.given_up.get_or_insert_with(|| reason.clone());
        }
        reason
    }

    fn over_budget(&self, exceeded: &BudgetExceeded) -> String {
        let model = &self.target.name;
        let usd = self.budget.caps().usd.unwrap_or_default();
        let cap = match exceeded {
            BudgetExceeded::Calls(sent) => format!("the cap of {sent} calls of {model} is reached"),
            BudgetExceeded::Usd(_) => format!("the cap of ${usd} of {model} is nearly reached"),
            BudgetExceeded::TotalCalls(sent) => {
                return format!("the cap of {sent} calls of the run is reached");
            }
            BudgetExceeded::TotalUsd(_) => {
                return format!("the cap of ${usd} of the run is nearly reached");
            }
        };
        format!("{cap}; raise the budget of the metric")
    }
}

/// Pause and stop for one question; `until` is the signal that ends it.
struct QuestionSignal<'a> {
    model: &'a AuxModelClient,
    run: &'a Run,
    until: RunSignal,
}

impl Signal for QuestionSignal<'_> {
    type Stop = NoAnswer;

    async fn stopped(&self) -> NoAnswer {
        self.run.channel.reached(self.until).await;
        NoAnswer::Interrupted
    }

    fn may_send(&self) -> Result<bool, NoAnswer> {
        self.model.is_available()?;
        match self.run.channel.signal() {
            now if now >= self.until => Err(NoAnswer::Interrupted),
            now => Ok(now != RunSignal::Pause),
        }
    }

    async fn changed(&self) {
        self.run.channel.unpaused().await;
    }

    async fn sending(&self, _: u32) -> Result<(), NoAnswer> {
        self.model.state.lock().usage.sent += 1;
        Ok(())
    }

    async fn retrying(&self, failed: &AttemptFailure, _: Duration) {
        if failed.failure.kind == FailureKind::Connect {
            self.model.state.lock().usage.sent -= 1;
        }
    }

    async fn endpoint_changed(&self, change: EndpointChange) {
        let event = self.model.target.event(change);
        self.run.channel.send(event).await;
    }
}
