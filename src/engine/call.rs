//! One call of a trial: taken from the store, awaited where another trial has sent it, or sent until it has an outcome.

use super::{
    admission::{RequestBudget, RequestLimiter},
    budget::BudgetExceeded,
    control::RunSignal,
    endpoint_state::MAX_FIRST_FAILURES,
    more_room::TrialRequest,
    tool_answers::UnansweredCall,
    tool_question::ToolQuestion,
    trial_runner::{Lane, NextStep, TrialRunner},
    trial_signal::{InFlightGuard, TrialSignal},
};
use crate::{
    endpoint::{Delta, Received},
    model::{Completion, Failure, Outcome, Prompt, RunEvent, StopCause, TrialId},
    retry::{GaveUp, Signal, retry},
    store::{Claim, CompletionKey, StoreError},
};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a call needs before it is sent.
pub(super) enum Preparation {
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
pub(super) enum CallEnd<'a> {
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
pub(super) enum NeededBy {
    /// A trial whose only call it is.
    Trial,
    Conversation,
}

impl TrialRunner<'_> {
    /// What a tool answers to a call: as it was stored, else from the program. The error is what the lane does, where the run
    /// is over.
    pub(super) async fn answer_call(
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
    pub(super) async fn known_or_claimed(
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
    pub(super) async fn check_answer(&self, completion: &Completion, prompt: &Prompt) {
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

    /// Send a call until it has an answer, a final failure, or no more permission.
    ///
    /// `sent_before` is how many requests were sent for earlier calls of the trial.
    pub(super) async fn send<'l>(
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
