//! Which models are fine-tuned.

use crate::{
    model::ModelRef,
    project::Project,
    store::{Store, StoreError},
};
use std::collections::BTreeSet;

/// The models that are known to be fine-tuned: by the project, by the jobs that were begun here, or by a name that providers
/// give to fine-tuned models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TunedModels(BTreeSet<ModelRef>);

impl TunedModels {
    /// Those of a project and of the jobs in its store.
    pub fn find(project: &Project, store: &Store) -> Result<TunedModels, StoreError> {
        let of_endpoints = project.endpoints.iter().flat_map(|(endpoint, spec)| {
            let tuned = spec.models.iter().filter(|(_, spec)| spec.tuned);
            tuned.map(|(model, _)| (endpoint.clone(), model.clone()))
        });
        let jobs = store.tunings()?.into_iter();
        let of_jobs = jobs.filter_map(|job| Some((job.endpoint, job.tuned?)));
        let all = of_endpoints.chain(of_jobs);
        Ok(TunedModels(
            all.map(|(endpoint, model)| ModelRef { endpoint, model })
                .collect(),
        ))
    }

    pub fn contains(&self, model: &ModelRef) -> bool {
        model.model.starts_with("ft:") || self.0.contains(model)
    }
}
