//! The state of a running run, by concern, and how its trials end: scored, handed to the store, counted.

use super::{
    Clients, Plan, RunOptions, budget::BudgetTracker, channel::RunChannel, more_room::MoreRoom,
    open_trials::GivenUp, open_trials::OpenTrials, selection::TrialSelection, target::ModelTarget,
    tool_answers::ToolAnswers,
};
use crate::{
    model::{
        ConversationCalls, EndpointWarning, Failure, FailureKind, InFlightGauge, Outcome, Prompt,
        Row, RunEvent, Scores, TrialId, TrialRecord,
    },
    policy::TrialAnswer,
    store::{CompletionKey, OnWritten, RunLease, RunSlot, Store, TrialWrite},
};
use parking_lot::Mutex;
use std::sync::Arc;

/// A running run.
pub(super) struct Run {
    pub(super) plan: Arc<Plan>,
    pub(super) options: RunOptions,
    pub(super) store: Store,
    pub(super) slot: RunSlot,
    pub(super) lease: RunLease,
    pub(super) on_written: OnWritten,
    /// The models, by their index.
    pub(super) targets: Vec<Arc<ModelTarget>>,
    /// Who answers the calls of tools.
    pub(super) tools: Option<ToolAnswers>,
    pub(super) selection: TrialSelection,
    pub(super) more_room: Option<MoreRoom>,
    pub(super) budget: BudgetTracker,
    /// What all who send requests have together, where that is capped.
    pub(super) total: Option<Arc<BudgetTracker>>,
    pub(super) open: OpenTrials,
    pub(super) channel: RunChannel,
    pub(super) in_flight: InFlightGauge,
    /// Models that are others than before.
    pub(super) changes: Mutex<Vec<EndpointWarning>>,
    /// Keeps the built-in server alive.
    pub(super) _clients: Arc<Clients>,
}

/// A trial that has an outcome.
pub(super) struct Finished<'a> {
    pub(super) id: TrialId,
    /// Where its completion is or will be kept; `None` where there was no request.
    pub(super) key: Option<CompletionKey>,
    pub(super) outcome: Outcome,
    pub(super) row: &'a Row,
    /// What was sent, or would have been.
    pub(super) prompt: Option<Arc<Prompt>>,
    /// Requests sent for it.
    pub(super) attempts: u32,
    pub(super) reused: bool,
    /// Of a conversation, whose completions are kept already.
    pub(super) calls: Option<Box<ConversationCalls>>,
}

impl Run {
    /// Score a finished trial and hand it to the store, which calls `on_written` when it is durable.
    pub(super) fn finish(&self, finished: Finished<'_>) {
        let Some(target) = self.targets.get(finished.id.model as usize) else {
            return;
        };
        let completion = finished.outcome.completion();
        let raised = (self.more_room.as_ref().zip(finished.key.as_ref()))
            .is_some_and(|(more_room, key)| completion.is_some() && more_room.has_raised(key));
        let cost_usd = completion.and_then(|c| target.cost_usd(c));
        let scores = completion.map_or_else(Scores::default, |c| {
            self.plan.scorer.score(c, finished.row, cost_usd)
        });
        let is_kept = finished.calls.is_some();
        let record = Arc::new(TrialRecord {
            id: finished.id,
            outcome: finished.outcome,
            scores,
            reused: finished.reused,
            attempts: finished.attempts,
            cost_usd,
            calls: finished.calls,
        });
        self.open.begin_write();
        let written = self.store.write(TrialWrite {
            run: self.slot,
            record,
            is_kept,
            raised,
            key: finished
                .key
                .unwrap_or_else(|| CompletionKey::new("", &[], 0)),
            prompt: finished.prompt.filter(|_| self.plan.stores_prompts),
            told: Arc::clone(&self.on_written),
        });
        if let Err(error) = written {
            self.open.end_write();
            self.channel.fail(error.to_string());
        }
    }

