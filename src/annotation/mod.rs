//! What people say about rows: labels, kept in journals that are only appended to, and which row a person sees next.
//!
//! Pure but for the journal's file. Knows datasets, not screens and not engines: the overlay of labels on a dataset is
//! called by `engine::Plan`, the screen by `tui`.

mod agreement;
mod answer_form;
mod evidence;
mod export;
mod grade_pairs;
mod journal;
mod journal_writer;
mod label;
mod labels;
mod merge;
mod overlay;
mod pair_queue;
mod preference;
mod priority_draw;
mod queue;
mod rating;
mod rating_session;
mod row_identity;
mod selection_weights;
mod walk_order;

pub use agreement::{Confusion, DisputedRow, LabelAgreement, PairAgreement, PersonLabels};
pub use answer_form::{AnswerError, AnswerForm};
pub use evidence::{MajorityVote, RowEvidence, best_two};
pub use export::{ExportError, ExportForm, export_dataset};
pub use grade_pairs::GradePairs;
pub use journal::{
    Entry, Journal, JournalContents, JournalError, JournalRecord, TornLine, Undo, read_journal,
    standing_records,
};
pub use journal_writer::JournalWriter;
pub use label::{Decision, LabelRecord, Selection, SelectionReason, Suggestion, same_answer};
pub use labels::{Labels, RowLabels, Standing};
pub use merge::{MergeCounts, merge_journals};
pub use overlay::{LabelError, overlay_labels};
pub use pair_queue::{PairQueue, PairSelection, PairStratum, PairTurn, QueueStep};
pub use preference::{PairConsensus, RatedPair, rated_pairs};
pub use queue::{LabelQueue, QueueOrder, QueueRow, QueueSpec, RowState};
pub use rating::{Grade, GradeScale, Preference, Rating, RatingRecord, RatingSubject, ShownOutput};
pub use rating_session::{ALPHA, ItemRating, RatedItem, RatingSession};
pub use row_identity::{RowIdentity, RowPlaces};
pub use selection_weights::SelectionWeights;
