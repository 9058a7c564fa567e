//! The texts of cells: outputs, prompts, first words, what judges said. Each is read for a place in the table from the place
//! where it is stored.

use super::JobRunner;
use crate::{
    engine::{AnswerPlace, Plan, stored_prompt, stored_trial},
    model::{Opinion, RunId, TrialId},
    tui::model::{JobResult, excerpt},
};

type Places = [(TrialId, AnswerPlace)];

impl JobRunner {
    /// Read trials of another run, or of the grid shown, and the prompts that cannot be rendered.
    pub(super) fn trials(
        &self,
        run: Option<RunId>,
        ids: &Places,
        plan: Option<&Plan>,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        let store = &self.store;
        let mut records = Vec::new();
        for (here, there) in ids {
            let record = stored_trial(store, plan, *here, there);
            records.extend(record.map_err(|e| e.to_string())?);
        }
        let mut prompts = Vec::new();
        for (here, there) in ids {
            // What can be rendered need not be read.
            let is_read = plan.is_none_or(|plan| {
                let variant = plan.variants.get(here.variant as usize);
                variant.is_none_or(|v| plan.is_conversation(v))
            });
            if is_read {
                let prompt = stored_prompt(store, there).map_err(|e| e.to_string())?;
                prompts.push((*here, prompt));
            }
        }
        if !prompts.is_empty() {
            emit(JobResult::PromptsRead(run.clone(), prompts));
        }
        emit(JobResult::TrialsRead(run, places_here(ids), records));
        Ok(())
    }

    /// Read the first words of outputs of the grid shown.
    pub(super) fn excerpts(
        &self,
        ids: &Places,
        plan: Option<&Plan>,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        let mut found = Vec::new();
        for (here, there) in ids {
            let record = stored_trial(&self.store, plan, *here, there);
            let record = record.map_err(|e| e.to_string())?;
            found.extend(record.and_then(|r| Some((*here, excerpt(&r)?))));
        }
        emit(JobResult::ExcerptsRead(places_here(ids), found));
        Ok(())
    }

    /// Read what judges said of a cell, named by its first sample.
    pub(super) fn opinions(
        &self,
        cell: TrialId,
        ids: &Places,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        let mut opinions = Vec::new();
        for (here, there) in ids {
            let AnswerPlace::Trial(run, there) = there else {
                continue;
            };
            let found = self
                .store
                .opinions(run, *there)
                .map_err(|e| e.to_string())?;
            opinions.extend(found.into_iter().map(|o| Opinion { id: *here, ..o }));
        }
        emit(JobResult::OpinionsRead(cell, opinions));
        Ok(())
    }
}

fn places_here(ids: &Places) -> Vec<TrialId> {
    ids.iter().map(|(here, _)| *here).collect()
}
