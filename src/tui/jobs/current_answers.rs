//! What the store knows of a plan, and how the grid that shows it is named.

use super::JobRunner;
use crate::{
    analysis::WearFinding,
    engine::{CurrentAnswers, Plan},
    model::RunId,
    report::wear,
    tui::model::{JobResult, NewestRun},
};
use std::sync::atomic::Ordering;

/// Largest run that counts for the wear of rows, in trials.
const MOST_TRIALS: u64 = 200_000;

impl JobRunner {
    /// Find what the store knows of a plan, until another plan is asked about.
    pub(super) fn current_answers(
        &self,
        number: u64,
        plan: &Plan,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        let latest = &self.newest_request;
        latest.fetch_max(number, Ordering::Relaxed);
        let mut named: Option<NewestRun> = None;
        CurrentAnswers::find(plan, &self.store, &mut |found| {
            let run = found.sources.runs().into_iter().find_map(|(run, _)| run);
            if named.as_ref().is_none_or(|named| named.run != run) {
                named = Some(self.newest_run(plan, run));
            }
            let newest = Box::new(named.clone().unwrap_or_default());
            emit(JobResult::AnswersFound(number, found.clone(), newest));
            latest.load(Ordering::Relaxed) <= number
        })
        .map_err(|e| e.to_string())
    }

    /// The run that a grid is called by: the newest one shown; where none is, the latest of just this plan.
    fn newest_run(&self, plan: &Plan, shown: Option<RunId>) -> NewestRun {
        let info = match &shown {
            Some(run) => self.store.run(&run.0).ok(),
            None => self.store.latest_of(&plan.experiment.name).ok().flatten(),
        };
        let is_same = info.as_ref().is_some_and(|info| plan.same_as(info).is_ok());
        NewestRun {
            wear: self.wear(plan),
            is_resumable: is_same,
            ended: (info
                .as_ref()
                .filter(|info| is_same && info.state != "finished"))
            .map(|info| info.state.clone()),
            run: shown.or(info.filter(|_| is_same).map(|info| info.id)),
        }
    }

    /// How worn the rows of a plan are, by recent runs.
    fn wear(&self, plan: &Plan) -> Option<WearFinding> {
        let model = plan.models.first()?;
        let sets = wear(&self.store, Some(&plan.experiment.name), MOST_TRIALS).ok()?;
        let own = sets
            .into_iter()
            .filter(|set| !set.sealed && set.model == *model);
        let holds = |rows: usize| rows >= plan.dataset.len();
        own.map(|set| set.finding).find(|found| holds(found.rows))
    }
}
