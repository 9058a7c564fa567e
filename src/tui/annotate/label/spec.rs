//! What a session of labelling is about.

use crate::{
    annotation::{AnswerForm, LabelRecord, QueueOrder, RowEvidence, RowPlaces},
    dataset::Dataset,
    tui::model::Theme,
};

/// What a session of labelling is about.
#[derive(Debug)]
pub struct LabelSpec {
    pub experiment: String,
    /// Name of the person.
    pub person: String,
    pub form: AnswerForm,
    /// The rows with the answers that the dataset itself has.
    pub dataset: Dataset,
    pub places: RowPlaces,
    /// Columns that are shown, in order.
    pub columns: Vec<String>,
    /// All decisions so far that were not withdrawn.
    pub records: Vec<LabelRecord>,
    /// What the stored answers say about each row; empty where there are none.
    pub evidence: Vec<RowEvidence>,
    pub queue: LabelQueueKind,
    /// Show the majority answer before the decision.
    pub suggest: bool,
    /// Decisions after which the session is done.
    pub goal: Option<usize>,
    pub seed: u64,
    pub theme: Theme,
}

/// Which rows a session is about.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelQueueKind {
    /// Rows that need a label.
    Open {
        order: QueueOrder,
        /// Share of rows chosen at random.
        random: f64,
        /// Share of rows that two people label.
        overlap: f64,
        /// Rows that have an answer in the dataset, too.
        answered: bool,
    },
    /// Rows whose labels disagree; what is decided settles them.
    Disputed,
}
