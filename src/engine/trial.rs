//! One trial: rendered, taken from the store or sent until it has an outcome, and finished.

use super::{
    Conversation, NextTurn,
    call::{CallEnd, NeededBy, Preparation},
    control::RunSignal,
    more_room::TrialRequest,
    run::Finished,
    trial_runner::{Lane, NextStep, TrialRunner},
};
use crate::{
    model::{ConversationCalls, Failure, FailureKind, Outcome, Params, Prompt, Row, TrialId},
    store::StoreError,
};
use std::{fmt, sync::Arc};

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
}

fn render_failure(error: &dyn fmt::Display) -> Failure {
    Failure {
        kind: FailureKind::Render,
        status: None,
        message: error.to_string(),
        trace: Default::default(),
    }
}
