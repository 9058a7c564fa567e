//! The grid of a plan as a run, for whatever reads runs: reports, exports, bundles.

use super::{AnswerPlace, CurrentAnswers, EngineError, Plan, stored_trial};
use crate::{
    model::{CutPrompts, EndpointWarning, ListedModel, RunId},
    store::{GatheredTrials, RunInfo, Store},
};

/// What a gathered run is called.
const CURRENT: &str = "r-current";

/// A run to report.
#[derive(Debug)]
pub enum CurrentRun {
    /// A run of just this plan, which has all that is known.
    Stored(RunInfo),
    /// Answers of several runs, gathered in memory.
    Gathered(Store, RunInfo),
}

impl CurrentRun {
    /// The grid of a plan; `None` where the store knows none of its answers.
    pub fn find(plan: &Plan, store: &Store) -> Result<Option<CurrentRun>, EngineError> {
        let found = CurrentAnswers::find_all(plan, store)?;
        let runs = found.sources.runs();
        if let [(Some(run), _)] = &runs[..] {
            let info = store.run(&run.0)?;
            if plan.same_as(&info).is_ok() {
                return Ok(Some(CurrentRun::Stored(info)));
            }
        }
        if runs.is_empty() {
            return Ok(None);
        }
        let mut gathered = GatheredTrials::default();
        let mut failed = None;
        found.sources.each(|id, place| match place {
            AnswerPlace::Trial(run, trial) => gathered.trials.push((id, run, trial)),
            AnswerPlace::Completion(number, _) => {
                match stored_trial(store, Some(plan), id, &place) {
                    Ok(record) => gathered.answers.extend(record.map(|r| (r, number))),
                    Err(error) => failed = Some(error),
                }
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let mut info = plan.run_info(None);
        info.id = RunId(CURRENT.into());
        info.state = "finished".into();
        for (run, answers) in runs {
            let Some(run) = run else { continue };
            let source = store.run(&run.0)?;
            CutPrompts::add(&mut info.cut_prompts, &source.cut_prompts);
            EndpointWarning::add(&mut info.endpoint_warnings, &source.endpoint_warnings);
            ListedModel::add(&mut info.listed_models, &source.listed_models);
            let room = |raised: &Option<_>| {
                raised
                    .as_ref()
                    .map(|r: &crate::model::RaisedMaxTokens| r.max_tokens)
            };
            if room(&source.raised) > room(&info.raised) {
                info.raised = source.raised;
            }
            info.sources.push((run, answers as u64));
        }
        let store = store.gather(&info, &gathered)?;
        // Read back, since heads and slices come as every run has them.
        let info = store.run("latest")?;
        Ok(Some(CurrentRun::Gathered(store, info)))
    }
}
