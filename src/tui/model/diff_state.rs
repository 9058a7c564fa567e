//! What the Diff screen compares, and how it is shown.

use super::{action::DiffMode, outputs::Outputs, row_changes::RowChanges, table::Table};
use crate::{
    analysis::VariantFinding,
    model::{Prompt, TrialId},
    outcome::{Grid, RowLink},
    template::TemplateError,
};
use std::sync::Arc;

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

/// What the current variant is compared with.
#[derive(Debug, Default)]
pub enum Against {
    #[default]
    Baseline,
    /// The same variant in another run.
    Run(Box<Other>),
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
    /// The prompt of a trial, see [`Outputs::shown_prompt`].
    pub fn prompt(&self, id: TrialId) -> Option<Result<Prompt, TemplateError>> {
        self.outputs.shown_prompt(&self.table, id)
    }
}
