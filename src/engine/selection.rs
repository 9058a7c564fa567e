//! Which trials of a plan a run sends: those of its shard that it has not completed before, or those that a policy chooses.

use super::{EngineError, Plan, done::DoneSet, policy_queue::PolicyQueue, share::Share};
use crate::{
    model::{PolicySpec, TrialId, VariantNames},
    policy::{TrialSpace, policy},
    store::{RunInfo, Store},
};
use std::sync::Arc;

pub(super) struct TrialSelection {
    /// Completed before; empty for a new run.
    pub(super) done: DoneSet,
    share: Option<Share>,
    pub(super) policy: Option<PolicySpec>,
    /// One queue per model; empty where every trial is sent.
    pub(super) queues: Vec<Arc<PolicyQueue>>,
}

impl TrialSelection {
    /// The selection of a new run, or of one that is resumed from this store.
    pub(super) fn new(
        plan: &Plan,
        info: &RunInfo,
        resumed: Option<&Store>,
    ) -> Result<TrialSelection, EngineError> {
        let mut done = DoneSet::default();
        if let Some(store) = resumed {
            let (models, variants) = (plan.models.len(), plan.variants.len());
            done = DoneSet::new(models, variants, plan.dataset.len(), info.samples);
            store.each_answered(&info.id, &mut |id| done.insert(id))?;
        }
        Ok(TrialSelection {
            done,
            share: share(info)?,
            policy: info.policy.clone(),
            queues: policy_queues(plan, info, resumed)?,
        })
    }

    /// Whether a trial is to be sent, where no policy chooses.
    pub(super) fn contains(&self, id: TrialId) -> bool {
        self.share.as_ref().is_none_or(|share| share.contains(id)) && !self.done.contains(id)
    }

    /// How many trials of a variant are to be sent with a model, where no policy chooses.
    pub(super) fn trials_of(&self, plan: &Plan, model: u32, variant: u32) -> u64 {
        let samples = plan.experiment.samples as u32;
        let ids = (0..plan.dataset.len() as u32).flat_map(|row| {
            (0..samples).map(move |sample| TrialId {
                variant,
                model,
                row,
                sample,
            })
        });
        ids.filter(|id| self.contains(*id)).count() as u64
    }

    /// Most trials of the run.
    pub(super) fn planned(&self, info: &RunInfo) -> u64 {
        match self.queues.as_slice() {
            [] => info.planned(),
            queues => queues.iter().map(|queue| queue.max_trials()).sum(),
        }
    }
}

/// The queue of each model; the policy learns the scores that a resumed run has in the store.
fn policy_queues(
    plan: &Plan,
    info: &RunInfo,
    resumed: Option<&Store>,
) -> Result<Vec<Arc<PolicyQueue>>, EngineError> {
    let Some(spec) = &info.policy else {
        return Ok(Vec::new());
    };
    let space = TrialSpace::new(
        &plan.variants,
        info.rows,
        info.samples,
        info.heads.cluster_numbers(),
        info.seed,
    );
    let names = VariantNames::new(&plan.variants).aliases(plan.baseline);
    let shape = (plan.variants.len(), info.rows, info.samples);
    let models = plan.models.len();
    (0..models)
        .map(|model| {
            let policy = policy(spec, &space, &names, models)?;
            let known = resumed.map(|store| store.grid(info, model)).transpose()?;
            let queue = PolicyQueue::new(policy, model as u32, shape, info.max_truncated, known);
            Ok(Arc::new(queue))
        })
        .collect()
}

fn share(info: &RunInfo) -> Result<Option<Share>, EngineError> {
    let Some(shard) = info.shard else {
        return Ok(None);
    };
    let (models, rows, samples) = (info.models.len(), info.rows, info.samples);
    let parts = models * rows * samples;
    if shard.count() as usize > parts {
        return Err(EngineError::EmptyShard { shard, parts });
    }
    Ok(Some(Share::new(shard, info.seed, models, rows, samples)))
}
