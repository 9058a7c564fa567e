//! One trial on its way: attempts, retries, waits; then scored, counted and handed to the store.

use super::{
    RunEvent,
    event::{Flow, aborted, stopped},
    run::Run,
};
use crate::{
    endpoint::{AttemptFailure, Client, Delta, Limits, Permit, WireRequest, backoff},
    model::{
        Completion, Failure, FailureKind, ModelRef, Outcome, Price, Row, Scores, TrialId,
        TrialRecord, Usage,
    },
    store::{CompletionKey, TrialWrite},
    tokens::Counter,
};
use std::sync::{Arc, PoisonError};

/// Whom to ask, and what is known about it.
pub(super) struct Asked {
    pub(super) name: ModelRef,
    pub(super) client: Client,
    pub(super) limits: Limits,
    pub(super) price: Option<Price>,
    pub(super) counter: Counter,
    pub(super) stream: bool,
}

/// A trial that is about to be sent.
pub(super) struct Trial {
    pub(super) id: TrialId,
    pub(super) key: CompletionKey,
    pub(super) row: Arc<Row>,
    pub(super) request: WireRequest,
    pub(super) asked: Arc<Asked>,
    pub(super) tokens: u64,
}

impl Run {
    /// Send one trial until it has an answer, a final failure, or no more leave.
    pub(super) async fn attempt(self: Arc<Run>, trial: Trial, mut permit: Permit) {
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
    pub(super) fn finish(
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
