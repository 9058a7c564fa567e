//! What a person asks the session to do: keys, the mouse, the palette and tests all use these actions.

use super::{
    hit::Hit,
    screen::Screen,
    text_area::Edit,
    theme::ThemeName,
    view_settings::{Lens, Sort},
    wording_search::CandidateSource,
};
use crate::{
    analysis::LeaderboardColumn,
    model::RunId,
    row_filter::{Filter, RowKind},
};

/// How far a movement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    Lines(isize),
    Pages(isize),
    First,
    Last,
}

/// What the Diff screen compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffMode {
    Template,
    /// The prompts of the current row.
    Rendered,
    /// The outputs for the current row.
    Outputs,
    /// Two samples of one wording.
    Within,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// The whole run, as a report.
    Report,
    /// The whole run, as one file for a session elsewhere.
    Bundle,
    /// The rows shown, as a table.
    Rows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopySource {
    Answer,
    Output,
    Prompt,
    Row,
    Expected,
    Metrics,
    Call,
    Template,
    Table,
}

impl CopySource {
    /// In the order of the menu: the name, and what it is.
    pub const ALL: [(CopySource, &str, &str); 9] = [
        (
            CopySource::Answer,
            "answer",
            "the answer the metric extracted",
        ),
        (
            CopySource::Output,
            "output",
            "the full output of this sample",
        ),
        (CopySource::Prompt, "prompt", "the prompt as sent"),
        (CopySource::Row, "row", "the text of the row"),
        (
            CopySource::Expected,
            "expected",
            "the expected answer of the row",
        ),
        (
            CopySource::Metrics,
            "metrics",
            "each metric: score, reading and reason",
        ),
        (
            CopySource::Call,
            "call",
            "model, tokens, cost, latency, finish reason",
        ),
        (CopySource::Template, "template", "the text of the template"),
        (CopySource::Table, "table", "the rows shown, as Markdown"),
    ];

    pub fn name(self) -> &'static str {
        CopySource::ALL[self as usize].1
    }
}

/// The view as it can be changed by menus and settings.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewCommand {
    Lens(Lens),
    Sort(Sort),
    Theme(ThemeName),
    /// One line per row.
    Compact,
    Wrap,
    /// Side by side or one below the other.
    Layout,
    Columns(i8),
    /// Sort the variants; by the same column again: the other way round.
    LeaderboardSort(LeaderboardColumn),
    /// More or less around a change.
    Context(isize),
}

/// What is done to the column of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnChange {
    /// Hide it, or show it again.
    Hide,
    /// Keep it beside the baseline, or let it go.
    Pin,
    /// Move it to the left or to the right.
    Shift(isize),
    /// Make all columns wider or narrower.
    Wider(i16),
    /// All columns, in the order of the leaderboard.
    Reset,
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
    /// Which models are shown.
    Models,
}

/// What a person asks for; imperative.
#[derive(Debug, Clone)]
pub enum Action {
    Show(Screen),
    /// Move to the column of a variant on the Grid screen.
    ShowVariant(usize),
    /// Show the grid of a model.
    ShowModel(usize),
    ShowExperiment(usize),
    /// Show the rows of a kind on the Grid screen.
    ShowRows(RowKind),
    /// Show the rows of a filter on the Grid screen.
    ShowFilter(Filter),
    /// Write the selected condition into the text of the filter; choose the selected model.
    AddCondition,
    /// Save the filter by a name.
    SaveFilter,
    /// Remove the saved filter that is selected.
    RemoveFilter,
    OpenRun(RunId),
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
    Open(Open),
    /// Close the overlay, or go back.
    Back,
    /// Take what the cursor is on.
    Enter,
    /// Take a line of the menu, from 0.
    Choose(usize),
    /// Edit the template in place.
    EditHere,
    /// Show the prompt of the template that is edited, or hide it.
    TogglePreview,
    /// Show the template where there is room for one pane, or the prompt again.
    ShowTemplate,
    /// A key in the text field or the text editor.
    EditText(Edit),
    /// Save the text that is edited in place.
    Save,
    /// The next row that the search finds, or the next change.
    Next(isize),
    ViewCommand(ViewCommand),
    /// Show the leaderboard, or go back to the answers.
    Leaderboard,
    Column(ColumnChange),
    /// Group the columns by variant, or by model.
    GroupColumns,
    /// Show the selected model alone.
    OnlyModel,
    /// Change the models of the experiment.
    ChangeModels,
    /// Create an experiment for a dataset.
    NewExperiment,
    /// The variant under the cursor is the baseline.
    Baseline,
    /// Mark the row, or switch the variant on or off, or choose the run, or accept the wording on top.
    Mark,
    /// Ask for the right answer of the current row: it is kept as a bad case.
    BadCase,
    Copy(CopySource),
    /// Ask for the name of a file to export to; the name to begin with.
    Export(ExportKind, String),
    /// Show the plan; with the plan shown, run it.
    Run,
    Retry,
    Stop,
    /// Pause the run, or go on.
    Pause,
    /// Open the template in the editor.
    Edit,
    /// Label rows of the experiment.
    Label,
    /// Rate answers of the variant and of the baseline.
    Rate,
    /// Show the output or the prompt in the pager.
    Page,
    /// Show the levels of the variant that could be reworded.
    ChooseLevel,
    /// Ask the model for paraphrases of a level: axis and level.
    Paraphrase(String, String),
    NewVariant,
    /// Show the search for a better wording.
    WordingSearch,
    /// Ask who is to propose rewordings in a new search.
    NewSearch,
    /// Ask for the calls of a search of this kind.
    SearchWith(CandidateSource),
    /// Take the variant or the run away.
    Delete,
    Split,
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
    /// Leave (asks during a run).
    Quit,
    /// Ctrl-C: stop the run, or leave.
    Interrupt,

    /// The mouse was pressed on something.
    Click(Hit),
    /// The mouse moved a dividing line: to this percentage.
    Drag(Hit, u16),
    /// The wheel was turned over something.
    Wheel(Hit, isize),
}

impl Action {
    /// Whether it changes the project or sends something.
    pub fn changes_project(&self, screen: Screen) -> bool {
        match self {
            Action::Run
            | Action::Retry
            | Action::Edit
            | Action::EditHere
            | Action::Save
            | Action::ChooseLevel
            | Action::Paraphrase(..)
            | Action::NewVariant
            | Action::NewSearch
            | Action::SearchWith(_)
            | Action::ChangeModels
            | Action::NewExperiment
            | Action::Delete
            | Action::Split
            | Action::Note
            | Action::Label
            | Action::Rate
            | Action::BadCase => true,
            // On the Edit screen it switches variants on and off.
            Action::Mark => screen == Screen::Edit,
            _ => false,
        }
    }
}
