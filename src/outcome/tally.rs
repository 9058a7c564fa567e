//! The one tally of run events: the engine's summary, the progress line and the session count with it.

use crate::model::{FailureKind, Outcome, RunEvent, RunSummary, TrialId, TrialRecord};
use std::collections::{BTreeMap, HashMap};

/// What a run came to so far.
#[derive(Debug, Clone, Default)]
pub struct RunStats {
    /// The counts; what only the engine knows (why it stopped, how long it took) is there once the run has ended.
    pub summary: RunSummary,
    /// Completed trials that a resumed run started with.
    pub resumed: u64,
    /// Trials that are not sent, because their variant fails.
    pub skipped: u64,
    /// Requests without an answer yet; a trial that waits for its retry counts.
    pub in_flight: u64,
    /// Failed and cancelled trials by kind: how many, and the first failure.
    pub failures: BTreeMap<FailureKind, (u64, String)>,
    /// Scores by judges, embeddings and programs, which follow the answers.
    pub scoring: Option<ScoringStats>,
    /// Announced retries of trials in flight: a run that stops does not send all of them.
    announced: HashMap<TrialId, u64>,
}

/// How far scoring has come.
#[derive(Debug, Clone, Default)]
pub struct ScoringStats {
    pub metrics: Vec<String>,
    /// Answers to score.
    pub answers: u64,
    pub scored: u64,
    /// Answers without a score by one of the metrics.
    pub missing: u64,
    /// Why the first of them has none.
    pub reason: Option<String>,
}

impl RunStats {
    /// Trials with an outcome, those of a resumed run included.
    pub fn done(&self) -> u64 {
        self.summary.completed + self.summary.failed
    }

    /// Trials of this run that were sent and have an outcome.
    pub fn sent_trials(&self) -> u64 {
        let known = self.summary.reused + self.resumed;
        self.done().saturating_sub(known)
    }

    pub fn fold(&mut self, event: &RunEvent) {
        let counts = &mut self.summary;
        match event {
            RunEvent::RunStarted {
                run,
                planned,
                completed,
            } => {
                counts.run = Some(run.clone());
                (counts.planned, counts.completed) = (*planned, *completed);
                self.resumed = *completed;
            }
            RunEvent::TrialStarted { .. } => {
                self.in_flight += 1;
                counts.sent += 1;
            }
            // What never reached the server was not sent.
            RunEvent::TrialRetried { failure, .. } if failure.kind == FailureKind::Connect => {}
            RunEvent::TrialRetried { id, .. } => {
                counts.sent += 1;
                counts.retries += 1;
                *self.announced.entry(*id).or_default() += 1;
            }
            RunEvent::TrialFinished(record) => self.finish(record),
            RunEvent::TrialsSkipped { trials, .. } => self.skipped += trials,
            RunEvent::ScoringStarted { metrics, answers } => {
                self.scoring = Some(ScoringStats {
                    metrics: metrics.clone(),
                    answers: *answers,
                    ..ScoringStats::default()
                });
            }
            RunEvent::TrialScored { missing, .. } => {
                let scoring = self.scoring.get_or_insert_default();
                scoring.scored += 1;
                if let Some((_, reason)) = missing.first() {
                    scoring.missing += 1;
                    scoring.reason.get_or_insert_with(|| reason.clone());
                }
            }
            RunEvent::RunFinished(ended) => {
                self.in_flight = 0;
                counts.scoring.clone_from(&ended.scoring);
                counts.cost_usd = ended.cost_usd.or(counts.cost_usd);
                counts.elapsed_s = ended.elapsed_s;
                counts.stopped.clone_from(&ended.stopped);
                counts.cause = ended.cause;
            }
            RunEvent::Delta { .. }
            | RunEvent::ProgramStderr { .. }
            | RunEvent::VariantsEliminated { .. }
            | RunEvent::SlowedDown { .. }
            | RunEvent::PromptsCut(_)
            | RunEvent::EndpointWarned(_)
            | RunEvent::EndpointDown { .. }
            | RunEvent::EndpointBack { .. }
            | RunEvent::Paused { .. }
            | RunEvent::Continued => {}
        }
    }

    fn finish(&mut self, record: &TrialRecord) {
        let counts = &mut self.summary;
        if record.attempts > 0 {
            self.in_flight = self.in_flight.saturating_sub(1);
            if let Some(announced) = self.announced.remove(&record.id) {
                let unsent = announced.saturating_sub(u64::from(record.attempts - 1));
                counts.sent -= unsent;
                counts.retries -= unsent;
            }
        }
        match &record.outcome {
            Outcome::Completed(completion) => {
                counts.completed += 1;
                counts.reused += u64::from(record.reused);
                if !record.reused {
                    counts.usage += completion.usage;
                    if let Some(cost) = record.cost_usd {
                        *counts.cost_usd.get_or_insert(0.0) += cost;
                    }
                }
            }
            Outcome::Failed(failure) => {
                counts.failed += u64::from(failure.kind != FailureKind::Cancelled);
                let of_kind = self.failures.entry(failure.kind);
                of_kind.or_insert_with(|| (0, failure.to_string())).0 += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Completion, Failure, Scores};
    use std::{sync::Arc, time::Duration};

    fn id(row: u32) -> TrialId {
        TrialId {
            variant: 0,
            model: 0,
            row,
            sample: 0,
        }
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure {
            kind,
            status: None,
            message: "no".into(),
            trace: Default::default(),
        }
    }

    fn finished(row: u32, attempts: u32, outcome: Outcome) -> RunEvent {
        RunEvent::TrialFinished(Arc::new(TrialRecord {
            id: id(row),
            reused: attempts == 0,
            outcome,
            scores: Scores::default(),
            attempts,
            cost_usd: Some(0.5),
        }))
    }

    #[test]
    fn requests_are_counted_as_they_are_sent_and_reused_answers_cost_nothing() {
        let mut stats = RunStats::default();
        let retried = RunEvent::TrialRetried {
            id: id(0),
            failure: failure(FailureKind::Server),
            wait: Duration::ZERO,
        };
        stats.fold(&RunEvent::TrialStarted { id: id(0) });
        stats.fold(&retried);
        stats.fold(&retried);
        assert_eq!((stats.summary.sent, stats.in_flight), (3, 1));
        // The run was stopped before the second retry was sent.
        let failed = Outcome::Failed(failure(FailureKind::Server));
        stats.fold(&finished(0, 2, failed));
        assert_eq!((stats.summary.sent, stats.summary.retries), (2, 1));
        stats.fold(&RunEvent::TrialStarted { id: id(1) });
        stats.fold(&finished(1, 1, Outcome::Completed(Completion::default())));
        stats.fold(&finished(2, 0, Outcome::Completed(Completion::default())));
        stats.fold(&RunEvent::TrialStarted { id: id(3) });
        let cancelled = Outcome::Failed(failure(FailureKind::Cancelled));
        stats.fold(&finished(3, 1, cancelled));
        let counts = &stats.summary;
        assert_eq!((counts.completed, counts.reused, counts.failed), (2, 1, 1));
        assert_eq!((counts.cost_usd, stats.in_flight), (Some(0.5), 0));
        assert_eq!((stats.done(), stats.failures.len()), (3, 2));
    }
}
