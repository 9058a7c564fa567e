//! The one tally of run events: the engine's summary, the progress line and the session count with it.

use crate::model::{
    FailureKind, InFlightGauge, Outcome, RunEvent, RunSummary, TrialId, TrialRecord,
};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// What a run came to so far.
#[derive(Debug, Clone, Default)]
pub struct RunStats {
    /// The counts; what only the engine knows (why it stopped, how long it took) is there once the run has ended.
    pub summary: RunSummary,
    /// Completed trials that a resumed run started with.
    pub resumed: u64,
    /// Trials that are not sent, because their variant fails.
    pub skipped: u64,
    /// About so many trials need no call.
    pub reusable: u64,
    /// Calls that may be sent at the most.
    most_calls: Option<u64>,
    in_flight: InFlightGauge,
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

impl ScoringStats {
    /// Scored answers per second, and the time that the rest takes at that rate.
    pub fn pace(&self, elapsed_s: f64) -> (f64, Option<Duration>) {
        let rate = self.scored as f64 / elapsed_s.max(0.05);
        let left = self.answers.saturating_sub(self.scored) as f64;
        let has_time = rate > 0.0 && left > 0.0;
        let time = has_time.then(|| Duration::from_secs_f64((left / rate).min(1e7)));
        (rate, time)
    }
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

    /// Requests in flight; a trial that waits for its retry is not.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.count()
    }

    /// Calls that are still to be answered, within the cap.
    pub fn calls_left(&self) -> u64 {
        let reusable = self.reusable.saturating_sub(self.summary.reused);
        let known = self.done() + self.skipped + reusable;
        let left = self.summary.planned.saturating_sub(known);
        // Retries count under the cap; what is in flight is sent and not yet answered.
        let answered = self.summary.sent.saturating_sub(self.in_flight());
        let may = self.most_calls.map(|most| most.saturating_sub(answered));
        may.map_or(left, |may| may.min(left))
    }

    /// Answered calls per second.
    pub fn rate(&self, elapsed_s: f64) -> f64 {
        self.sent_trials() as f64 / elapsed_s.max(0.05)
    }

    /// Time that the calls that are left take at that rate.
    pub fn time_left(&self, elapsed_s: f64) -> Option<Duration> {
        let (rate, left) = (self.rate(elapsed_s), self.calls_left() as f64);
        (rate > 0.0 && left > 0.0).then(|| Duration::from_secs_f64((left / rate).min(1e7)))
    }

    pub fn fold(&mut self, event: &RunEvent) {
        let counts = &mut self.summary;
        match event {
            RunEvent::RunStarted {
                run,
                planned,
                completed,
                most_calls,
                in_flight,
            } => {
                counts.run = Some(run.clone());
                (counts.planned, counts.completed) = (*planned, *completed);
                self.resumed = *completed;
                self.most_calls = *most_calls;
                self.in_flight = in_flight.clone();
            }
            RunEvent::ReusableFound { trials } => self.reusable = *trials,
            RunEvent::TrialStarted { .. } => counts.sent += 1,
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
        if record.attempts > 0
            && let Some(announced) = self.announced.remove(&record.id)
        {
            let unsent = announced.saturating_sub(u64::from(record.retries()));
            counts.sent -= unsent;
            counts.retries -= unsent;
        }
        let (usage, cost_usd) = record.spending();
        counts.usage += usage;
        if let Some(cost) = cost_usd {
            *counts.cost_usd.get_or_insert(0.0) += cost;
        }
        match &record.outcome {
            Outcome::Completed(_) => {
                counts.completed += 1;
                counts.reused += u64::from(record.reused);
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
    use std::sync::Arc;

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
            calls: None,
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
        assert_eq!(stats.summary.sent, 3);
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
        assert_eq!(counts.cost_usd, Some(0.5));
        assert_eq!((stats.done(), stats.failures.len()), (3, 2));
    }

    #[test]
    fn the_time_left_is_that_of_calls_and_not_of_reused_answers() {
        let mut stats = RunStats::default();
        let in_flight = InFlightGauge::default();
        stats.fold(&RunEvent::RunStarted {
            run: crate::model::RunId("r-1".into()),
            planned: 1_000,
            completed: 100,
            most_calls: Some(450),
            in_flight: in_flight.clone(),
        });
        stats.fold(&RunEvent::ReusableFound { trials: 500 });
        let answer = || Outcome::Completed(Completion::default());
        for row in 0..200 {
            stats.fold(&finished(row, 0, answer()));
        }
        assert_eq!(
            (stats.calls_left(), stats.time_left(9.0)),
            (400, None),
            "none sent yet"
        );
        let sent = in_flight.enter();
        for row in 200..300 {
            stats.fold(&RunEvent::TrialStarted { id: id(row) });
            stats.fold(&finished(row, 1, answer()));
        }
        let left = stats.time_left(10.0).unwrap();
        assert_eq!(
            (stats.calls_left(), left.as_secs(), stats.in_flight()),
            (300, 30, 1)
        );
        drop(sent);
        let failure = failure(FailureKind::BadRequest);
        let (model, variant, trials) = (0, 0, 250);
        stats.fold(&RunEvent::TrialsSkipped {
            model,
            variant,
            trials,
            failure,
        });
        assert_eq!((stats.calls_left(), stats.in_flight()), (50, 0));
    }

    #[test]
    fn no_time_is_left_for_calls_beyond_the_cap() {
        let mut stats = RunStats::default();
        stats.fold(&RunEvent::RunStarted {
            run: crate::model::RunId("r-1".into()),
            planned: 1_000,
            completed: 0,
            most_calls: Some(60),
            in_flight: InFlightGauge::default(),
        });
        for row in 0..20 {
            stats.fold(&RunEvent::TrialStarted { id: id(row) });
            let answer = Outcome::Completed(Completion::default());
            stats.fold(&finished(row, 1, answer));
        }
        let left = stats.time_left(10.0).unwrap();
        assert_eq!((stats.calls_left(), left.as_secs()), (40, 20));
    }
}
