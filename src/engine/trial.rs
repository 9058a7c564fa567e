//! One trial: rendered, taken from the store or sent until it has an outcome, and finished.

use super::{
    Conversation, NextTurn,
    admission::{RequestBudget, RequestLimiter},
    budget::BudgetExceeded,
    control::RunSignal,
    endpoint_state::MAX_FIRST_FAILURES,
    more_room::TrialRequest,
    open_trials::GivenUp,
    run::{Finished, Run},
    target::ModelTarget,
    tool_answers::UnansweredCall,
    tool_question::ToolQuestion,
};
use crate::{
    display,
    endpoint::{Delta, Received},
    model::{
        Completion, ConversationCalls, Failure, FailureKind, Outcome, Params, Prompt, Row,
        RunEvent, StopCause, TrialId,
    },
    retry::{AttemptFailure, EndpointChange, GaveUp, Signal, retry},
    store::{Claim, CompletionKey, StoreError},
};
use parking_lot::Mutex;
use std::{
    fmt,
    sync::Arc,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::sync::mpsc;

/// What a lane does after a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Take another trial.
    Continue,
    /// End: the run is over, or another lane has replaced this one.
    EndLane,
}

/// What a call needs before it is sent.
enum Preparation {
    Known(Box<Completion>),
    /// Another trial is in flight with the same request, and this one takes its answer.
    Duplicate,
    /// The same request was sent for another trial and has failed.
    Failed(Failure),
    Send,
    Stopped,
}

/// What came of a call that was to be sent.
#[expect(clippy::large_enum_variant, reason = "nearly every call ends")]
enum CallEnd<'a> {
    Ended {
        outcome: Outcome,
        /// Requests sent for it.
        attempts: u32,
        lane: Lane<'a>,
    },
    /// Nothing that is kept: the run is over, or its variant is not sent any more.
    Left(NextStep),
}

/// Who needs the answer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NeededBy {
    /// A trial whose only call it is.
    Trial,
    Conversation,
}

/// The lane of a trial, until a new one replaces it.
struct Lane<'a> {
    replace: Option<&'a mpsc::UnboundedSender<()>>,
}

impl<'a> Lane<'a> {
    fn new(replace: &'a mpsc::UnboundedSender<()>) -> Lane<'a> {
        Lane {
            replace: Some(replace),
        }
    }

    /// Let a new lane replace this one, which has to wait.
    fn hand_over(&mut self) {
        if let Some(replace) = self.replace.take() {
            // Where nobody opens lanes any more, the run is over.
            let _ = replace.send(());
        }
    }

    fn next_step(&self) -> NextStep {
        match self.replace {
            Some(_) => NextStep::Continue,
            None => NextStep::EndLane,
        }
    }
}

/// Sees the trials of one model to their end.
pub(super) struct TrialRunner<'a> {
    pub(super) run: &'a Run,
    pub(super) target: &'a ModelTarget,
    /// Asks for one more lane in place of one that has to wait.
    pub(super) replace_lane: &'a mpsc::UnboundedSender<()>,
}

