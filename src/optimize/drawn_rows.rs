//! The rows of a search in three parts, drawn by seed and cluster, and the calls without which nothing is known of a candidate.

use super::{OptimizeError, PartSizes, Search, SearchRequest, ShorteningSettings, check::RUN};
use crate::{
    dataset::{RowKeys, RowParts},
    engine::{EngineError, Plan, RowSet, SealGuard, SealedRows},
    project::{ExperimentSpec, Project},
};
use std::collections::HashSet;

/// Share of the open rows whose failures the writer sees.
pub(super) const FEEDBACK_SHARE: f64 = 0.3;

/// The rows of a search in three parts, as they are drawn.
pub(super) struct DrawnRows {
    /// Over the open rows.
    pub(super) plan: Plan,
    pub(super) parts: RowParts,
    pub(super) sealed: usize,
    pub(super) guard: SealGuard,
    /// Runs of words of sealed rows, by hash.
    pub(super) sealed_runs: HashSet<u64>,
}

impl DrawnRows {
    pub(super) fn read(
        project: &Project,
        experiment: &ExperimentSpec,
        request: &SearchRequest,
    ) -> Result<DrawnRows, OptimizeError> {
        let plan = Plan::load(project, experiment)?;
        let rows = RowSet::read(project, experiment)?;
        let sealed = rows.sealed_of_plan(experiment)?;
        let guard = rows.sealed().map(SealedRows::guard).transpose();
        let guard = guard.map_err(EngineError::from)?.filter(|_| sealed > 0);
        let Some(guard) = guard else {
            return Err(OptimizeError::Engine(EngineError::OneSidedSeal {
                experiment: experiment.name.clone(),
                rows: plan.dataset.len(),
                all: false,
            }));
        };
        let runs = rows.sealed().map(|sealed| sealed.word_runs(RUN));
        let sealed_runs = runs.transpose().map_err(EngineError::from)?;
        let key = experiment.sealed.as_ref().map(|rule| &rule.key);
        let parts = match (request.has_writer(), key) {
            (true, Some(key)) => RowKeys::new(&plan.dataset, key)
                .map_err(EngineError::from)?
                .part(request.seed, FEEDBACK_SHARE),
            // Nobody is shown a failure.
            _ => RowParts {
                feedback: Vec::new(),
                selection: (0..plan.dataset.len() as u32).collect(),
            },
        };
        Ok(DrawnRows {
            plan,
            parts,
            sealed,
            guard,
            sealed_runs: sealed_runs.unwrap_or_default(),
        })
    }

    fn samples(&self) -> u64 {
        self.plan.experiment.samples as u64
    }

    fn sizes(&self) -> PartSizes {
        PartSizes {
            feedback: self.parts.feedback.len(),
            selection: self.parts.selection.len(),
            sealed: self.sealed,
        }
    }

    /// Calls for start and nominee on the sealed rows, and those without which nothing is known of a candidate. `pieces`: those that
    /// may be left out, where a shorter wording is looked for.
    pub(super) fn least_calls(&self, pieces: Option<usize>) -> (u64, u64) {
        let (sizes, samples) = (self.sizes(), self.samples());
        let first = match pieces {
            Some(pieces) => ShorteningSettings::least_calls(pieces, samples),
            None => Search::least_calls(&sizes, samples),
        };
        (sizes.sealed_calls(samples), first)
    }
}

/// Whether no row was sealed.
pub(super) fn seals_none(error: &OptimizeError) -> bool {
    matches!(
        error,
        OptimizeError::Engine(EngineError::OneSidedSeal { all: false, .. })
    )
}
