//! Searches that are judged by folds: where rows are too few to seal some. The rows are parted; of each fold a search on the other rows
//! is judged by it, once. What they gain together is the gain of such searches, on rows that they had not seen. The wording that is
//! offered is that of one more search, on all rows; its own gain is not measured.

use super::{
    OptimizeError, Optimizer, PartSizes, PooledGain, SearchEvent, SearchMeans, SearchPlan,
    SearchRecord, SearchRequest,
};
use crate::project::{ExperimentSpec, Project};

/// Searches that could be begun: one for each fold, and one on all rows.
#[derive(Debug)]
pub struct CrossFitPlan {
    folds: Vec<SearchPlan>,
    whole: SearchPlan,
}

/// The searches in progress.
#[derive(Debug)]
pub struct CrossFit {
    folds: Vec<SearchPlan>,
    whole: Optimizer,
    means: SearchMeans,
}

impl CrossFitPlan {
    /// Read what the searches need, and check that the calls are enough for all. `experiment`: as [`SearchRequest::experiment`]
    /// gives it.
    pub fn read(
        project: &Project,
        experiment: &ExperimentSpec,
        request: &SearchRequest,
    ) -> Result<CrossFitPlan, OptimizeError> {
        let whole = SearchPlan::read(project, experiment, request, None)?;
        let folds = (1..=request.folds.unwrap_or(0)).map(|fold| {
            let of_fold = SearchRequest {
                fold: Some(fold),
                ..request.clone()
            };
            SearchPlan::read(project, experiment, &of_fold, None)
        });
        let folds: Vec<SearchPlan> = folds.collect::<Result<_, _>>()?;
        let all = folds.iter().chain([&whole]).map(|plan| plan.least_calls);
        let (sealed, each) = all.fold((0, 0), |(most, each), (sealed, first)| {
            (sealed.max(most), (sealed + first).max(each))
        });
        let searches = folds.len() as u64 + 1;
        if request.budget_calls < searches * each {
            return Err(OptimizeError::TooFewCallsForFolds {
                budget: request.budget_calls,
                folds: folds.len(),
                each,
                sealed,
                least: searches * each,
            });
        }
        if request.has_writer() && request.writer_calls < searches {
            return Err(OptimizeError::TooFewWriterCalls {
                calls: request.writer_calls,
                searches,
            });
        }
        Ok(CrossFitPlan { folds, whole })
    }

    /// The search on all rows.
    pub fn whole(&self) -> &SearchPlan {
        &self.whole
    }

    /// The rows of each fold's search, and as `sealed` those of the fold.
    pub fn sizes(&self) -> Vec<PartSizes> {
        self.folds.iter().map(SearchPlan::sizes).collect()
    }

    /// Begin, or go on where it was left.
    pub fn begin(self, means: SearchMeans) -> CrossFit {
        CrossFit {
            folds: self.folds,
            whole: self.whole.begin(means.clone()),
            means,
        }
    }
}

impl CrossFit {
    /// The record: of the search on all rows, with those of the folds.
    pub fn record(&self) -> &SearchRecord {
        &self.whole.record
    }

    /// Take all searches to their ends. The one on all rows is made only where those of the folds gain.
    pub async fn run(
        self,
        watch: &mut (dyn FnMut(&SearchRecord, SearchEvent) + Send),
    ) -> Result<SearchRecord, OptimizeError> {
        let mut whole = self.whole;
        whole.keep_record()?;
        let mut searches = self.folds.len() as u64 + 1;
        for (number, mut plan) in (1..).zip(self.folds) {
            plan.request = whole.record.share_of(plan.request, searches);
            searches -= 1;
            let mut search = plan.begin(self.means.clone());
            search.run(watch).await?;
            let fold = search.end_fold(number).await?;
            whole.record.spent.add(&fold.spent);
            whole.record.folds.push(fold);
            whole.keep_record()?;
            watch(&whole.record, SearchEvent::FoldEnded);
        }
        let pooled = PooledGain::of(&whole.record.held_out());
        let pooled = pooled.ok_or_else(|| {
            OptimizeError::Stopped("too few held-out rows were answered by both wordings".into())
        })?;
        if pooled.low > 0.0 {
            whole.take_rest_of_calls();
            whole.run(watch).await?;
        }
        whole.end(None)?;
        Ok(whole.record)
    }
}

impl SearchRecord {
    /// A request with an even share of what is left for so many searches.
    fn share_of(&self, request: SearchRequest, searches: u64) -> SearchRequest {
        let (all, spent) = (&self.request, &self.spent);
        let searches = searches.max(1);
        SearchRequest {
            budget_calls: all.budget_calls.saturating_sub(spent.calls) / searches,
            writer_calls: all.writer_calls.saturating_sub(spent.writer_calls) / searches,
            budget_usd: (all.budget_usd).map(|usd| (usd - spent.usd).max(0.0) / searches as f64),
            ..request
        }
    }
}