impl TrialRunner<'_> {
    /// Send a trial and see it to its end, or take its answer where it is known.
    pub(super) async fn run_trial(&self, id: TrialId) -> NextStep {
        let (run, target) = (self.run, self.target);
        if !target.failures.take(id.variant) {
            run.skip_untaken(id);
            return NextStep::Continue;
        }
        tokio::select! {
            () = run.open.wait_for_room() => {}
            () = run.channel.reached(RunSignal::Stop) => return NextStep::EndLane,
        }
        let row = match run.plan.dataset.row(id.row as usize) {
            Ok(row) => row,
            Err(error) => return self.fail(error.to_string()),
        };
        let unsent = |key, outcome, prompt, reused| {
            run.finish(Finished {
                id,
                key,
                outcome,
                row: &row,
                prompt,
                attempts: 0,
                reused,
                calls: None,
            });
            NextStep::Continue
        };
        let prompt = match run.plan.prompt(id.variant as usize, &row) {
            Ok(prompt) if !prompt.replies.is_empty() || run.plan.may_call_tools(&prompt) => {
                return self.converse(id, &row, prompt).await;
            }
            Ok(prompt) => Arc::new(prompt),
            Err(error) => {
                return unsent(None, Outcome::Failed(render_failure(&error)), None, false);
            }
        };
        let request = match self.request(id, &row, &prompt) {
            Ok(request) => request,
            Err(error) => return self.fail(error.to_string()),
        };
        let key = request.key;
        let mut lane = Lane::new(self.replace_lane);
        let prepared = match run.options.reuse {
            true => {
                let needed_by = NeededBy::Trial;
                self.known_or_claimed(id, key, needed_by, &mut lane).await
            }
            false => Ok(Preparation::Send),
        };
        match prepared {
            Ok(Preparation::Known(known)) => {
                self.check_answer(&known, &prompt).await;
                let outcome = Outcome::Completed(*known);
                target.failures.record(id.variant, &outcome);
                unsent(Some(key), outcome, Some(prompt), true);
                lane.next_step()
            }
            Ok(Preparation::Send) => {
                let sent = self.send(id, &prompt, &request, lane, 0).await;
                let (outcome, attempts, lane) = match sent {
                    CallEnd::Ended {
                        outcome,
                        attempts,
                        lane,
                    } => (outcome, attempts, lane),
                    CallEnd::Left(next) => return next,
                };
                run.stop_variant(id, &outcome).await;
                run.finish(Finished {
                    id,
                    key: Some(key),
                    outcome,
                    row: &row,
                    prompt: Some(prompt),
                    attempts,
                    reused: false,
                    calls: None,
                });
                lane.next_step()
            }
            Ok(Preparation::Duplicate) => NextStep::Continue,
            Ok(Preparation::Failed(failure)) => {
                unsent(Some(key), Outcome::Failed(failure), Some(prompt), false)
            }
            Ok(Preparation::Stopped) => NextStep::EndLane,
            Err(error) => self.fail(error.to_string()),
        }
    }

    /// The request of a call; where its stored answer was cut, with more room.
    fn request(&self, id: TrialId, row: &Row, prompt: &Prompt) -> Result<TrialRequest, StoreError> {
        let (run, target) = (self.run, self.target);
        let params = run.plan.params(id.variant as usize);
        match &run.more_room {
            Some(room) => room.request(&run.store, target, row, prompt, params, id.sample),
            None => Ok(TrialRequest::new(
                target,
                row,
                prompt,
                params,
                Params::new(),
                id.sample,
            )),
        }
    }

    /// See a conversation to its end: its calls one after the other, each with the answers to those before. An answer is
    /// durable before the next call is sent, so none is sent twice; that of a tool too.
    async fn converse(&self, id: TrialId, row: &Arc<Row>, prompt: Prompt) -> NextStep {
        let (run, target) = (self.run, self.target);
        let variant = &run.plan.variants[id.variant as usize];
        let mut lane = Lane::new(self.replace_lane);
        let mut conversation = Conversation::new(&run.plan, variant, row, prompt);
        let mut calls = ConversationCalls {
            planned: conversation.calls() as u32,
            ..ConversationCalls::default()
        };
        let (mut answers, mut attempts) = (Vec::new(), 0);
        let mut last_call = None;
        let mut failure = None;
        let mut failed_by_tool = false;
        loop {
            let prompt = match conversation.next_turn() {
                NextTurn::Model(prompt) => Arc::new(prompt),
                NextTurn::Tool(question) => {
                    let answered = self.answer_call(id, &question, &mut lane).await;
                    match answered {
                        Ok(Outcome::Completed(result)) => conversation.take_result(&result.text),
                        Ok(Outcome::Failed(failed)) => {
                            failure = Some(failed);
                            failed_by_tool = true;
                            break;
                        }
                        Err(next) => return next,
                    }
                    continue;
                }
                NextTurn::Over => break,
            };
            let request = match self.request(id, row, &prompt) {
                Ok(request) => request,
                Err(error) => return self.fail(error.to_string()),
            };
            let key = request.key;
            let prepared = match run.options.reuse {
                true => {
                    let needed_by = NeededBy::Conversation;
                    self.known_or_claimed(id, key, needed_by, &mut lane).await
                }
                false => Ok(Preparation::Send),
            };
            let outcome = match prepared {
                Ok(Preparation::Known(known)) => {
                    self.check_answer(&known, &prompt).await;
                    Outcome::Completed(*known)
                }
                Ok(Preparation::Failed(failure)) => Outcome::Failed(failure),
                Ok(Preparation::Send) => {
                    let sent = self.send(id, &prompt, &request, lane, attempts).await;
                    let outcome = match sent {
                        CallEnd::Left(next) => return next,
                        CallEnd::Ended {
                            outcome,
                            attempts: more,
                            lane: same,
                        } => {
                            (attempts, lane) = (attempts + more, same);
                            outcome
                        }
                    };
                    calls.sent += 1;
                    if let Outcome::Completed(completion) = &outcome {
                        let kept = run.store.keep_completion(key, completion.clone()).await;
                        if let Err(error) = kept {
                            return self.fail(error.to_string());
                        }
                        calls.usage += completion.usage;
                        calls.latency_ms += completion.latency_ms;
                        if let Some(cost) = target.cost_usd(completion) {
                            *calls.cost_usd.get_or_insert(0.0) += cost;
                        }
                    }
                    run.close_call(key, &outcome);
                    outcome
                }
                Ok(Preparation::Duplicate | Preparation::Stopped) => return NextStep::EndLane,
                Err(error) => return self.fail(error.to_string()),
            };
            last_call = Some((key, prompt));
            match outcome {
                Outcome::Completed(completion) => {
                    let taken = conversation.take(&completion);
                    answers.push(completion);
                    if let Err(error) = taken {
                        failure = Some(render_failure(&error));
                        break;
                    }
                }
                Outcome::Failed(failed) => {
                    let message = match conversation.calls() {
                        1 => failed.message,
                        _ => format!("reply {}: {}", conversation.next_name(), failed.message),
                    };
                    failure = Some(Failure { message, ..failed });
                    break;
                }
            }
        }
        let outcome = match (failure, conversation.whole_answer(answers)) {
            (None, Some(answer)) => Outcome::Completed(answer),
            (failure, _) => Outcome::Failed(
                failure.unwrap_or_else(|| render_failure(&"the conversation takes no call")),
            ),
        };
        // What a tool could not do says nothing of the wording.
        if !failed_by_tool {
            run.stop_variant(id, &outcome).await;
        }
        let (key, prompt) = last_call.unzip();
        run.finish(Finished {
            id,
            key,
            row,
            prompt,
            attempts,
            reused: calls.sent == 0 && outcome.completion().is_some(),
            outcome,
            calls: Some(Box::new(calls)),
        });
        lane.next_step()
    }

    /// What a tool answers to a call: as it was stored, else from the program. The error is what the lane does, where the run
    /// is over.
    async fn answer_call(
        &self,
        id: TrialId,
        question: &ToolQuestion<'_>,
        lane: &mut Lane<'_>,
    ) -> Result<Outcome, NextStep> {
        let run = self.run;
        let (Some(tools), Some(identity)) = (&run.tools, &run.plan.tool_identity) else {
            return Err(self.fail("nothing answers the calls of tools".into()));
        };
        let key = question.key(identity, id.sample);
        if run.options.reuse {
            let needed_by = NeededBy::Conversation;
            match self.known_or_claimed(id, key, needed_by, lane).await {
                Ok(Preparation::Known(known)) => return Ok(Outcome::Completed(*known)),
                Ok(Preparation::Failed(failure)) => return Ok(Outcome::Failed(failure)),
                Ok(Preparation::Send) => {}
                Ok(Preparation::Duplicate | Preparation::Stopped) => return Err(NextStep::EndLane),
                Err(error) => return Err(self.fail(error.to_string())),
            }
        }
        // The permission to send comes last: a call that waited for a slot while the run was stopped is not made.
        let slot = tokio::select! {
            slot = tools.slot() => Some(slot),
            () = run.channel.reached(RunSignal::Stop) => None,
        };
        let (Some(slot), Some(no_pause)) = (slot, run.channel.wait_to_send().await) else {
            run.lease.release(&key);
            return Err(NextStep::EndLane);
        };
        drop(no_pause);
        let outcome = match tools.answer(slot, question).await {
            Ok(result) => {
                let kept = run.store.keep_completion(key, result.clone()).await;
                if let Err(error) = kept {
                    return Err(self.fail(error.to_string()));
                }
                Outcome::Completed(result)
            }
            Err(UnansweredCall { failure, ends_run }) => {
                if ends_run {
                    run.channel.fail(failure.to_string());
                }
                Outcome::Failed(failure)
            }
        };
        run.close_call(key, &outcome);
        Ok(outcome)
    }

    /// The answer in the store, or the right to send for it. While another run has that, this one waits without a lane.
    async fn known_or_claimed(
        &self,
        id: TrialId,
        key: CompletionKey,
        needed_by: NeededBy,
        lane: &mut Lane<'_>,
    ) -> Result<Preparation, StoreError> {
        let run = self.run;
        let mut is_registered = false;
        loop {
            if let Some(known) = run.store.completion(&key)? {
                if is_registered && needed_by == NeededBy::Conversation {
                    run.close_call(key, &Outcome::Completed(known.clone()));
                }
                return Ok(Preparation::Known(Box::new(known)));
            }
            if !is_registered {
                match needed_by {
                    NeededBy::Trial if run.open.is_duplicate(key, id) => {
                        return Ok(Preparation::Duplicate);
                    }
                    NeededBy::Trial => {}
                    NeededBy::Conversation => {
                        if let Some(answered) = run.open.answer_in_flight(key) {
                            lane.hand_over();
                            let outcome = tokio::select! {
                                outcome = answered => outcome,
                                () = run.channel.reached(RunSignal::Stop) => return Ok(Preparation::Stopped),
                            };
                            match outcome {
                                Ok(Outcome::Completed(known)) => {
                                    return Ok(Preparation::Known(Box::new(known)));
                                }
                                Ok(Outcome::Failed(failure)) => {
                                    return Ok(Preparation::Failed(failure));
                                }
                                // It was given up without an answer.
                                Err(_) => continue,
                            }
                        }
                    }
                }
                // The trial that was registered before may have ended since the look into the store.
                is_registered = true;
                continue;
            }
            let claim = tokio::select! {
                claim = run.lease.claim(key) => claim?,
                () = run.channel.reached(RunSignal::Stop) => return Ok(Preparation::Stopped),
            };
            match claim {
                Claim::Granted => return Ok(Preparation::Send),
                Claim::Answered => {}
                Claim::Taken => {
                    lane.hand_over();
                    tokio::select! {
                        () = run.lease.wait_for(key) => {}
                        () = run.channel.reached(RunSignal::Stop) => return Ok(Preparation::Stopped),
                    }
                }
            }
        }
    }

    /// Report what is odd about an answer.
    async fn check_answer(&self, completion: &Completion, prompt: &Prompt) {
        for warning in self.target.check_answer(completion) {
            self.run
                .channel
                .send(RunEvent::EndpointWarned(warning))
                .await;
        }
        if let Some(cut) = self.target.check_prompt(&completion.usage, prompt) {
            self.run.channel.send(RunEvent::PromptsCut(cut)).await;
        }
    }

    fn fail(&self, reason: String) -> NextStep {
        self.run.channel.fail(reason);
        NextStep::EndLane
    }

    /// Send a call until it has an answer, a final failure, or no more permission.
    ///
    /// `sent_before` is how many requests were sent for earlier calls of the trial.
    async fn send<'l>(
        &self,
        id: TrialId,
        prompt: &Prompt,
        trial: &TrialRequest,
        lane: Lane<'l>,
        sent_before: u32,
    ) -> CallEnd<'l> {
        let (run, target) = (self.run, self.target);
        let TrialRequest {
            request,
            key,
            raised,
        } = trial;
        let key = *key;
        let [experiment, variant] = run.plan.params(id.variant as usize);
        let params = [experiment, variant, raised];
        let estimate = target.estimate(prompt, &params, &run.plan.experiment.budget);
        let limiter = RequestLimiter {
            limits: &target.limits,
            estimate,
            retries: target.client.spec().retries,
        };
        let budget = RequestBudget {
            budget: &run.budget,
            price: target.price_at_most.as_ref(),
            reports_cost: target.client.reports_cost(),
            estimate,
        };
        let signal = TrialSignal {
            runner: self,
            in_flight: InFlightGuard {
                run,
                id,
                key,
                attempts: AtomicU32::new(0),
                sent_before,
            },
            lane: Mutex::new(lane),
        };
        let channel = &run.channel;
        let scorer = &run.plan.scorer;
        // One answer shows whether the others can be scored.
        let first = match scorer.needs_logprobs().is_some() && !target.has_logprobs() {
            true => Some(target.first_logprobs.lock().await),
            false => None,
        };
        let (attempts, sent) = retry(&limiter, &budget, &signal, || async {
            let mut on_delta = |delta: Delta<'_>| {
                if let Delta::Text(text) | Delta::ToolCall(text) = delta {
                    let text = text.to_owned();
                    channel.send_delta(RunEvent::Delta { id, text });
                }
            };
            let in_flight = run.in_flight.enter();
            let sent = target.client.send_within(
                target.patience(),
                &target.name.model,
                request,
                &mut on_delta,
            );
            let mut answer = sent.await;
            match &mut answer {
                Ok(received) => received.completion.in_flight = in_flight.in_flight,
                Err(failed) => failed.failure.trace.in_flight = in_flight.in_flight,
            }
            if let Err(failed) = &answer
                && failed.failure.kind.stops_run()
            {
                channel.fail(format!("{}: {}", target.name, failed.failure));
            }
            answer
        })
        .await;
        let failure = match sent {
            Ok(answered) => {
                let Received {
                    completion,
                    permit: large,
                } = answered.answer;
                let mut completion = target.answered(completion, prompt);
                target.record_usage(&completion.usage, prompt, &estimate);
                let settle = |completion: &Completion| {
                    let cost_usd = target.budget_usd(completion, &estimate.terms);
                    run.budget
                        .settle(answered.reserved, cost_usd, Some(completion));
                };
                if let Some((metric, lacking)) = scorer.lacks_logprobs(&completion) {
                    // Not kept: another server may give them.
                    settle(&completion);
                    channel.fail(format!(
                        "{}: the answer has {lacking}, which the metric `{metric}` needs; nothing more was sent. Use an endpoint that gives them (`wording models --probe` shows it), or a metric of the kind `label`",
                        target.name
                    ));
                    signal.in_flight.attempts.store(0, Ordering::Relaxed);
                    run.lease.release(&key);
                    return CallEnd::Left(NextStep::EndLane);
                }
                if scorer.needs_logprobs().is_some() && completion.logprobs.is_some() {
                    target.record_logprobs();
                    scorer.trim_logprobs(&mut completion);
                }
                if run.keeps_to_model()
                    && let Some((before, now)) = target.other_name(&completion)
                {
                    // Not kept: the run has answers of one model.
                    run.report_change(&target.name, &before, &now).await;
                    settle(&completion);
                    signal.in_flight.attempts.store(0, Ordering::Relaxed);
                    run.lease.release(&key);
                    return CallEnd::Left(NextStep::EndLane);
                }
                run.open.hold_large(key, large);
                self.check_answer(&completion, prompt).await;
                let usage = completion.usage;
                let mut permit = answered.permit;
                if let Some(change) = permit.answered(usage.prompt + usage.completion) {
                    signal.endpoint_changed(change).await;
                }
                settle(&completion);
                Ok(completion)
            }
            Err(GaveUp::Failed(failed)) => {
                if target.is_unreachable(&failed) {
                    channel.fail(format!("{}: {}", target.name, failed.failure));
                }
                Err(Some(failed))
            }
            Err(GaveUp::Stopped((), failed)) => Err(failed),
            Err(GaveUp::OverBudget(exceeded, failed)) => {
                channel.stop(StopCause::Cap, self.over_budget(&exceeded));
                Err(failed)
            }
        };
        drop(first);
        let outcome = match failure {
            Ok(completion) => Outcome::Completed(completion),
            Err(Some(failed)) => {
                if target.endpoint.record_failure(&failed.failure) {
                    channel.fail(format!(
                        "{}: the first {MAX_FIRST_FAILURES} trials all failed; {}",
                        target.name, failed.failure
                    ));
                }
                Outcome::Failed(failed.failure)
            }
            // Nothing was sent: a resumed run takes the trial again.
            Err(None) => {
                if let Some(failure) = target.failures.stopped(id.variant) {
                    run.skip(id, key, failure).await;
                    return CallEnd::Left(signal.lane.into_inner().next_step());
                }
                run.lease.release(&key);
                return CallEnd::Left(NextStep::EndLane);
            }
        };
        signal.in_flight.attempts.store(0, Ordering::Relaxed);
        CallEnd::Ended {
            outcome,
            attempts,
            lane: signal.lane.into_inner(),
        }
    }

    fn over_budget(&self, exceeded: &BudgetExceeded) -> String {
        let typed = &self.run.plan.experiment.budget;
        let policy = self.run.selection.policy.as_ref();
        match exceeded {
            BudgetExceeded::Calls(sent) | BudgetExceeded::TotalCalls(sent) => match policy
                .and_then(|p| Some((p, p.calls()?)))
            {
                Some((policy, calls)) if typed.calls.is_none_or(|typed| calls <= typed) => format!(
                    "the {calls} calls of --{} are used up, retries included; progress was saved",
                    policy.name()
                ),
                _ => format!(
                    "the cap of {sent} calls is reached; progress was saved, continue with `--resume` and a higher --budget-calls"
                ),
            },
            BudgetExceeded::Usd(spent) | BudgetExceeded::TotalUsd(spent) => format!(
                "the cap of ${} is nearly reached (${spent:.4} spent, and the next answer may cost more than is left); progress was saved, continue with `--resume` and a higher --budget-usd",
                typed.usd.unwrap_or_default()
            ),
        }
    }
}

