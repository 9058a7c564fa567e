//! Which endpoints a run of an experiment calls: those of its models, embeddings and judges.

use crate::{
    model::ModelRef,
    project::{EndpointSpec, ExperimentSpec, MetricKind, Project},
};

/// The endpoints that an experiment calls, each once.
pub(super) fn called_endpoints<'p>(
    project: &'p Project,
    experiment: &ExperimentSpec,
) -> Vec<&'p EndpointSpec> {
    let mut models: Vec<&ModelRef> = experiment.models.iter().collect();
    models.extend(&experiment.embeddings);
    for metric in &experiment.metrics {
        match &metric.kind {
            MetricKind::Similarity { model } | MetricKind::Judge { model, .. } => {
                models.push(model);
            }
            MetricKind::Assertions {
                judge, embeddings, ..
            } => models.extend(judge.iter().chain(embeddings)),
            _ => {}
        }
    }
    let mut names: Vec<&str> = Vec::new();
    for model in models {
        if !names.contains(&model.endpoint.as_str()) {
            names.push(&model.endpoint);
        }
    }
    names
        .into_iter()
        .filter_map(|name| project.endpoints.get(name))
        .collect()
}
