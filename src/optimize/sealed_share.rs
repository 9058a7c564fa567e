//! How many rows are sealed for a search, where the experiment seals none.
//!
//! Half of them, as simulations with 60 to 2,000 rows suggest (docs/optimize.md): the wording that a search ends with is about as good
//! when it competed on half as many rows, and twice as many sealed rows show its gain far more often. Fewer where running start
//! and nominee on them would take more than a third of the calls, where so many are not needed, or where an earlier search sealed
//! fewer: rows are drawn alike for the same seed, so that no row that it showed is sealed now.

use super::{
    OptimizeError, SearchRecord, SearchRequest,
    hoped_gain::{HOPED_GAIN, sealed_rows_for_margin, sealed_rows_needed},
};
use crate::{
    engine::RowSet,
    model::{RowKeyColumns, SealRule, SealedBy},
    project::{ExperimentSpec, Project},
    store::Store,
};

/// Most of the rows that are sealed, as a share.
pub(super) const MOST_OF_ROWS: f64 = 0.5;
/// Most of the calls that sealed rows take, as a share: each takes two, for start and nominee.
const MOST_OF_CALLS: f64 = 1.0 / 3.0;
/// The share of searches that began before it was kept in their record.
const FORMER_SHARE: f64 = 0.3;

/// What decides the share of the rows that a search seals for itself, but for its calls.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedShare {
    pub(super) rows: usize,
    pub(super) samples: usize,
    /// No more rows than so many are needed.
    pub(super) enough: Option<usize>,
    /// The smallest share of earlier searches with the same seed.
    pub(super) earlier: Option<f64>,
}

impl SealedShare {
    /// Read it from the dataset and the searches of the store; `None` where the experiment seals rows.
    pub fn read(
        project: &Project,
        experiment: &ExperimentSpec,
        request: &SearchRequest,
        store: &Store,
    ) -> Result<Option<SealedShare>, OptimizeError> {
        if experiment.sealed.is_some() {
            return Ok(None);
        }
        let mut all = experiment.clone();
        all.rows = None;
        all.rows_where.clone_from(&request.rows_where);
        let earlier = store.searches(&experiment.name)?;
        let earlier = (earlier.iter())
            .filter_map(|record| serde_json::from_str::<SearchRecord>(record).ok())
            .filter_map(|record| record.request.share_drawn_by(request.seed));
        Ok(Some(SealedShare {
            rows: RowSet::read(project, &all)?.open_of_plan(&all)?,
            samples: request.samples,
            enough: match request.shorter {
                Some(margin) => sealed_rows_for_margin(margin),
                None => sealed_rows_needed(HOPED_GAIN),
            },
            earlier: earlier.min_by(f64::total_cmp),
        }))
    }

    /// The share for a search of so many calls.
    pub fn for_calls(&self, calls: u64) -> f64 {
        let share = self.without_earlier(calls);
        self.earlier.map_or(share, |earlier| earlier.min(share))
    }

    /// The share of an earlier search, where more rows would be sealed but for that one.
    pub fn of_earlier(&self, calls: u64) -> Option<f64> {
        let share = self.without_earlier(calls);
        self.earlier.filter(|earlier| *earlier < share)
    }

    /// Whether more rows would be sealed with more calls.
    pub(super) fn is_bound_by_calls(&self, calls: u64) -> bool {
        self.for_calls(calls) < self.for_calls(u64::MAX)
    }

    /// To three digits, so that it can be reported and written as it is.
    fn without_earlier(&self, calls: u64) -> f64 {
        let by_calls = MOST_OF_CALLS * calls as f64 / (2 * self.samples.max(1)) as f64;
        let most = self.enough.map_or(by_calls, |n| by_calls.min(n as f64));
        let share = (most / self.rows.max(1) as f64).min(MOST_OF_ROWS);
        format!("{share:.2e}").parse().unwrap_or(share)
    }
}