fn render_failure(error: &dyn fmt::Display) -> Failure {
    Failure {
        kind: FailureKind::Render,
        status: None,
        message: error.to_string(),
        trace: Default::default(),
    }
}

/// Remembers a trial that is dropped in flight, because the run is given up.
struct InFlightGuard<'a> {
    run: &'a Run,
    id: TrialId,
    key: CompletionKey,
    /// 0 before the first request, and once the trial has an outcome.
    attempts: AtomicU32,
    /// Requests of earlier calls of a conversation.
    sent_before: u32,
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        let attempts = *self.attempts.get_mut();
        if attempts > 0 {
            let (id, key) = (self.id, self.key);
            let attempts = attempts + self.sent_before;
            self.run.open.give_up(GivenUp { id, key, attempts });
        }
    }
}

/// Pause and stop for one trial; announces its attempts.
struct TrialSignal<'a, 'l> {
    runner: &'a TrialRunner<'a>,
    in_flight: InFlightGuard<'a>,
    lane: Mutex<Lane<'l>>,
}

impl Signal for TrialSignal<'_, '_> {
    type Stop = ();

    async fn stopped(&self) {
        self.runner.run.channel.reached(RunSignal::Stop).await;
    }

    fn may_send(&self) -> Result<bool, ()> {
        let failures = &self.runner.target.failures;
        if failures.stopped(self.in_flight.id.variant).is_some() {
            return Err(());
        }
        match self.runner.run.channel.signal() {
            RunSignal::Go => Ok(true),
            RunSignal::Pause => Ok(false),
            RunSignal::Stop | RunSignal::Abort => Err(()),
        }
    }

