//! The grids and what is known of their rows and cells; where the answers in them are kept.

use super::{arrange::Arrangement, columns::GridColumns, outputs::Outputs, table::Table};
use crate::{
    analysis::WearFinding,
    engine::{AnswerPlace, AnswerSources},
    model::{Opinion, RunId, TrialId},
    outcome::Grid,
    store::BadCase,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// The grids and what is known of their rows and cells.
#[derive(Debug)]
pub struct Answers {
    /// The edges of the grid; why there are none.
    pub table: Result<Arc<Table>, String>,
    /// One grid per model.
    pub grids: Vec<Grid>,
    /// The run whose answers are shown.
    pub source: Option<GridSource>,
    pub arrangement: Arrangement,
    /// Which columns the grid has, and in which order.
    pub columns: GridColumns,
    /// The model whose answers filter and sort the rows where none is named.
    pub row_model: usize,
    pub baseline: usize,
    /// Rows marked by hand.
    pub marks: Arc<BTreeSet<usize>>,
    /// By row id.
    pub bad_cases: Arc<BTreeMap<String, BadCase>>,
    /// Counts the changes of the grids.
    pub changes: u64,
    /// Answers as they stream.
    pub streams: HashMap<TrialId, String>,
    pub outputs: Outputs,
    /// The cell whose opinions were asked for, by its first sample, and what judges said of it.
    pub opinions: (Option<TrialId>, Vec<Opinion>),
}

impl Default for Answers {
    /// None yet, and no reason why.
    fn default() -> Answers {
        Answers {
            table: Err(String::new()),
            grids: Vec::new(),
            source: None,
            arrangement: Arrangement::default(),
            columns: GridColumns::default(),
            row_model: 0,
            baseline: 0,
            marks: Arc::default(),
            bad_cases: Arc::default(),
            changes: 0,
            streams: HashMap::new(),
            outputs: Outputs::default(),
            opinions: Default::default(),
        }
    }
}

/// Where the answers shown are kept.
#[derive(Debug, Clone)]
pub struct GridSource {
    /// The newest run that has an answer shown; `None` where only answers of no run are.
    pub run: Option<RunId>,
    /// Where each answer is; `None` where all are those of the run, at the same places.
    pub answers: Option<Arc<AnswerSources>>,
    /// Whether the run is one of just this plan, so that it can be resumed.
    pub is_resumable: bool,
    /// How it ended, where it did not finish.
    pub ended: Option<String>,
    /// How worn the rows are, where that is known.
    pub wear: Option<WearFinding>,
}

impl GridSource {
    /// The grid of a run.
    pub fn of_run(run: RunId, ended: Option<String>) -> GridSource {
        GridSource {
            run: Some(run),
            answers: None,
            is_resumable: true,
            ended,
            wear: None,
        }
    }

    /// The same, with a run that begins: its outcomes take the place of those shown as they come. The shape is models,
    /// variants, rows, samples.
    pub fn with_run(before: Option<GridSource>, run: RunId, shape: [usize; 4]) -> GridSource {
        let (known, wear) = before.map_or((None, None), |source| (source.answers, source.wear));
        let mut answers = known.unwrap_or_else(|| Arc::new(AnswerSources::new(shape)));
        Arc::make_mut(&mut answers).begin_run(run.clone());
        GridSource {
            answers: Some(answers),
            wear,
            ..GridSource::of_run(run, None)
        }
    }

    /// A cell shows what came of it in the run in progress.
    pub fn set_live(&mut self, id: TrialId) {
        if let Some(answers) = &mut self.answers {
            Arc::make_mut(answers).set_live(id);
        }
    }

    /// Where the outcome of a cell is stored.
    pub fn place(&self, id: TrialId) -> Option<AnswerPlace> {
        match &self.answers {
            Some(answers) => answers.place(id),
            None => Some(AnswerPlace::Trial(self.run.clone()?, id)),
        }
    }

    /// The run that can be resumed.
    pub fn resumable(&self) -> Option<&RunId> {
        self.run.as_ref().filter(|_| self.is_resumable)
    }
}
