//! Work done beside the session: reads files and the store, computes what takes time. Knows the model only.

mod advice;
mod bad_cases;
mod cell_texts;
mod current_answers;
mod estimate;
mod export;
mod job_runner;
mod paraphrase;
mod project_files;
mod stored_runs;
mod wording_search;

pub use job_runner::JobRunner;
pub(super) use paraphrase::offer_paraphrases;
pub(super) use wording_search::search_wording;
