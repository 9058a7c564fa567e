//! What a project has: its experiments and its latest runs.

use super::{context::CommandContext, runs::RunSummary};
use crate::{model::ModelRef, project::ExperimentSpec, store::RunInfo};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

/// The experiments of a project and its latest runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProjectList<'a> {
    /// Always 1.
    schema_version: u32,
    /// The project file.
    #[serde(serialize_with = "crate::display::lossy_path_or_null")]
    project: Option<&'a Path>,
    experiments: Vec<ListedExperiment<'a>>,
    /// The latest first.
    runs: Vec<RunSummary<'a>>,
    runs_in_all: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ListedExperiment<'a> {
    experiment: &'a str,
    /// Files or globs.
    templates: &'a [String],
    #[serde(serialize_with = "crate::display::lossy_path")]
    dataset: &'a Path,
    models: &'a [ModelRef],
    /// Columns with outputs made elsewhere; such an experiment has no templates and no models.
    outputs: Vec<&'a str>,
    /// The first is the main one.
    metrics: Vec<&'a str>,
    /// The first variant where null.
    baseline: Option<&'a str>,
    samples: usize,
    has_sealed_rows: bool,
    /// Cap of the project.
    max_calls: Option<u64>,
    /// Cap of the project.
    max_usd: Option<f64>,
}

impl<'a> ProjectList<'a> {
    /// Of a project and all its runs, so many of the latest.
    pub fn new(
        place: &'a CommandContext,
        runs: &'a [RunInfo],
        max_runs: usize,
    ) -> anyhow::Result<ProjectList<'a>> {
        place.project.check_experiments()?;
        let experiments = place.project.experiments.iter().map(listed);
        Ok(ProjectList {
            schema_version: 1,
            project: place.project.file.as_deref(),
            experiments: experiments.collect(),
            runs: runs.iter().take(max_runs).map(RunSummary::new).collect(),
            runs_in_all: runs.len(),
        })
    }
}

fn listed(spec: &ExperimentSpec) -> ListedExperiment<'_> {
    let outputs = spec.outputs.iter().map(|output| output.column.as_str());
    let metrics = spec.metrics.iter().map(|metric| metric.name.as_str());
    ListedExperiment {
        experiment: &spec.name,
        templates: &spec.templates,
        dataset: &spec.dataset,
        models: &spec.models,
        outputs: outputs.collect(),
        metrics: metrics.collect(),
        baseline: spec.baseline.as_deref(),
        samples: spec.samples,
        has_sealed_rows: spec.sealed.is_some(),
        max_calls: spec.budget.calls,
        max_usd: spec.budget.usd,
    }
}
