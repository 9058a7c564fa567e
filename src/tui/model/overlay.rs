//! What can lie on top of a screen.

use super::outlook::{Filter, ViewSettings};
use crate::tui::{Action, input::LineInput, reword::Rewords, sheet::Sheet};

/// A question that is answered with yes or no.
#[derive(Debug, Clone, PartialEq)]
pub enum Confirmation {
    /// Leave although a run is on its way?
    Quit,
    /// Delete this run?
    DeleteRun(String),
    /// Take this variant's template away?
    RemoveTemplate(std::path::PathBuf),
    /// Write these templates (name and text)?
    WriteTemplates(std::path::PathBuf, Vec<(String, String)>),
    /// Go on beyond the cap?
    BeyondCap,
    /// Close the text although it is not saved?
    Unsaved(std::path::PathBuf, Box<Sheet>),
}

/// What a line that is typed is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinePurpose {
    /// Search rows.
    Search,
    /// The name of a new variant.
    NewVariant,
    /// The note of the run under the cursor.
    Note,
    /// The right answer of the row at hand, which is a bad case.
    BadCase,
    /// The file to export to.
    Export(ExportKind),
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// The whole run, as a report.
    Report,
    /// The rows shown.
    Rows,
}

/// A choice of a menu.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it says.
    pub label: String,
    /// What stands beside it.
    pub hint: String,
    /// What it does.
    pub action: Action,
}

/// What can lie on top of a screen; the last of the stack is on top.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The keys.
    Help {
        /// Lines scrolled away.
        scroll: usize,
    },
    /// Every action, found by typing.
    Palette {
        /// What was typed.
        input: LineInput,
        /// Which of those found.
        at: usize,
    },
    /// Which rows to show; the grid follows while one types.
    Filter {
        /// What was typed.
        input: LineInput,
        /// The filter from before, for Esc.
        before: Filter,
    },
    /// One of several.
    Menu {
        /// What is chosen.
        title: String,
        /// The choices.
        items: Vec<Item>,
        /// Which.
        at: usize,
    },
    /// A line is typed.
    Line {
        /// What for.
        what: LinePurpose,
        /// What was typed.
        input: LineInput,
    },
    /// Other wordings of a level.
    Reword(Box<Rewords>),
    /// What a run would send.
    Plan,
    /// Prompt or fine-tune.
    Advice {
        /// Lines scrolled away.
        scroll: usize,
    },
    /// What is wrong with templates and rows.
    Problems {
        /// Which.
        at: usize,
    },
    /// Every sample of the cell under the cursor.
    Row {
        /// Lines scrolled away.
        scroll: usize,
    },
    /// A long text.
    Text {
        /// What it is.
        title: String,
        /// The text.
        text: String,
        /// Lines scrolled away.
        scroll: usize,
    },
    /// Something went wrong; one or more lines.
    Message(String),
    /// Yes or no?
    Ask(Confirmation),
    /// A template is edited in place.
    Sheet {
        /// The file.
        path: std::path::PathBuf,
        /// Its text.
        sheet: Box<Sheet>,
    },
    /// View settings.
    Settings {
        /// Which.
        at: usize,
        /// From before, for Esc.
        before: Box<ViewSettings>,
    },
}

impl Overlay {
    /// Whether keys are letters of a text here.
    pub fn types(&self) -> bool {
        matches!(
            self,
            Overlay::Palette { .. } | Overlay::Filter { .. } | Overlay::Line { .. }
        )
    }

    /// The line that is typed.
    pub fn input(&mut self) -> Option<&mut LineInput> {
        match self {
            Overlay::Palette { input, .. }
            | Overlay::Filter { input, .. }
            | Overlay::Line { input, .. } => Some(input),
            _ => None,
        }
    }
}
