//! Work done beside the session: reads files and the store, computes what takes time. Knows the model only.

mod advice;
mod bad_cases;
mod estimate;
mod job_runner;
mod paraphrase;

pub use job_runner::JobRunner;
pub(super) use paraphrase::offer_paraphrases;
