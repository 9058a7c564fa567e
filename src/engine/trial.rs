//! One trial on its way: attempts, retries, waits; then scored, counted and handed to the store.

use super::{
    Clients, RunEvent,
    budget::TokenEstimate,
    event::{RunSignal, StopCause, stopped},
    lane::{Lane, Queue},
    run::Run,
};
use crate::{
    endpoint::{AttemptFailure, Client, Delta, Limits, Permit, WireRequest, backoff},
    model::{
        Completion, Failure, FailureKind, ModelRef, Outcome, Price, Prompt, Row, Scores, TrialId,
        TrialRecord, Usage,
    },
    store::{CompletionKey, TrialWrite},
    tokens::Counter,
};
use std::sync::{Arc, atomic::Ordering};

/// Whom to ask, and what is known about it.
pub(super) struct ModelTarget {
    pub(super) name: ModelRef,
    pub(super) client: Client,
    pub(super) limits: Limits,
    pub(super) price: Option<Price>,
    pub(super) counter: Counter,
    pub(super) stream: bool,
    /// Holds the built-in server, where it is the one that is asked.
    pub(super) _demo: Arc<Clients>,
}

/// A trial that is about to be sent.
pub(super) struct Trial {
    pub(super) id: TrialId,
    pub(super) key: CompletionKey,
    pub(super) row: Arc<Row>,
    pub(super) prompt: Prompt,
    pub(super) request: WireRequest,
    pub(super) likely: TokenEstimate,
}

/// A trial that came to its end.
pub(super) struct Finished<'a> {
    id: TrialId,
    /// Where its completion is or will be kept; `None` where it never got so far.
    key: Option<CompletionKey>,
    outcome: Outcome,
    row: &'a Row,
    asked: &'a ModelTarget,
    attempts: u32,
    reused: bool,
}

impl Finished<'_> {
    /// A trial for which nothing was sent.
    pub(super) fn unsent<'a>(
        id: TrialId,
        key: Option<CompletionKey>,
        outcome: Outcome,
        row: &'a Row,
        asked: &'a ModelTarget,
        reused: bool,
    ) -> Finished<'a> {
        Finished {
            id,
            key,
            outcome,
            row,
            asked,
            attempts: 0,
            reused,
        }
    }
}

/// Remembers a trial that is dropped on its way, because the run is given up.
struct OnItsWay<'a> {
    run: &'a Run,
    trial: Option<(TrialId, CompletionKey)>,
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        if let Some(trial) = self.trial.take() {
            self.run.given_up.lock().push(trial);
        }
    }
}

