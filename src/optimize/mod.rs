//! A search for better wordings: written from failures, accepted by tests, judged once on sealed rows.
//!
//! [`Search`] and [`Shortening`] are pure: they say what to try or ask next. [`Optimizer`] takes its steps through the engine and keeps a record.

mod board;
mod candidate;
mod check;
mod cross_fit;
mod drawn_rows;
mod drive;
mod error;
mod evidence;
#[cfg(test)]
mod fold_worlds;
mod held_out;
mod held_out_comparison;
mod hoped_gain;
mod kept_record;
#[cfg(test)]
mod moved_worlds;
mod moves;
#[cfg(test)]
mod out_of_budget;
mod pieces;
mod pool;
mod proposals;
mod record;
mod regions;
mod screening;
mod sealed_run;
mod sealed_share;
mod search;
mod search_plan;
mod second_chance;
mod setting;
mod settings_alone;
mod shortening;
#[cfg(test)]
mod shorter_worlds;
mod step;
mod strategy;
mod trial_scores;
mod trials;
mod wording_file;
mod words;
#[cfg(test)]
mod worlds;
mod writer;

pub use board::Board;
pub use candidate::{Candidate, CandidateId, CandidateState, candidate_name};
pub use check::{Leaks, Unfit};
pub use cross_fit::{CrossFit, CrossFitPlan};
pub use drive::{Optimizer, SearchEvent, SearchMeans};
pub use error::{Bound, OptimizeError};
pub use evidence::Evidence;
pub use held_out_comparison::{FEWEST_FOLDS, HeldOutComparison, MOST_FOLDS, PooledGain};
pub use hoped_gain::HOPED_GAIN;
pub use pieces::{Piece, Pieces};
pub use record::{
    CandidateRecord, Ending, FoldRecord, PartSizes, PieceRecord, ProposalRecord, Savings,
    SealedComparison, SearchRecord, SearchRequest, SearchVerdict, Spent,
};
pub use regions::{Region, Regions, Texts};
pub use sealed_run::SealedRun;
pub use sealed_share::SealedShare;
pub use search::Search;
pub use search_plan::SearchPlan;
pub use shortening::{PieceEffect, Shortening, ShorteningSettings};
pub use step::{Proposal, SearchSettings, Step};
pub use wording_file::WordingFile;
pub use writer::{Edit, Failure, TriedEdit, WriterBrief, read_edits};
