//! The trials of a step, sent as a run that leaves nothing behind but its answers, and what failed among them.

use super::{
    CandidateId, OptimizeError, Optimizer, candidate_name, trial_scores::mean_score,
    writer::Failure,
};
use crate::{
    engine::{EngineError, RunEvent, RunHandle, RunOptions, RunSummary, start},
    model::TrialRecord,
};
use std::{ops::Range, sync::Arc};
use tokio::sync::watch;

impl Optimizer {
    /// What the runs of steps say; where the process ends in one, the run is left.
    fn step_note(&self) -> String {
        format!("a step of wording optimize, {}", self.record.id)
    }

    /// Delete the runs of steps that an earlier process left; their answers stay.
    pub(super) fn delete_left_runs(&self) -> Result<(), OptimizeError> {
        let note = self.step_note();
        for run in self.store.runs()? {
            if run.note.as_ref() == Some(&note) {
                self.store.delete_run(&run.id)?;
            }
        }
        Ok(())
    }

    /// The trials of candidates on rows (by their places in the plan): of each candidate, for each row, its samples.
    pub(super) async fn trials(
        &mut self,
        candidates: &[CandidateId],
        rows: &[u32],
    ) -> Result<Vec<Vec<Vec<TrialRecord>>>, OptimizeError> {
        let mut templates = self.plan.templates.clone();
        let mut variants = Vec::with_capacity(candidates.len());
        for c in candidates {
            variants.push(self.regions.add(
                &mut templates,
                &candidate_name(*c),
                &self.texts[*c],
            )?);
        }
        let plan = self.plan.with_variants(templates, variants, rows)?;
        let options = RunOptions {
            reuse: true,
            max_in_flight: self.max_in_flight,
            note: Some(self.step_note()),
            ..RunOptions::default()
        };
        let handle = start(
            Arc::new(plan),
            Arc::clone(&self.clients),
            self.store.clone(),
            options,
        );
        let summary = follow(handle, &mut self.stop).await?;
        let run = summary.run.clone();
        let mut trials = vec![vec![Vec::new(); rows.len()]; candidates.len()];
        if let Some(run) = &run {
            self.store.each_trial(run, &mut |record| {
                let (variant, row) = (record.id.variant as usize, record.id.row as usize);
                if let Some(cell) = trials.get_mut(variant).and_then(|rows| rows.get_mut(row)) {
                    cell.push(record);
                }
            })?;
            // The answers stay; what the search needs of the run is in its record.
            self.store.delete_run(run)?;
        }
        if let Some(reason) = summary.stopped {
            return Err(OptimizeError::Stopped(reason));
        }
        let all = trials.iter().flatten().flatten();
        for trial in all {
            self.record.spent.usd += trial.cost_usd.unwrap_or(0.0);
            self.record.spent.stored += u64::from(trial.reused);
        }
        Ok(trials)
    }

    pub(super) fn collect_failures(
        &mut self,
        candidate: CandidateId,
        places: Range<usize>,
        rows: &[u32],
        trials: &[Vec<TrialRecord>],
    ) -> Result<(), OptimizeError> {
        let threshold = self.plan.scorer.threshold();
        for ((place, row), trials) in places.zip(rows).zip(trials) {
            let failed = mean_score(trials).is_some_and(|score| score < threshold);
            let Some(trial) = trials.first().filter(|_| failed) else {
                continue;
            };
            let row = self
                .plan
                .dataset
                .row(*row as usize)
                .map_err(EngineError::from)?;
            let prompt = self.plan.prompt_of(self.regions.variant(), &row)?;
            let output = trial
                .outcome
                .completion()
                .map(|c| c.text.clone())
                .unwrap_or_default();
            let main = trial.scores.main();
            let read = main.and_then(|score| score.answer.clone());
            let failure = Failure {
                input: prompt
                    .messages
                    .last()
                    .map(|m| m.content.clone())
                    .unwrap_or_default(),
                expected: row.expected_text().unwrap_or_default(),
                reason: match (main, read) {
                    (Some(score), _) if score.unreadable => "No answer could be read in it.".into(),
                    (Some(score), Some(read)) => {
                        format!("Read as {read}; score {:.2}.", score.value)
                    }
                    (Some(score), None) => format!("Score {:.2}.", score.value),
                    (None, _) => String::new(),
                },
                output,
            };
            self.failures.push((candidate, place, failure));
        }
        Ok(())
    }
}

/// Follow the run of a step to its end.
pub(super) async fn follow(
    mut handle: RunHandle,
    stop: &mut watch::Receiver<bool>,
) -> Result<RunSummary, OptimizeError> {
    let mut stopped = false;
    loop {
        tokio::select! {
            event = handle.events.recv() => match event {
                Some(RunEvent::RunFinished(summary)) => return Ok(summary),
                Some(_) => {}
                None => return Err(OptimizeError::Stopped("the engine stopped unexpectedly; please report this".into())),
            },
            changed = stop.changed(), if !stopped => {
                stopped = changed.is_err() || *stop.borrow();
                if stopped && changed.is_ok() {
                    handle.control.stop();
                }
            }
        }
    }
}
