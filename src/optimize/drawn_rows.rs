//! The rows of a search in three parts, drawn by seed and cluster, and the calls without which nothing is known of a candidate.

use super::{
    OptimizeError, PartSizes, Search, SearchRequest, ShorteningSettings, check::RUN,
    held_out_comparison::LEAST_UNITS,
};
use crate::{
    dataset::{RowKeys, RowParts},
    engine::{EngineError, Plan, RowSet, SealGuard, SealedRows},
    model::RowKeyColumns,
    project::{ExperimentSpec, Project},
    stats::mix,
};
use std::collections::HashSet;

/// Share of the open rows whose failures the writer sees.
pub(super) const FEEDBACK_SHARE: f64 = 0.3;

/// The rows of a search in three parts, as they are drawn.
pub(super) struct DrawnRows {
    /// Over the rows that the search sees.
    pub(super) plan: Plan,
    pub(super) parts: RowParts,
    /// Over the rows of the fold that it does not see, where it is the search of a fold.
    pub(super) held_out: Option<Plan>,
    /// Rows that judge it at its end: sealed ones, or those of its fold.
    pub(super) sealed: usize,
    pub(super) guard: Option<SealGuard>,
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
        let guard = rows.sealed().map(SealedRows::guard).transpose();
        let guard = guard.map_err(EngineError::from)?;
        let key = request.seal_of(experiment).key;
        let (plan, held_out, sealed) = match request.folds {
            Some(folds) => {
                let (plan, held_out) = without_fold(plan, &key, request, folds)?;
                let sealed = held_out.as_ref().map_or(0, |held| held.dataset.len());
                (plan, held_out, sealed)
            }
            None => match rows.sealed_of_plan(experiment)? {
                0 => {
                    return Err(OptimizeError::Engine(EngineError::OneSidedSeal {
                        experiment: experiment.name.clone(),
                        rows: plan.dataset.len(),
                        all: false,
                    }));
                }
                sealed => (plan, None, sealed),
            },
        };
        let runs = rows.sealed().map(|sealed| sealed.word_runs(RUN));
        let sealed_runs = runs.transpose().map_err(EngineError::from)?;
        let parts = match request.has_writer() {
            true => RowKeys::new(&plan.dataset, &key)
                .map_err(EngineError::from)?
                .part(request.search_seed(), FEEDBACK_SHARE),
            // Nobody is shown a failure.
            false => RowParts {
                feedback: Vec::new(),
                selection: (0..plan.dataset.len() as u32).collect(),
            },
        };
        Ok(DrawnRows {
            plan,
            parts,
            held_out,
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

impl SearchRequest {
    /// What rows are parted and steps are drawn by: of each fold another one, so that folds are not all of one draw.
    pub(super) fn search_seed(&self) -> u64 {
        match self.fold {
            Some(fold) => mix(self.seed ^ mix(fold as u64)),
            None => self.seed,
        }
    }
}

/// Set the rows of the search's fold apart; all rows stay where it is the search on all of them.
fn without_fold(
    plan: Plan,
    key: &RowKeyColumns,
    request: &SearchRequest,
    folds: usize,
) -> Result<(Plan, Option<Plan>), OptimizeError> {
    let keys = RowKeys::new(&plan.dataset, key).map_err(EngineError::from)?;
    let units = keys.distinct();
    let needed = LEAST_UNITS.max(2 * folds);
    if units < needed {
        return Err(OptimizeError::TooFewRowsForFolds {
            experiment: plan.experiment.name,
            rows: plan.dataset.len(),
            units,
            folds,
            needed,
        });
    }
    let Some(fold) = request.fold else {
        return Ok((plan, None));
    };
    let of = keys.folds(request.seed, folds);
    let (mut open, mut held) = (Vec::new(), Vec::new());
    for (number, places) in (1..).zip(of) {
        match number == fold {
            true => held.extend(places),
            false => open.extend(places),
        }
    }
    open.sort_unstable();
    let over = |rows: &[u32]| -> Result<Plan, EngineError> {
        let mut of = plan.with_variants(plan.templates.clone(), plan.variants.clone(), rows)?;
        of.baseline = plan.baseline;
        Ok(of)
    };
    Ok((over(&open)?, Some(over(&held)?)))
}

/// Whether no row was sealed.
pub(super) fn seals_none(error: &OptimizeError) -> bool {
    matches!(
        error,
        OptimizeError::Engine(EngineError::OneSidedSeal { all: false, .. })
    )
}
