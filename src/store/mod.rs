//! SQLite: runs, trials, completions; resume and reuse.
//!
//! One writer thread takes finished trials in batches; a trial counts as done only when its batch is committed.
//! Completions are content-addressed by endpoint, request body and sample number, and are never deleted with a run:
//! they were paid for. Knows no engine; `engine` writes, `report` and `tui` read.

mod address;
mod badcases;
mod batches;
mod bundle;
mod busy;
mod check;
mod claim;
mod completion;
mod embeddings;
mod error;
mod filter;
mod gather;
mod heads;
mod import_completions;
mod key;
mod lease;
mod lease_row;
mod merge;
mod merge_shards;
mod note;
mod open;
mod opinions;
mod others;
mod process;
mod prompts;
mod run;
mod run_counts;
mod run_lookup;
mod run_slot;
mod schema;
mod score;
mod seal_openings;
mod searches;
mod stored_completions;
mod stored_grids;
mod stored_prompts;
mod stored_trials;
mod trial;
mod tunings;
mod write;
mod writer;

pub use badcases::BadCase;
pub use batches::SubmittedBatch;
pub use bundle::BundleError;
pub use check::{RunningRun, StoreCheck, StoreProblem};
pub use claim::Claim;
pub use error::StoreError;
pub use gather::GatheredTrials;
pub use key::CompletionKey;
pub use lease::RunLease;
pub use merge::MergeConflict;
pub use merge_shards::{MergeError, Merged, MergedPart};
pub use open::create_store_folder;
pub use opinions::Unscored;
pub use run::{RunInfo, RunOrigin, StoredTemplate, run_id, search_id, unix_now};
pub use run_counts::RunCounts;
pub use run_slot::RunSlot;
pub use score::{OnScoresWritten, ScoreWrite};
pub use seal_openings::{SealOpening, SealOpeningRecord};
pub use trial::{OnWritten, TrialWrite};
pub use tunings::Tuning;
pub use write::Store;
