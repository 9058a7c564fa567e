//! The stored outcome of a cell of a grid: a trial of some run, or an answer of none, which the plan scores.

use super::{AnswerPlace, EngineError, Plan};
use crate::{
    catalog,
    model::{Completion, Outcome, Price, Prompt, Row, TrialId, TrialRecord},
    store::{Store, StoreError},
};

/// The stored outcome of a cell of a grid. An answer of no trial is scored by the plan's metrics.
pub fn stored_trial(
    store: &Store,
    plan: Option<&Plan>,
    id: TrialId,
    place: &AnswerPlace,
) -> Result<Option<TrialRecord>, EngineError> {
    match (place, plan) {
        (AnswerPlace::Trial(run, trial), _) => {
            let Some(record) = store.trial(run, *trial)? else {
                return Ok(None);
            };
            let mut record = TrialRecord { id, ..record };
            if let (Some(plan), Outcome::Completed(completion)) = (plan, &mut record.outcome)
                && plan.reads_conversations()
            {
                let row = plan.dataset.row(id.row as usize)?;
                plan.add_conversation(id, &row, completion, || store.prompt(run, *trial))?;
            }
            Ok(Some(record))
        }
        (AnswerPlace::Completion(number, _), Some(plan)) => {
            let Some(mut completion) = store.completion_at(*number)? else {
                return Ok(None);
            };
            let row = plan.dataset.row(id.row as usize)?;
            plan.add_conversation(id, &row, &mut completion, || store.prompt_at(*number))?;
            let price = plan.price(id.model as usize);
            Ok(Some(plan.scored(id, &row, completion, price.as_ref())))
        }
        (AnswerPlace::Completion(..), None) => Ok(None),
    }
}

/// The prompt of a stored outcome, where it was stored.
pub fn stored_prompt(store: &Store, place: &AnswerPlace) -> Result<Option<Prompt>, StoreError> {
    match place {
        AnswerPlace::Trial(run, trial) => store.prompt(run, *trial),
        AnswerPlace::Completion(number, _) => store.prompt_at(*number),
    }
}

impl Plan {
    /// What a model costs, where that is known.
    pub(super) fn price(&self, model: usize) -> Option<Price> {
        let name = self.models.get(model)?;
        catalog::price(&name.model, self.endpoints.get(&name.endpoint))
    }

    /// The trial of a stored answer, scored by the metrics of the plan.
    pub(super) fn scored(
        &self,
        id: TrialId,
        row: &Row,
        completion: Completion,
        price: Option<&Price>,
    ) -> TrialRecord {
        let cost_usd = completion.cost_usd(price);
        TrialRecord {
            id,
            scores: self.scorer.score(&completion, row, cost_usd),
            outcome: Outcome::Completed(completion),
            reused: true,
            attempts: 0,
            cost_usd,
            calls: None,
        }
    }
}
