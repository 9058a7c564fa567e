//! The trials of a step, and what failed among them.

use super::{
    CandidateId, OptimizeError, Optimizer, candidate_name, trial_scores::mean_score,
    writer::Failure,
};
use crate::{
    engine::{EngineError, Plan, StepRuns},
    model::TrialRecord,
};
use std::ops::Range;

impl Optimizer {
    /// Where the trials of steps are sent.
    fn steps(&self) -> StepRuns<'_> {
        StepRuns {
            store: &self.store,
            clients: &self.clients,
            max_in_flight: self.max_in_flight,
            note: format!("a step of wording optimize, {}", self.record.id),
        }
    }

    /// Delete the runs of steps that an earlier process left; their answers stay.
    pub(super) fn delete_left_runs(&self) -> Result<(), OptimizeError> {
        Ok(self.steps().delete_left()?)
    }

    /// The trials of candidates on rows (by their places in the plan): of each candidate, for each row, its samples.
    pub(super) async fn trials(
        &mut self,
        candidates: &[CandidateId],
        rows: &[u32],
    ) -> Result<Vec<Vec<Vec<TrialRecord>>>, OptimizeError> {
        let plan = self.plan_of(&self.plan, candidates, rows)?;
        self.send(plan, candidates.len(), rows.len()).await
    }

    /// A plan for candidates, on rows (by their places) of another.
    pub(super) fn plan_of(
        &self,
        of: &Plan,
        candidates: &[CandidateId],
        rows: &[u32],
    ) -> Result<Plan, OptimizeError> {
        let mut templates = self.plan.templates.clone();
        let mut variants = Vec::with_capacity(candidates.len());
        for c in candidates {
            variants.push(self.regions.add(
                &mut templates,
                &candidate_name(*c),
                &self.texts[*c],
            )?);
        }
        Ok(of.with_variants(templates, variants, rows)?)
    }

    /// Send a plan for so many candidates and rows: of each candidate, for each row, its samples.
    pub(super) async fn send(
        &mut self,
        plan: Plan,
        candidates: usize,
        rows: usize,
    ) -> Result<Vec<Vec<Vec<TrialRecord>>>, OptimizeError> {
        let mut stop = self.stop.clone();
        let step = self.steps().trials(plan, &mut stop).await?;
        if let Some(reason) = step.summary.stop_reason() {
            return Err(OptimizeError::Stopped(reason.to_owned()));
        }
        let mut trials = vec![vec![Vec::new(); rows]; candidates];
        for record in step.trials {
            let (variant, row) = (record.id.variant as usize, record.id.row as usize);
            if let Some(cell) = trials.get_mut(variant).and_then(|rows| rows.get_mut(row)) {
                cell.push(record);
            }
        }
        let all = trials.iter().flatten().flatten();
        for trial in all {
            let spent = &mut self.record.spent;
            // What failed has no price, and cost nothing that is known of.
            if trial.outcome.completion().is_some() {
                spent.pay(trial.cost_usd);
            }
            spent.stored += u64::from(trial.reused);
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
