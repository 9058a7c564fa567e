//! What can lie on top of a screen.

use super::{
    action::{Action, ExportKind},
    experiment_form::ExperimentForm,
    filter_menu::FilterMenu,
    model_choice::{FileChange, ModelChoice},
    paraphrase::ParaphraseReview,
    shown_models::ShownModels,
    text_area::TextArea,
    view_settings::ViewSettings,
};
use crate::{model::RunId, optimize::WordingFile, scaffold::ScaffoldFiles};

/// A question that is answered with yes or no.
#[derive(Debug, Clone, PartialEq)]
pub enum Confirmation {
    /// Leave although a run is in progress?
    Quit,
    DeleteRun(String),
    /// Take this variant's template away?
    RemoveTemplate(std::path::PathBuf),
    /// Write these templates (name and text)?
    WriteTemplates(std::path::PathBuf, Vec<(String, String)>),
    /// Write these files of a new experiment? With how far they are scrolled.
    WriteExperiment(Box<ScaffoldFiles>, usize),
    /// Change the models in the project file?
    WriteModels(Box<FileChange>),
    /// Go on with a run, and send so many trials?
    Resume(RunId, usize),
    /// Write this file with the new wording? With how far it is scrolled.
    WriteWording(Box<WordingFile>, usize),
    /// Go on beyond the cap?
    BeyondCap,
    /// Close the text although it is not saved?
    Unsaved(std::path::PathBuf, Box<TextArea>),
}

/// What a line that is typed is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinePurpose {
    Search,
    /// The name of a new variant.
    NewVariant,
    /// The note of the run under the cursor.
    Note,
    /// The right answer of the current row, which is a bad case.
    BadCase,
    /// Which lines of the leaderboard are shown.
    LeaderboardFilter,
    /// The name to save the filter of rows by.
    FilterName,
    /// Most calls of a search.
    SearchCalls,
    /// The file to export to.
    Export(ExportKind),
}

/// A choice of a menu.
#[derive(Debug, Clone)]
pub struct Item {
    pub label: String,
    /// What stands beside it.
    pub hint: String,
    pub action: Action,
}

impl Item {
    pub fn new(label: impl Into<String>, hint: impl Into<String>, action: Action) -> Item {
        Item {
            label: label.into(),
            hint: hint.into(),
            action,
        }
    }
}

/// What can lie on top of a screen; the last of the stack is on top.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The signs and all keys; typing filters them.
    Help {
        input: TextArea,
        scroll: usize,
    },
    /// Every action, found by typing.
    Palette {
        input: TextArea,
        /// Which of those found.
        at: usize,
    },
    /// Which rows to show; the grid follows while one types.
    Filter(Box<FilterMenu>),
    /// Which models are shown.
    Models(Box<ShownModels>),
    /// The models of the experiment are changed.
    ModelChoice(Box<ModelChoice>),
    /// A new experiment is chosen.
    NewExperiment(Box<ExperimentForm>),
    Menu {
        title: String,
        items: Vec<Item>,
        at: usize,
    },
    /// A line is typed.
    Line {
        what: LinePurpose,
        input: TextArea,
    },
    /// Paraphrases of a level.
    Paraphrases(Box<ParaphraseReview>),
    /// What a run would send.
    Plan,
    Advice {
        scroll: usize,
    },
    /// A search for a better wording; the candidate under the cursor.
    WordingSearch {
        at: usize,
    },
    /// What is wrong with templates and rows.
    Problems {
        at: usize,
    },
    /// All that is known of the cell under the cursor.
    Row {
        scroll: usize,
        /// Whether the shots of the prompt are shown.
        unfolded: bool,
    },
    Text {
        title: String,
        text: String,
        scroll: usize,
    },
    /// Something went wrong; one or more lines.
    Message(String),
    Ask(Confirmation),
    /// A template is edited in place.
    TextArea {
        path: std::path::PathBuf,
        text: Box<TextArea>,
    },
    Settings {
        at: usize,
        /// From before, for Esc.
        before: Box<ViewSettings>,
    },
}

impl Overlay {
    /// Whether a line of it can be chosen.
    pub fn is_list(&self) -> bool {
        matches!(self, Overlay::Menu { .. } | Overlay::Problems { .. })
    }

    /// Whether the view changes while it is open, and Esc restores the one before.
    pub fn is_preview(&self) -> bool {
        matches!(
            self,
            Overlay::Filter(_) | Overlay::Models(_) | Overlay::Settings { .. }
        )
    }

    /// Whether keys are letters of a text here.
    pub fn types(&self) -> bool {
        matches!(
            self,
            Overlay::Help { .. }
                | Overlay::Palette { .. }
                | Overlay::Filter(_)
                | Overlay::Line { .. }
                | Overlay::ModelChoice(_)
                | Overlay::NewExperiment(_)
        )
    }

    /// How far its text is scrolled.
    pub fn scroll_mut(&mut self) -> Option<&mut usize> {
        match self {
            Overlay::Help { scroll, .. }
            | Overlay::Row { scroll, .. }
            | Overlay::Advice { scroll }
            | Overlay::Text { scroll, .. }
            | Overlay::Ask(
                Confirmation::WriteExperiment(_, scroll) | Confirmation::WriteWording(_, scroll),
            ) => Some(scroll),
            _ => None,
        }
    }

    /// The selected line of its list.
    pub fn selected_mut(&mut self) -> Option<&mut usize> {
        match self {
            Overlay::Palette { at, .. }
            | Overlay::Menu { at, .. }
            | Overlay::Problems { at }
            | Overlay::WordingSearch { at }
            | Overlay::Settings { at, .. } => Some(at),
            Overlay::Paraphrases(review) => Some(&mut review.at),
            Overlay::Filter(menu) => Some(&mut menu.at),
            Overlay::Models(shown) => Some(&mut shown.at),
            Overlay::ModelChoice(choice) => Some(&mut choice.at),
            Overlay::NewExperiment(form) => Some(&mut form.at),
            _ => None,
        }
    }

    /// The text that keys edit here.
    pub fn editor(&mut self) -> Option<&mut TextArea> {
        match self {
            Overlay::Help { input, .. }
            | Overlay::Palette { input, .. }
            | Overlay::Line { input, .. } => Some(input),
            Overlay::Filter(menu) => Some(&mut menu.input),
            Overlay::TextArea { text, .. } => Some(text),
            _ => None,
        }
    }
}
