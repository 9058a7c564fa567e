//! What a project has: its experiments and its latest runs.

use super::{context::CommandContext, runs::brief};
use crate::project::ExperimentSpec;
use serde_json::{Value, json};

/// The JSON Schema of it.
pub const SCHEMA: &str = include_str!("list.schema.json");

/// The experiments of a project, and so many of its latest runs.
pub fn project_list(place: &CommandContext, max_runs: usize) -> anyhow::Result<Value> {
    place.project.check_experiments()?;
    let runs = place.store()?.all_runs()?;
    let experiments = place.project.experiments.iter().map(experiment);
    Ok(json!({
        "schema_version": 1,
        "project": place.project.file,
        "experiments": experiments.collect::<Vec<_>>(),
        "runs": runs.iter().take(max_runs).map(brief).collect::<Vec<_>>(),
        "runs_in_all": runs.len(),
    }))
}

fn experiment(spec: &ExperimentSpec) -> Value {
    let outputs = spec.outputs.iter().map(|output| &output.column);
    let metrics = spec.metrics.iter().map(|metric| &metric.name);
    json!({
        "experiment": spec.name,
        "templates": spec.templates,
        "dataset": spec.dataset,
        "models": spec.models,
        "outputs": outputs.collect::<Vec<_>>(),
        "metrics": metrics.collect::<Vec<_>>(),
        "baseline": spec.baseline,
        "samples": spec.samples,
        "has_sealed_rows": spec.sealed.is_some(),
        "max_calls": spec.budget.calls,
        "max_usd": spec.budget.usd,
    })
}
