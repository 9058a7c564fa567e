//! The stage of a run that calls models and programs for scores.

use super::{
    super::{control::RunSignal, run::Run},
    external_metric::ExternalScorer,
    external_metrics::ExternalMetrics,
    scored_answer::ScoredAnswer,
};
use crate::{
    model::{Outcome, Row, RunEvent, RunId, TrialRecord},
    store::ScoreWrite,
};
use std::{borrow::Cow, sync::Arc};
use tokio::task::JoinSet;

/// Answers that are read from the store at once.
const PAGE: usize = 256;

/// Answers scored at once, at most; the limits of the endpoints decide how many requests are in flight.
const MOST_OPEN: usize = 256;

/// Score the answers that have a score missing, until the run is to end.
pub(in crate::engine) async fn score_answers(
    run: &Arc<Run>,
    metrics: &Arc<ExternalMetrics>,
    until: RunSignal,
) {
    let channel = &run.channel;
    let (id, answers) = {
        let stats = channel.stats();
        (stats.summary.run.clone(), stats.summary.completed)
    };
    let Some(id) = id else { return };
    let event = RunEvent::ScoringStarted {
        metrics: metrics.list.iter().map(|m| m.name.clone()).collect(),
        answers,
    };
    channel.send(event).await;
    let stage = Stage {
        run: Arc::clone(run),
        metrics: Arc::clone(metrics),
        id,
        until,
    };
    tokio::select! {
        // Answers that are being scored when the run is given up are scored again when it is resumed.
        () = channel.reached(RunSignal::Abort) => {}
        () = Arc::new(stage).score_all() => {}
    }
    for metric in &metrics.list {
        if let ExternalScorer::Program(program) = &metric.scorer {
            program.end().await;
            let text = program.stderr_tail(20);
            if !text.is_empty() {
                let metric = metric.name.clone();
                let event = RunEvent::ProgramStderr { metric, text };
                channel.send(event).await;
            }
        }
    }
}

/// The scoring of one run.
struct Stage {
    run: Arc<Run>,
    metrics: Arc<ExternalMetrics>,
    id: RunId,
    /// The signal that ends it.
    until: RunSignal,
}

impl Stage {
    async fn score_all(self: Arc<Stage>) {
        let (channel, until) = (&self.run.channel, self.until);
        let mut open = JoinSet::new();
        let mut last_read = None;
        loop {
            let page = match self.run.store.answered_after(&self.id, last_read, PAGE) {
                Ok(page) => page,
                Err(error) => return channel.fail(error.to_string()),
            };
            let Some(last) = page.last() else { break };
            last_read = Some(last.id);
            let answers = match self.unscored(page) {
                Ok(answers) => answers,
                Err(error) => return channel.fail(error),
            };
            self.prepare(&answers).await;
            for (record, row) in answers {
                while open.len() >= MOST_OPEN {
                    open.join_next().await;
                }
                channel.unpaused().await;
                if channel.signal() >= until {
                    break;
                }
                let stage = Arc::clone(&self);
                open.spawn(async move {
                    if let Some(scored) = stage.score(&record, &row).await {
                        stage.rescore(record, scored);
                    }
                });
            }
            if channel.signal() >= until {
                break;
            }
        }
        while let Some(ended) = open.join_next().await {
            if let Err(error) = ended {
                channel.fail(format!("a part of the engine failed: {error}"));
            }
        }
    }

    /// The answers of a page that have a score missing, with their rows.
    fn unscored(&self, page: Vec<TrialRecord>) -> Result<Vec<(TrialRecord, Arc<Row>)>, String> {
        let (run, plan) = (&self.run, &self.run.plan);
        let mut answers = Vec::new();
        for mut record in page {
            let has_scores = record.scores.0.len() == plan.scorer.names().len();
            if has_scores && !self.metrics.is_missing(&record.scores) {
                continue;
            }
            let trial = record.id;
            let row = plan.dataset.row(trial.row as usize);
            let row = row.map_err(|error| error.to_string())?;
            if let Outcome::Completed(completion) = &mut record.outcome {
                let prompt = || run.store.prompt(&self.id, trial);
                plan.add_conversation(trial, &row, completion, prompt)
                    .map_err(|error| error.to_string())?;
            }
            if !has_scores && let Some(completion) = record.outcome.completion() {
                record.scores = plan.scorer.score(completion, &row, record.cost_usd);
            }
            if self.metrics.is_missing(&record.scores) {
                answers.push((record, row));
            }
        }
        Ok(answers)
    }

    /// Let each metric fetch what it needs for these answers, many in a request.
    async fn prepare(&self, answers: &[(TrialRecord, Arc<Row>)]) {
        for metric in &self.metrics.list {
            let missing = answers
                .iter()
                .filter(|(record, _)| metric.is_missing(&record.scores));
            let views: Vec<(Cow<'_, TrialRecord>, &Row)> = missing
                .filter_map(|(record, row)| Some((metric.view(record).ok()?, &**row)))
                .collect();
            let views: Vec<(&TrialRecord, &Row)> = views
                .iter()
                .map(|(record, row)| (&**record, *row))
                .collect();
            tokio::select! {
                () = metric.scorer.prepare(&self.run, &views) => {}
                () = self.run.channel.reached(self.until) => {}
            }
        }
    }

    async fn score(&self, record: &TrialRecord, row: &Row) -> Option<ScoredAnswer> {
        let metrics = &self.metrics.list;
        ScoredAnswer::compute(metrics, &self.run, &self.id, self.until, record, row).await
    }

    /// Write the new scores of an answer; counted and announced when they are durable.
    fn rescore(self: &Arc<Stage>, record: TrialRecord, scored: ScoredAnswer) {
        let before = record.scores.clone();
        let record = Arc::new(TrialRecord {
            scores: scored.scores.clone(),
            ..record
        });
        let list = &self.metrics.list;
        let missing: Vec<(u32, String)> = scored
            .missing
            .iter()
            .map(|(at, reason)| (list[*at].place as u32, reason.clone()))
            .collect();
        let opinions = scored.opinions.clone();
        let (stage, rescored) = (Arc::clone(self), Arc::clone(&record));
        let told = Box::new(move |written: Result<(), &str>| {
            let (metrics, channel) = (&stage.metrics, &stage.run.channel);
            match written {
                Ok(()) => metrics.count(&scored, &before),
                Err(error) => channel.fail(format!("cannot write to the store: {error}")),
            }
            let named = |(at, reason): (usize, String)| (metrics.list[at].name.clone(), reason);
            let event = RunEvent::TrialScored {
                record: rescored,
                missing: scored.missing.into_iter().map(named).collect(),
            };
            channel.send_blocking(event, written.is_ok());
        });
        let write = ScoreWrite {
            run: self.run.slot,
            record,
            opinions,
            missing,
            told,
        };
        if let Err(error) = self.run.store.rescore(write) {
            self.run.channel.fail(error.to_string());
        }
    }
}