impl Run {
    /// Send one trial until it has an answer, a final failure, or no more leave. `reserved` is what its first request
    /// may cost, in dollars.
    pub(super) async fn attempt(
        self: &Arc<Run>,
        trial: Trial,
        queue: &Queue,
        mut permit: Permit,
        mut reserved: f64,
    ) -> Lane {
        let asked = &*queue.asked;
        let id = trial.id;
        let mut on_its_way = OnItsWay {
            run: self,
            trial: Some((id, trial.key)),
        };
        let mut lane = Lane::Goes;
        let mut attempts = 1;
        let outcome = loop {
            let events = &self.events;
            let mut on_delta = |delta: Delta<'_>| {
                if let Delta::Text(text) = delta {
                    // Pieces are for looking on; where the screen cannot follow, the whole answer comes at the end.
                    let _ = events.try_send(RunEvent::Delta {
                        id,
                        text: text.to_owned(),
                    });
                }
            };
            let sent = asked
                .client
                .send(&asked.name.model, &trial.request, &mut on_delta);
            let failed = match sent.await {
                Ok(completion) => {
                    asked.limits.succeeded();
                    self.heard_of(asked);
                    let completion = estimate(completion, &trial.prompt, &asked.counter);
                    permit.took(completion.usage.prompt + completion.usage.completion);
                    break Outcome::Completed(completion);
                }
                Err(failed) => failed,
            };
            self.caps.settle(reserved, 0.0, None);
            reserved = 0.0;
            if failed.failure.kind.stops_run() {
                self.halt(format!("{}: {}", asked.name, failed.failure));
            }
            let retries = if self.is_unheard_of(&failed, asked) {
                2
            } else {
                asked.client.spec().retries
            };
            if !failed.retry || attempts > retries || *self.flow.borrow() >= RunSignal::Stop {
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
            if lane == Lane::Goes && !wait.is_zero() {
                queue.replace_lane();
                lane = Lane::Ends;
            }
            let mut flow = self.flow.subscribe();
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopped(&mut flow) => break Outcome::Failed(failed.failure),
            }
            permit = match asked.leave(trial.likely, &mut flow).await {
                Some(permit) => permit,
                None => break Outcome::Failed(failed.failure),
            };
            let admitted = tokio::select! {
                admitted = self.caps.admit(asked.price, trial.likely) => admitted,
                () = stopped(&mut flow) => break Outcome::Failed(failed.failure),
            };
            reserved = match admitted {
                Ok(reserved) => reserved,
                Err(over) => {
                    self.halt_by(StopCause::Cap, self.over(&over));
                    break Outcome::Failed(failed.failure);
                }
            };
            let Some(going) = self.go(&mut flow).await else {
                break Outcome::Failed(failed.failure);
            };
            attempts += 1;
            drop(going);
            let mut summary = self.summary();
            summary.sent += 1;
            summary.retries += 1;
        };
        on_its_way.trial = None;
        if let Some(failure) = outcome.failure() {
            self.stop_where_nothing_works(asked, failure);
        }
        let completion = outcome.completion();
        let cost_usd = completion.map_or(0.0, |c| asked.cost_usd(c).unwrap_or(0.0));
        self.caps
            .settle(reserved, cost_usd, completion.map(|c| &c.usage));
        self.finish(Finished {
            id,
            key: Some(trial.key),
            outcome,
            row: &trial.row,
            asked,
            attempts,
            reused: false,
        });
        lane
    }

    /// The endpoint has answered.
    fn heard_of(&self, asked: &ModelTarget) {
        let mut answered = self.answered.lock();
        if !answered.contains(&asked.name.endpoint) {
            answered.insert(asked.name.endpoint.clone());
        }
    }

    /// The first trials at an endpoint all failed: the rest would fail in the same way.
    fn stop_where_nothing_works(&self, asked: &ModelTarget, failure: &Failure) {
        const ENOUGH: u32 = 10;
        if failure.kind == FailureKind::Cancelled
            || self.answered.lock().contains(&asked.name.endpoint)
        {
            return;
        }
        let mut refused = self.refused.lock();
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
    fn is_unheard_of(&self, failed: &AttemptFailure, asked: &ModelTarget) -> bool {
        failed.failure.kind == FailureKind::Connect
            && !self.answered.lock().contains(&asked.name.endpoint)
    }

    /// Score a finished trial and hand it to the store, which tells when it is durable.
    pub(super) fn finish(self: &Arc<Run>, finished: Finished<'_>) {
        let Finished {
            id,
            key,
            outcome,
            row,
            asked,
            attempts,
            reused,
        } = finished;
        let completion = outcome.completion();
        let cost_usd = completion.and_then(|c| asked.cost_usd(c));
        let scores = completion.map_or_else(Scores::default, |c| {
            self.plan.scorer.score(c, row, cost_usd)
        });
        if let Some(completion) = completion.filter(|_| !reused) {
            let mut summary = self.summary();
            summary.usage += completion.usage;
            if let Some(cost) = cost_usd {
                *summary.cost_usd.get_or_insert(0.0) += cost;
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
        let key = key.unwrap_or_else(|| CompletionKey::new("", &[], 0));
        self.unwritten.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = self.store.write(TrialWrite {
            run: self.place,
            record,
            key,
            told: Arc::clone(&self.told),
        }) {
            self.unwritten.fetch_sub(1, Ordering::Relaxed);
            self.halt(error.to_string());
        }
    }

    /// Tell of a trial that was given up on its way.
    pub(super) async fn tell_cancelled(self: &Arc<Run>, id: TrialId, key: CompletionKey) {
        let outcome = Outcome::Failed(cancelled());
        let record = TrialRecord {
            id,
            outcome: outcome.clone(),
            scores: Scores::default(),
            reused: false,
            attempts: 1,
            cost_usd: None,
        };
        self.tell(RunEvent::TrialFinished(Arc::new(record))).await;
        self.close(key, &outcome);
    }

    /// Count a trial that is durable.
    pub(super) fn count(&self, record: &TrialRecord) {
        let mut summary = self.summary();
        match &record.outcome {
            Outcome::Completed(_) => {
                summary.completed += 1;
                summary.reused += u64::from(record.reused);
            }
            Outcome::Failed(_) => summary.failed += 1,
        }
    }

    /// A trial is over: there is room for another, and those that waited for its answer take it.
    pub(super) fn close(self: &Arc<Run>, key: CompletionKey, outcome: &Outcome) {
        self.room.add_permits(1);
        let others = self.waiting.lock().remove(&key);
        if outcome
            .failure()
            .is_some_and(|f| f.kind == FailureKind::Cancelled)
        {
            return;
        }
        for id in others.unwrap_or_default() {
            let Some(asked) = self.asked.get(id.model as usize) else {
                continue;
            };
            let row = match self.plan.dataset.row(id.row as usize) {
                Ok(row) => row,
                Err(error) => return self.halt(error.to_string()),
            };
            let reused = outcome.completion().is_some();
            let finished = Finished::unsent(id, Some(key), outcome.clone(), &row, asked, reused);
            self.finish(finished);
        }
    }
}

impl ModelTarget {
    /// What an answer cost, in dollars, where the price is known.
    fn cost_usd(&self, completion: &Completion) -> Option<f64> {
        Some(self.price?.cost_usd(&completion.usage))
    }
}

fn cancelled() -> Failure {
    Failure {
        kind: FailureKind::Cancelled,
        status: None,
        message: "the run was stopped before the answer came".into(),
        trace: Default::default(),
    }
}

/// Count what the endpoint did not report.
pub(super) fn estimate(
    mut completion: Completion,
    prompt: &Prompt,
    counter: &Counter,
) -> Completion {
    if completion.usage.estimated {
        let known = completion.usage;
        completion.usage = Usage {
            prompt: if known.prompt > 0 {
                known.prompt
            } else {
                counter.prompt(prompt).tokens
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
