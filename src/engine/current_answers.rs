//! What the store knows of a plan as it is now: for each cell the newest answer to just its prompt, whatever run bought it.
//!
//! Most cells are found without rendering a prompt: a run that has the same [`AnswerKeys`] for a variant and a model, and
//! rows of the same file, has its answers. Whatever cell is still open then is rendered and looked up by its request. An
//! edited template or row, a run of an earlier version and an answer of a deleted run are all found this way.

use super::{
    AnswerSources, EngineError, Plan, RequestTarget, answer_sources::SourceRun, run_grids,
};
use crate::{
    model::{AnswerKeys, Price, RunId, TrialId},
    outcome::{Cell, CellState, Grid, align_rows},
    store::{RunInfo, Store, StoreError},
};
use std::{collections::HashMap, sync::Arc};

/// So many open cells are looked up by their requests rather than in one more run.
const FEW_CELLS: usize = 1_000;
/// A run of at most so many trials is read for any open cell.
const SMALL_RUN: u64 = 20_000;

/// What the store knows of a plan.
#[derive(Debug, Clone, Default)]
pub struct CurrentAnswers {
    /// The cells of each model.
    pub grids: Vec<Grid>,
    pub sources: Arc<AnswerSources>,
}

impl CurrentAnswers {
    /// Find the answers. They are handed to `show` as they are found, until it returns `false`; the last time with
    /// everything. Nothing is sent, and no key is needed.
    pub fn find(
        plan: &Plan,
        store: &Store,
        show: &mut dyn FnMut(&CurrentAnswers) -> bool,
    ) -> Result<(), EngineError> {
        let mut search = CellSearch::new(plan, store)?;
        search.take_runs()?;
        if search.open_cells() > 0 && store.has_completions() && !search.look_up(show)? {
            return Ok(());
        }
        show(&search.answers());
        Ok(())
    }

    /// All of them at once.
    pub fn find_all(plan: &Plan, store: &Store) -> Result<CurrentAnswers, EngineError> {
        let mut all = CurrentAnswers::default();
        CurrentAnswers::find(plan, store, &mut |found| {
            all = found.clone();
            true
        })?;
        Ok(all)
    }
}

/// The search for the answers of the cells of a plan.
pub(super) struct CellSearch<'a> {
    pub(super) plan: &'a Plan,
    pub(super) store: &'a Store,
    pub(super) keys: AnswerKeys,
    /// Where each model is called; `None` where its endpoint is unknown.
    pub(super) targets: Vec<Option<RequestTarget>>,
    /// What each model costs, where that is known.
    pub(super) prices: Vec<Option<Price>>,
    /// Limits at which cut answers were bought again.
    pub(super) limits: Vec<u64>,
    pub(super) grids: Vec<Grid>,
    pub(super) sources: AnswerSources,
    /// The newest run of each answer, read before answers are looked up by their requests.
    pub(super) answered_by: HashMap<i64, Arc<RunId>>,
    /// By answer and row of the plan: the newest trial whose scores are those of the plan's metrics and of that row. Rows with the
    /// same prompt share an answer, and each has its own scores.
    pub(super) scored: HashMap<(i64, u32), (Arc<RunId>, TrialId)>,
}