impl SearchRequest {
    /// The same, with what decides its sealed rows. `share`: where the experiment seals none.
    pub fn with_seal(
        mut self,
        experiment: &ExperimentSpec,
        share: Option<&SealedShare>,
    ) -> SearchRequest {
        if self.folds.is_some() {
            // Folds judge; what the experiment seals stays sealed.
            self.seal.clone_from(&experiment.sealed);
            return self;
        }
        self.sealed_share = share.map(|share| share.for_calls(self.budget_calls));
        self.seal = None;
        self.seal = Some(self.seal_of(experiment));
        self
    }

    /// The rule of the experiment, or the search's own.
    pub(super) fn seal_of(&self, experiment: &ExperimentSpec) -> SealRule {
        experiment.sealed.clone().unwrap_or_else(|| SealRule {
            by: SealedBy::Share(self.sealed_share.unwrap_or(FORMER_SHARE)),
            seed: self.seed,
            key: RowKeyColumns {
                cluster: experiment.cluster.clone(),
                id: experiment.id.clone(),
                ignored: experiment.answer.iter().cloned().collect(),
            },
        })
    }

    /// The experiment seals the rows that it sealed when this search began, as far as its record says.
    pub fn require_same_seal(&self, experiment: &ExperimentSpec) -> Result<(), OptimizeError> {
        let is_other = match (&self.seal, self.folds) {
            (seal, Some(_)) => *seal != experiment.sealed,
            (Some(seal), None) => *seal != self.seal_of(experiment),
            (None, None) => false,
        };
        match is_other {
            true => Err(OptimizeError::OtherSealedRows {
                experiment: experiment.name.clone(),
            }),
            false => Ok(()),
        }
    }

    /// The share of the rows that this search sealed by a draw with this seed.
    fn share_drawn_by(&self, seed: u64) -> Option<f64> {
        match &self.seal {
            _ if self.folds.is_some() => None,
            Some(SealRule {
                by: SealedBy::Share(share),
                seed: drawn_by,
                ..
            }) => (*drawn_by == seed).then_some(*share),
            Some(_) => None,
            // From before the rule was kept.
            None => (self.seed == seed).then(|| self.sealed_share.unwrap_or(FORMER_SHARE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(rows: usize, calls: u64, samples: usize) -> f64 {
        of(rows, samples).for_calls(calls)
    }

    fn of(rows: usize, samples: usize) -> SealedShare {
        SealedShare {
            rows,
            samples,
            enough: Some(628),
            earlier: None,
        }
    }

    #[test]
    fn half_of_the_rows_a_third_of_the_calls_and_no_more_than_are_needed() {
        assert_eq!((share(60, 600, 1), share(240, 1_000, 1)), (0.5, 0.5));
        // 2 · 167 calls of 1,000; with five samples 2 · 5 · 33.
        assert_eq!(share(1_000, 1_000, 1), 0.167);
        assert_eq!(share(1_000, 1_000, 5), 0.0333);
        assert_eq!(share(10_000, 100_000, 1), 0.0628);
        // Few of many rows are as many as the calls carry: 83 of them.
        assert_eq!(share(300_000, 500, 1), 0.000278);
        assert_eq!(share(1_000_000, 500, 1), 0.0000833);
        assert_eq!(share(1_000_000, 1_000_000, 1), 0.000628);
        assert_eq!(share(0, 0, 0), 0.0);
    }

    #[test]
    fn an_earlier_search_and_the_calls_bound_the_share() {
        let mut rule = of(1_000, 1);
        assert!(rule.is_bound_by_calls(600) && !rule.is_bound_by_calls(6_000));
        assert_eq!(rule.of_earlier(600), None);
        rule.earlier = Some(0.1);
        assert_eq!((rule.for_calls(6_000), rule.for_calls(300)), (0.1, 0.05));
        assert_eq!(
            (rule.of_earlier(6_000), rule.of_earlier(300)),
            (Some(0.1), None)
        );
        assert!(!rule.is_bound_by_calls(600) && rule.is_bound_by_calls(300));
    }
}
