//! How many rows are sealed for a search, where the experiment seals none.
//!
//! Half of them, as simulations with 60 to 2,000 rows suggest (docs/optimize.md): the wording that a search ends with is about as good
//! when it competed on half as many rows, and twice as many sealed rows show its gain far more often. Fewer where running start
//! and nominee on them would take more than a third of the calls, or where so many are not needed.

use super::{OptimizeError, SearchRequest, hoped_gain::hoped_gain};
use crate::{engine::RowSet, project::ExperimentSpec, project::Project};

/// Most of the rows that are sealed, as a share.
pub(super) const MOST_OF_ROWS: f64 = 0.5;
/// Most of the calls that sealed rows take, as a share: each takes two, for start and nominee.
const MOST_OF_CALLS: f64 = 1.0 / 3.0;
/// The share of searches that began before it was kept in their record.
pub(super) const FORMER_SHARE: f64 = 0.3;

impl SearchRequest {
    /// The same, with the share of the rows that is sealed for it, where the experiment seals none. Reads the dataset.
    pub fn with_sealed_share(
        mut self,
        project: &Project,
        experiment: &ExperimentSpec,
    ) -> Result<SearchRequest, OptimizeError> {
        if experiment.sealed.is_some() {
            return Ok(self);
        }
        let mut all = experiment.clone();
        all.rows = None;
        all.rows_where.clone_from(&self.rows_where);
        let rows = RowSet::read(project, &all)?.open_of_plan(&all)?;
        let enough = hoped_gain(self.alpha).rows_needed().map(|n| n.sealed);
        let share = sealed_share(rows, self.budget_calls, self.samples, enough);
        self.sealed_share = Some(share);
        Ok(self)
    }
}

/// The share of so many rows that is sealed; `enough`: no more than so many are needed. To a tenth of a per cent, so that it can be
/// said and written as it is.
pub(super) fn sealed_share(rows: usize, calls: u64, samples: usize, enough: Option<usize>) -> f64 {
    let by_calls = MOST_OF_CALLS * calls as f64 / (2 * samples.max(1)) as f64;
    let most = enough.map_or(by_calls, |enough| by_calls.min(enough as f64));
    let share = (most / rows.max(1) as f64).min(MOST_OF_ROWS);
    ((share * 1_000.0).round() / 1_000.0).max(0.001)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_rows_a_third_of_the_calls_and_no_more_than_are_needed() {
        let share = |rows, calls, samples| sealed_share(rows, calls, samples, Some(628));
        assert_eq!((share(60, 600, 1), share(240, 1_000, 1)), (0.5, 0.5));
        // 2 · 167 calls of 1,000; with five samples 2 · 5 · 33.
        assert_eq!(
            (share(1_000, 1_000, 1), share(1_000, 1_000, 5)),
            (0.167, 0.033)
        );
        assert_eq!(share(10_000, 100_000, 1), 0.063);
        // Never none, whatever was typed.
        assert_eq!(sealed_share(0, 0, 0, None), 0.001);
    }
}