    /// Count the outcome of a trial that was sent; where it stops the variant, announce the trials that are not sent.
    pub(super) async fn stop_variant(&self, id: TrialId, outcome: &Outcome) {
        let Some(target) = self.targets.get(id.model as usize) else {
            return;
        };
        if let Some((failure, taken)) = target.failures.record(id.variant, outcome) {
            let trials = match self.selection.policy {
                Some(_) => 0,
                None => self.selection.trials_of(&self.plan, id.model, id.variant),
            };
            self.announce_skipped(id, trials.saturating_sub(taken), failure)
                .await;
        }
    }

    async fn announce_skipped(&self, id: TrialId, trials: u64, failure: Failure) {
        let event = RunEvent::TrialsSkipped {
            model: id.model,
            variant: id.variant,
            trials,
            failure,
        };
        self.channel.send(event).await;
    }

    /// A trial of a stopped variant that no lane takes.
    pub(super) fn skip_untaken(&self, id: TrialId) {
        if let Some(queue) = self.selection.queues.get(id.model as usize) {
            queue.record_end(id, None);
        }
    }

    /// A trial of a stopped variant that a lane had taken and not sent. Those that waited for its answer have its failure.
    pub(super) async fn skip(&self, id: TrialId, key: CompletionKey, failure: Failure) {
        self.skip_untaken(id);
        self.lease.release(&key);
        self.close(key, &Outcome::Failed(failure.clone()));
        self.announce_skipped(id, 1, failure).await;
    }

    /// A trial is durable, or could not be written: announced, and the trials that waited for the same answer take it.
    pub(super) fn written(
        &self,
        record: Arc<TrialRecord>,
        key: CompletionKey,
        written: Result<(), &str>,
    ) {
        if let Err(error) = &written {
            self.channel.fail(format!(
                "cannot write to the store: {error}; progress was saved up to here, continue with `--resume`"
            ));
        }
        if let Some(queue) = self.selection.queues.get(record.id.model as usize) {
            let answer = record.outcome.completion().map(|completion| TrialAnswer {
                score: record.scores.main().and_then(|score| score.known()),
                truncated: completion.is_truncated(),
            });
            queue.record_end(record.id, answer);
        }
        let event = RunEvent::TrialFinished(Arc::clone(&record));
        self.channel.send_blocking(event, written.is_ok());
        match record.calls {
            // Its calls were over one by one.
            Some(_) => self.open.free_room(),
            None => self.close(key, &record.outcome),
        }
        self.open.end_write();
    }

    /// Announce the trials that were given up in flight: they are not kept, a resumed run sends them again.
    pub(super) async fn cancel_given_up(&self) {
        for GivenUp { id, key, attempts } in self.open.take_given_up() {
            let outcome = Outcome::Failed(Failure {
                kind: FailureKind::Cancelled,
                status: None,
                message: "the run was stopped before the answer came".into(),
                trace: Default::default(),
            });
            let record = TrialRecord {
                id,
                outcome: outcome.clone(),
                scores: Scores::default(),
                reused: false,
                attempts,
                cost_usd: None,
                calls: None,
            };
            let event = RunEvent::TrialFinished(Arc::new(record));
            self.channel.send(event).await;
            self.close(key, &outcome);
        }
    }

    /// A trial is over: there is room for another, and those that waited for its answer take it.
    fn close(&self, key: CompletionKey, outcome: &Outcome) {
        self.open.free_room();
        self.close_call(key, outcome);
    }

    /// A call is over, and what came of it is durable: those that waited for it take it.
    pub(super) fn close_call(&self, key: CompletionKey, outcome: &Outcome) {
        self.lease.settle(&key);
        let waiting = self.open.close(&key);
        let is_cancelled = |f: &Failure| f.kind == FailureKind::Cancelled;
        if outcome.failure().is_some_and(is_cancelled) {
            return;
        }
        for conversation in waiting.conversations {
            // One that was given up does not wait any more.
            let _ = conversation.send(outcome.clone());
        }
        for id in waiting.trials {
            match self.plan.dataset.row(id.row as usize) {
                Ok(row) => self.finish(Finished {
                    id,
                    key: Some(key),
                    outcome: outcome.clone(),
                    row: &row,
                    prompt: None,
                    attempts: 0,
                    reused: outcome.completion().is_some(),
                    calls: None,
                }),
                Err(error) => return self.channel.fail(error.to_string()),
            }
        }
    }
}
