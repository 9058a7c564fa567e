//! Parts of what the session knows: the Diff screen, what was measured, what was asked for.

use super::{
    action::DiffMode, columns::GridColumn, hit::Hits, outputs::Outputs, row_changes::RowChanges,
    scroll::ScrollOffsets, table::Table, text_area::Window,
};
use crate::{
    analysis::{VariantFinding, WearFinding},
    engine::{AnswerPlace, AnswerSources},
    model::{Prompt, RunId, TrialId},
    outcome::{Grid, RowLink},
    template::TemplateError,
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Instant,
};

/// A line that says what was done, until something else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub text: String,
    pub bad: bool,
}

/// A run that is compared with.
#[derive(Debug)]
pub struct Other {
    pub table: Arc<Table>,
    /// Its cells, one board a model.
    pub boards: Vec<Grid>,
    /// Which of its rows each row is.
    pub link: RowLink,
    pub outputs: Outputs,
}

impl Other {
    /// The prompt of a trial, see [`shown_prompt`].
    pub fn prompt(&self, id: TrialId) -> Option<Result<Prompt, TemplateError>> {
        shown_prompt(&self.table, &self.outputs, id)
    }
}

/// The prompt of a trial: rendered; where that cannot be done any more, as it was stored. A conversation is shown with what was
/// said in it, as it was stored.
pub(super) fn shown_prompt(
    table: &Table,
    outputs: &Outputs,
    id: TrialId,
) -> Option<Result<Prompt, TemplateError>> {
    let stored = || Some(Ok(Prompt::clone(outputs.prompt(id)?)));
    match table.prompt(id.variant as usize, id.row as usize) {
        Some(Ok(prompt)) if table.is_conversation(id.variant as usize) => {
            stored().or(Some(Ok(prompt)))
        }
        None => stored(),
        rendered => rendered,
    }
}

/// What the current variant is compared with.
#[derive(Debug, Default)]
pub enum Against {
    #[default]
    Baseline,
    /// The same variant in another run.
    Run(Box<Other>),
}

/// What the Diff screen shows.
#[derive(Debug)]
pub struct DiffState {
    /// As chosen; without a choice, [`super::Model::diff_mode`].
    pub mode: Option<DiffMode>,
    /// Side by side, where there is room.
    pub side_by_side: bool,
    /// The sides changed places.
    pub swapped: bool,
    /// Lines around a change; all where it is large.
    pub context: usize,
    pub change: usize,
    pub scroll: usize,
    pub against: Against,
    /// What became of the rows.
    pub effects: Arc<RowChanges>,
    /// The difference to another run, with its interval; of which model and variant.
    pub finding: Option<((usize, usize), Box<VariantFinding>)>,
    pub at: usize,
}

impl Default for DiffState {
    fn default() -> Self {
        DiffState {
            mode: None,
            side_by_side: true,
            swapped: false,
            context: 3,
            change: 0,
            scroll: 0,
            against: Against::Baseline,
            effects: Arc::default(),
            finding: None,
            at: 0,
        }
    }
}

/// What the last drawing had room for, and where things lay.
#[derive(Debug, Default)]
pub struct Measured {
    /// Lines that the current list has room for.
    pub page: usize,
    /// Where the part of each list that is shown begins.
    pub offsets: ScrollOffsets,
    /// Columns of the leaderboard that are scrolled away, and that can be.
    pub sideways: (usize, usize),
    /// Columns that the text in the editor has room for.
    pub columns: usize,
    /// Columns that the grid has room for.
    pub shown: Vec<GridColumn>,
    /// Rows whose cells are on the screen.
    pub rows: Vec<usize>,
    /// Lines that the current pane, or the overlay, can be scrolled by.
    pub scroll: usize,
    /// Lines of the changes on the Diff screen.
    pub changes: Vec<usize>,
    /// Lines of the inspector at which its sections begin.
    pub sections: Vec<usize>,
    pub hits: Hits,
}

impl Measured {
    /// The window of the text that is edited.
    pub fn window(&self) -> Window {
        Window {
            lines: self.page,
            // Before the editor is first drawn, lines are not wrapped.
            columns: match self.columns {
                0 => usize::from(u16::MAX),
                columns => columns,
            },
        }
    }
}

/// States of the grids that jobs were last asked about.
#[derive(Debug, Default)]
pub struct LastRequested {
    pub arranged: Option<u64>,
    /// Analysed, for each model: changes, baseline.
    pub analysed: BTreeMap<usize, (u64, usize)>,
    /// Figures of labels and slices: state of the grid, model, baseline.
    pub broken_down: Option<(u64, usize, usize)>,
    pub advised: Option<u64>,
    /// Compared: changes, model, variant, baseline.
    pub compared: Option<(u64, usize, usize, usize)>,
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

/// What was asked for and has not come back yet.
#[derive(Debug, Default)]
pub struct PendingJobs {
    /// Counts what was asked for, so that late answers are known.
    pub number: u64,
    pub plan: Option<u64>,
    pub estimate: Option<u64>,
    pub latest: Option<u64>,
    pub arrange: Option<u64>,
    /// The analysis: the state of the grid, and when it was asked for.
    pub analysis: Option<(u64, Instant)>,
    /// Figures of labels and slices: what was asked for.
    pub breakdown: Option<(u64, usize, usize)>,
    pub effects: Option<u64>,
    /// When rows were last arranged and compared.
    pub rested: [Option<Instant>; 2],
    /// The advice, and when it was asked for.
    pub advice: Option<(u64, Instant)>,
    /// When it last came.
    pub advised: Option<Instant>,
    /// Trials: of another run, or of the grid shown.
    pub trials: HashSet<(Option<RunId>, TrialId)>,
    /// First words of outputs, for cells on the screen.
    pub excerpts: HashSet<TrialId>,
    /// When the last analysis came.
    pub analysed: Option<Instant>,
    pub analysis_s: f64,
}
