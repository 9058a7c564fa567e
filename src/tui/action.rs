//! Everything that can happen to the session: the only door to its state. Keys, the mouse, timers, the engine, finished
//! jobs and tests all use it.

use super::{
    Hit, Screen, Table,
    arrange::Arrangement,
    effects::RowChanges,
    estimate::PlanEstimate,
    input::Typing,
    job_runner::RunLine,
    overlay::ExportKind,
    reusable_answers::ReusableAnswers,
    reword::Offer,
    sheet,
    theme::ThemeName,
    view_settings::{Lens, RowKind, Sort},
};
use crate::{
    analysis::{Analysis, VariantFinding},
    engine::{Plan, RunControl, RunEvent},
    model::{RunId, TrialId, TrialRecord},
    narrate::advice::Advice,
    outcome::{Grid, RowLink},
    project::Project,
    store::{BadCase, RunInfo},
};
use std::{path::PathBuf, sync::Arc};

/// How far a movement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    Lines(isize),
    Pages(isize),
    First,
    Last,
}

/// What the Diff screen compares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DiffMode {
    #[default]
    Template,
    /// The prompts of the row at hand.
    Rendered,
    /// The outputs for the row at hand.
    Outputs,
    /// Two samples of one wording.
    Within,
}

/// What can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopySource {
    /// The answer that the metric read.
    Answer,
    Output,
    Prompt,
    Row,
    Template,
    /// The rows shown, as a table.
    Table,
}

/// The view as it can be changed by menus and settings.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewCommand {
    Lens(Lens),
    /// The order of rows.
    Sort(Sort),
    Rows(RowKind),
    Theme(ThemeName),
    /// One line a row.
    Compact,
    Wrap,
    /// Side by side or one below the other.
    Layout,
    /// More or fewer columns.
    Columns(i8),
    /// More or less around a change.
    Context(isize),
}

/// Overlays that a key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    Help,
    Palette,
    Search,
    Filter,
    Sort,
    Lens,
    Copy,
    /// In which form to export.
    Export,
    Problems,
    /// Every sample of the cell.
    Row,
    FullText,
    Settings,
    Advice,
}

/// Everything that can happen to the session.
#[derive(Debug, Clone)]
pub enum Action {
    Show(Screen),
    /// Move the cursor up or down.
    Move(Movement),
    /// Move the cursor by variants.
    Variants(isize),
    /// The next pane, or the one before.
    Pane(isize),
    /// The pane fills the screen, or not.
    Zoom,
    Rows(isize),
    Models(isize),
    Samples(isize),
    Experiments(isize),
    /// Put something on top.
    Open(Open),
    /// Close what lies on top, or go back.
    Back,
    /// Take what the cursor is on.
    Enter,
    /// A line is typed.
    Type(Typing),
    /// Edit the template in place.
    EditHere,
    /// A key in the text that is edited in place.
    Sheet(sheet::Edit),
    /// Save the text that is edited in place.
    Save,
    /// The next row that the search finds, or the next change.
    Next(isize),
    ViewCommand(ViewCommand),
    /// The variant under the cursor is the baseline.
    Baseline,
    /// Mark the row, or switch the variant on or off, or choose the run, or accept the wording on top.
    Mark,
    /// Ask for the right answer of the row at hand: it is kept as a bad case.
    BadCase,
    Copy(CopySource),
    /// Ask for the name of a file to export to; the name to begin with.
    Export(ExportKind, String),
    /// Show the plan; with the plan shown, run it.
    Run,
    /// Send failed trials again.
    Retry,
    Stop,
    /// Pause the run, or go on.
    Pause,
    /// Open the template in the editor.
    Edit,
    /// Open a file in the editor, at a line.
    EditAt(PathBuf, usize),
    /// Show the output or the prompt in the pager.
    Page,
    /// Show the levels of the variant that could be reworded.
    ChooseLevel,
    /// Ask the model for other wordings of a level: axis and level.
    Reword(String, String),
    /// A new variant from this one.
    NewVariant,
    /// Take the variant or the run away.
    Delete,
    /// Split a mixed edit.
    Split,
    /// Diff against the baseline.
    DiffBaseline,
    /// Diff against the run before.
    DiffBefore,
    /// What the Diff screen compares.
    DiffMode(DiffMode),
    /// The two sides change places.
    Swap,
    /// Compare the run under the cursor with the one chosen.
    Compare,
    /// Note something down on the run.
    Note,
    Redraw,
    /// Stop the process; the shell takes over.
    Suspend,
    /// Leave (asks while a run is on its way).
    Quit,
    /// Ctrl-C: stop the run, or leave.
    Interrupt,

    /// The mouse was pressed on something.
    Click(Hit),
    /// The mouse moved a dividing line: to this percentage.
    Drag(Hit, u16),
    /// The wheel was turned over something.
    Wheel(Hit, isize),
    /// The terminal has another size.
    Resized,
    /// Time passes while a run is on its way.
    Tick,

    /// A run was started.
    Started(RunControl),
    /// Something happened in the run.
    Event(RunEvent),
    /// Files of the project changed on disk.
    Touched(Vec<PathBuf>),
    /// The project was read again.
    ProjectRead(Box<Result<Project, String>>),
    /// The plan was read (again); the names of all variants, those switched off too.
    Planned(Result<Arc<Plan>, String>, Vec<String>),
    /// A run of this experiment was read; the places of what holds, where it is not of the very same plan.
    Loaded(Box<RunInfo>, Vec<Grid>, Option<Arc<ReusableAnswers>>),
    /// An old run was opened.
    Opened(Box<RunInfo>, Vec<Grid>),
    /// A run to compare with was read, and which of its rows the rows are.
    Other(Arc<Table>, Vec<Grid>, RowLink),
    /// The row that the search found.
    Found(Option<usize>),
    /// Trials of a run were read from the store: those asked for, and those found.
    Trials(RunId, Vec<TrialId>, Vec<TrialRecord>),
    /// The rows of two wordings were compared.
    Compared(RowChanges),
    /// The difference of two runs, with its interval; the number of the comparison.
    Judged(u64, Box<VariantFinding>),
    /// The rows were arranged.
    Arranged(Arrangement),
    /// The grid was analysed; the number says which state of it.
    Analysed(u64, usize, Box<Analysis>),
    /// The advice was drawn, or why not; the number of the question.
    Advised(u64, Box<Result<Advice, String>>),
    /// The bad cases of an experiment were read.
    BadCases(String, Vec<BadCase>),
    /// The plan was counted.
    Estimated(Box<PlanEstimate>),
    /// A model answered with other wordings, or why not; the number of the question.
    Reworded(u64, Box<Result<Offer, String>>),
    /// The list of runs was read.
    Runs(Vec<RunLine>),
    /// The editor or the pager was closed.
    Returned(Result<(), String>),
    /// Something was done; a line to say so.
    Said(String),
    /// What a run came to; one or more lines.
    Concluded(String),
    /// Something went wrong outside; one or more lines.
    Failed(String),
}
