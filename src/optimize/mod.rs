//! A search for better wordings: written from failures, accepted by tests, judged once on sealed rows.
//!
//! [`Search`] is pure: it says what to try or ask next. [`Optimizer`] takes its steps through the engine and keeps a record.

mod candidate;
mod check;
mod drive;
mod error;
mod evidence;
mod pool;
mod proposals;
mod record;
mod regions;
mod search;
mod step;
mod trial_scores;
mod trials;
mod words;
#[cfg(test)]
mod worlds;
mod writer;

pub use candidate::{Candidate, CandidateId, CandidateState};
pub use check::{Leaks, Unfit};
pub use drive::{Optimizer, SearchEvent, SearchInputs, candidate_name};
pub use error::OptimizeError;
pub use evidence::Evidence;
pub use record::{
    CandidateRecord, Ending, PartSizes, ProposalRecord, SealedComparison, SearchRecord,
    SearchRequest, SearchVerdict, Spent,
};
pub use regions::{Region, Regions, Texts};
pub use search::Search;
pub use step::{Proposal, SearchSettings, Step};
use words::words;
pub use writer::{Edit, Failure, TriedEdit, WriterBrief, read_edits};