impl<'a> CellSearch<'a> {
    fn new(plan: &'a Plan, store: &'a Store) -> Result<CellSearch<'a>, StoreError> {
        let (variants, rows) = (plan.variants.len(), plan.dataset.len());
        let samples = plan.experiment.samples.max(1);
        let grid = || Grid::new(variants, rows, samples).with_rules(plan.grid_rules());
        let targets = plan.models.iter().map(|model| {
            let spec = plan.endpoints.get(&model.endpoint)?;
            Some(plan.request_target(spec, model))
        });
        Ok(CellSearch {
            plan,
            store,
            keys: plan.answer_keys(),
            targets: targets.collect(),
            prices: (0..plan.models.len()).map(|m| plan.price(m)).collect(),
            limits: store.raised_limits()?,
            grids: plan.models.iter().map(|_| grid()).collect(),
            sources: AnswerSources::new([plan.models.len(), variants, rows, samples]),
            answered_by: HashMap::new(),
            scored: HashMap::new(),
        })
    }

    pub(super) fn answers(&self) -> CurrentAnswers {
        CurrentAnswers {
            grids: self.grids.clone(),
            sources: Arc::new(self.sources.clone()),
        }
    }

    /// Whether a better outcome than this may be stored.
    pub(super) fn is_open(&self, id: TrialId, cell: Cell) -> bool {
        match cell.state {
            CellState::Pending | CellState::Running | CellState::Failed(_) => true,
            CellState::Unscored | CellState::UnscoredUnreadable => false,
            _ => {
                cell.truncated && {
                    let raised = self.sources.run(id).map_or(0, |run| run.raised);
                    self.limits.iter().any(|limit| *limit > raised)
                }
            }
        }
    }

    fn each_cell(&self, model: usize, mut take: impl FnMut(TrialId, Cell)) {
        let grid = &self.grids[model];
        for row in 0..grid.rows() {
            for variant in 0..grid.variants() {
                for sample in 0..grid.samples() {
                    let id = trial_id(model, variant, row, sample);
                    take(id, grid.cell(variant, row, sample));
                }
            }
        }
    }

    fn open_cells(&self) -> usize {
        let mut open = 0;
        for model in 0..self.grids.len() {
            self.each_cell(model, |id, cell| {
                open += usize::from(self.is_open(id, cell))
            });
        }
        open
    }

    /// Take what runs have, the newest first.
    fn take_runs(&mut self) -> Result<(), StoreError> {
        let mut open = self.open_cells();
        for info in self.store.runs()? {
            let Some(keys) = info
                .keys
                .as_ref()
                .filter(|keys| keys.scoring == self.keys.scoring)
            else {
                continue;
            };
            if info.dataset.1.is_empty()
                || info.dataset.1 != self.plan.dataset.hash()
                || open == 0
                || open <= FEW_CELLS && info.planned() > SMALL_RUN
            {
                continue;
            }
            let variants = places(&self.keys.variants, |key| {
                key.is_some()
                    .then(|| keys.variants.iter().position(|k| k == key))?
            });
            let models = places(&self.keys.models, |key| {
                keys.models.iter().position(|k| k == key)
            });
            if variants.iter().all(Option::is_none) || models.iter().all(Option::is_none) {
                continue;
            }
            self.take_run(&self.store.run(&info.id.0)?, variants, models)?;
            open = self.open_cells();
        }
        Ok(())
    }

    fn take_run(
        &mut self,
        info: &RunInfo,
        variants: Vec<Option<u32>>,
        models: Vec<Option<u32>>,
    ) -> Result<(), StoreError> {
        let source = SourceRun {
            id: info.id.clone(),
            raised: info.raised.as_ref().map_or(0, |raised| raised.max_tokens),
            rows: align_rows(&info.heads, self.plan.dataset.heads()),
            variants,
            models,
        };
        let grids = run_grids(self.store, info)?;
        // Rows that were labelled since have other scores.
        let plan_heads = Arc::clone(self.plan.dataset.heads());
        let is_same_answer = |here, there| plan_heads.expected(here) == info.heads.expected(there);
        let run = self.sources.runs.len();
        let shape = |grid: &Grid| [grid.variants(), grid.rows(), grid.samples()];
        let has_same_cells = source.is_same()
            && plan_heads.expected == info.heads.expected
            && grids.len() == self.grids.len()
            && grids
                .iter()
                .zip(&self.grids)
                .all(|(a, b)| shape(a) == shape(b));
        if run == 0 && has_same_cells {
            for (model, grid) in grids.into_iter().enumerate() {
                grid.each(|variant, row, sample, _| {
                    let id = trial_id(model, variant, row, sample);
                    self.sources.set_run(id, run);
                });
                self.grids[model] = grid.with_rules(self.plan.grid_rules());
            }
            self.sources.runs.push(source);
            return Ok(());
        }
        let mut taken = Vec::new();
        for model in 0..self.grids.len() {
            self.each_cell(model, |id, here| {
                let there = source
                    .trial(id)
                    .filter(|there| there.sample < info.samples as u32)
                    .filter(|there| is_same_answer(id.row as usize, there.row as usize));
                let Some(there) = there else { return };
                let from = (
                    there.variant as usize,
                    there.row as usize,
                    there.sample as usize,
                );
                let cell = grids[there.model as usize].cell(from.0, from.1, from.2);
                if self.is_better(id, here, cell, source.raised) {
                    taken.push((id, there.model as usize, from));
                }
            });
        }
        for (id, model, from) in taken {
            let to = (id.variant as usize, id.row as usize, id.sample as usize);
            self.grids[id.model as usize].copy(&grids[model], from, to);
            self.sources.set_run(id, run);
        }
        self.sources.runs.push(source);
        Ok(())
    }

    /// Whether an outcome of an older run takes the place of one that is shown.
    fn is_better(&self, id: TrialId, here: Cell, older: Cell, raised: u64) -> bool {
        let has_answer = older.state.is_answered() || older.state.is_unscored();
        match here.state {
            CellState::Pending | CellState::Running => {
                has_answer || matches!(older.state, CellState::Failed(_))
            }
            CellState::Failed(_) => has_answer,
            CellState::Unscored | CellState::UnscoredUnreadable => older.state.is_answered(),
            _ if here.truncated => {
                has_answer && raised > self.sources.run(id).map_or(0, |run| run.raised)
            }
            _ => false,
        }
    }
}

pub(super) fn trial_id(model: usize, variant: usize, row: usize, sample: usize) -> TrialId {
    TrialId {
        variant: variant as u32,
        model: model as u32,
        row: row as u32,
        sample: sample as u32,
    }
}

fn places<T>(wanted: &[T], find: impl Fn(&T) -> Option<usize>) -> Vec<Option<u32>> {
    let found = wanted.iter().map(|key| find(key).map(|at| at as u32));
    found.collect()
}