    async fn changed(&self) {
        self.runner.run.channel.unpaused().await;
    }

    async fn sending(&self, attempt: u32) -> Result<(), ()> {
        let channel = &self.runner.run.channel;
        let _no_pause = channel.wait_to_send().await.ok_or(())?;
        self.in_flight.attempts.store(attempt, Ordering::Relaxed);
        if attempt == 1 {
            let id = self.in_flight.id;
            channel.send(RunEvent::TrialStarted { id }).await;
        }
        Ok(())
    }

    async fn endpoint_changed(&self, change: EndpointChange) {
        let TrialRunner { run, target, .. } = self.runner;
        run.channel.send(target.event(change)).await;
    }

    async fn retrying(&self, failed: &AttemptFailure, wait: Duration) {
        let TrialRunner { run, target, .. } = self.runner;
        let event = RunEvent::TrialRetried {
            id: self.in_flight.id,
            failure: failed.failure.clone(),
            wait,
        };
        run.channel.send(event).await;
        if let Some(warning) = target.check_streams() {
            run.channel.send(RunEvent::EndpointWarned(warning)).await;
        }
        let down = target.limits.down();
        if let Some((since, _)) = down
            && since >= target.client.spec().give_up
        {
            run.channel.fail(format!(
                "{} has not answered for {}; progress was saved, continue with `--resume`",
                target.name.endpoint,
                display::span(since)
            ));
        }
        // A lane more for an endpoint that is down would only wait too.
        if !wait.is_zero() && down.is_none() {
            self.lane.lock().hand_over();
        }
    }
}
