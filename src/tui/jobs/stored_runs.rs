//! Runs of the store: listed with their scores, opened, read beside the one shown.

use super::JobRunner;
use crate::{
    engine::{Plan, run_grids},
    outcome::{Grid, align_rows},
    store::{RunInfo, StoreError},
    tui::model::{JobResult, RunLine, Table},
};
use std::sync::Arc;

/// Largest run whose score is worked out for the list of runs, in trials; larger ones are opened to see it.
const MOST_TRIALS: u64 = 200_000;
/// Runs of the list, newest first, whose score is worked out.
const MOST_SCORED: usize = 40;

impl JobRunner {
    pub(super) fn open(&self, id: &str) -> Result<(RunInfo, Vec<Grid>), StoreError> {
        let info = self.store.run(id)?;
        let boards = run_grids(&self.store, &info)?;
        Ok((info, boards))
    }

    pub(super) fn other(
        &self,
        id: &str,
        plan: Option<Arc<Plan>>,
        table: &Table,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), StoreError> {
        let (info, boards) = self.open(id)?;
        let other = Table::of_run(info, plan);
        let link = align_rows(&other.heads, &table.heads);
        emit(JobResult::OtherRunRead(Arc::new(other), boards, link));
        Ok(())
    }

    /// The list at once, then with scores.
    pub(super) fn runs(&self, emit: &mut dyn FnMut(JobResult)) -> Result<(), StoreError> {
        let mut lines = Vec::new();
        for info in self.store.runs()? {
            lines.push(RunLine {
                counts: self.store.counts(&info.id)?,
                info: Arc::new(info),
                scores: None,
            });
        }
        emit(JobResult::RunsListed(lines.clone()));
        for line in lines.iter_mut().take(MOST_SCORED) {
            if line.info.planned() <= MOST_TRIALS {
                line.scores = self.scores(&line.info)?;
            }
        }
        emit(JobResult::RunsListed(lines));
        Ok(())
    }

    fn scores(&self, info: &RunInfo) -> Result<Option<(f64, String, f64)>, StoreError> {
        let board = self.store.grid(info, 0)?;
        let mean = |v: usize| board.totals(v).mean();
        let best = (0..info.variants.len())
            .filter_map(|v| Some((v, mean(v)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        Ok(best.map(|(v, score)| {
            (
                mean(info.baseline).unwrap_or(f64::NAN),
                info.variants[v].name.clone(),
                score,
            )
        }))
    }
}
