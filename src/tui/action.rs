//! Everything that can happen to the session.

use super::Screen;
use crate::{
    analysis::Analysis,
    engine::{Plan, RunControl, RunEvent},
    model::{Grid, TrialId, TrialRecord},
    store::RunInfo,
};
use std::{path::PathBuf, sync::Arc};

/// Everything that can happen to the session.
#[derive(Debug)]
pub enum Action {
    /// Show a screen.
    Show(Screen),
    /// Move the cursor by rows.
    Rows(isize),
    /// Move the cursor by variants.
    Variants(isize),
    /// Move by pages of rows.
    Pages(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// The next model's grid.
    NextModel,
    /// Another sample in the detail pane.
    Samples(isize),
    /// The next experiment (or the one before).
    Experiments(isize),
    /// Only rows on which variants differ, or all.
    Filter,
    /// Run the experiment.
    Run,
    /// Stop the run.
    Stop,
    /// Pause the run, or go on.
    Pause,
    /// Open the template in the editor.
    Edit,
    /// Show or hide the help.
    Help,
    /// Close what lies on top.
    Back,
    /// Leave (asks while a run is on its way).
    Quit,
    /// Ctrl-C: stop the run, or leave.
    Interrupt,
    /// Open what the cursor is on.
    Open,
    /// Draw all anew.
    Redraw,
    /// The terminal has another size.
    Resized,
    /// Time passes while a run is on its way.
    Tick,
    /// A run was started.
    Started(RunControl),
    /// Something happened in the run.
    Event(RunEvent),
    /// The plan was read (again).
    Planned(Result<Arc<Plan>, String>),
    /// An earlier run of this plan was read.
    Loaded(Box<RunInfo>, Vec<Grid>),
    /// A trial was read from the store.
    Trial(TrialId, Box<Option<TrialRecord>>),
    /// The grid was analysed; the number says which state of it.
    Analysed(u64, usize, Box<Analysis>),
    /// The list of runs was read.
    Runs(Vec<RunInfo>),
    /// The editor was closed.
    Edited(PathBuf, Result<(), String>),
    /// Something went wrong outside; one or more lines.
    Failed(String),
}
