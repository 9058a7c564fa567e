//! The end of a fold's search: start and nominee on the rows that it did not see.

use super::{
    FoldRecord, HeldOutComparison, OptimizeError, Optimizer, drive::cluster_of_rows,
    trial_scores::mean_score,
};
use std::collections::HashSet;

impl Optimizer {
    /// Judge the nominee by the rows of the fold; nothing is sent where it is the start.
    pub(super) async fn end_fold(mut self, number: usize) -> Result<FoldRecord, OptimizeError> {
        let nominee = self.nominee();
        let held_out = self.on_held_out().await?;
        let (adopted, promised) = (self.is_adopted(nominee), self.strategy.promised(nominee));
        let record = self.record;
        Ok(FoldRecord {
            number,
            budget_calls: record.request.budget_calls,
            feedback: record.parts.feedback,
            selection: record.parts.selection,
            candidates: record.candidates,
            proposals: record.proposals,
            spent: record.spent,
            nominee,
            adopted,
            promised,
            held_out,
        })
    }

    async fn on_held_out(&mut self) -> Result<HeldOutComparison, OptimizeError> {
        let Some(held_out) = &self.held_out else {
            return Ok(HeldOutComparison::of_start(0, 0));
        };
        let clusters = cluster_of_rows(held_out);
        let nominee = self.nominee();
        if nominee == 0 {
            let units = clusters.iter().collect::<HashSet<_>>().len();
            return Ok(HeldOutComparison::of_start(clusters.len(), units));
        }
        let rows: Vec<u32> = (0..clusters.len() as u32).collect();
        let plan = self.plan_of(held_out, &[0, nominee], &rows)?;
        let calls = plan.len();
        let trials = self.send(plan, 2, rows.len()).await?;
        self.record.spent.calls += calls;
        let [start, nominee] = &trials[..] else {
            return Ok(HeldOutComparison::of_start(0, 0));
        };
        let scores: Vec<_> = (clusters.into_iter().zip(start).zip(nominee))
            .map(|((cluster, start), nominee)| (cluster, mean_score(start), mean_score(nominee)))
            .collect();
        Ok(HeldOutComparison::of_scores(&scores))
    }
}
