//! Scores that need a call: of an embedding model, a judge or a program.
//!
//! They come after the answers. A trial is written with the scores that are pure functions, the others missing; when all
//! answers are durable, the answers with a missing score are read from the store page by page, the models and programs are called,
//! and the scores are written over the trial. So a run that was killed in the middle continues where it stopped, a run that
//! reuses its answers sends nothing for them, and an unreachable model costs scores but no answers. Verdicts and
//! embeddings are kept like completions: what was paid for is not requested again.

mod assertion_scorer;
mod aux_model;
mod connect;
mod content_free;
mod embedding_similarity;
mod external_metric;
mod external_metrics;
mod judge;
mod scored_answer;
mod stage;
mod verdict_format;

pub(super) use external_metrics::ExternalMetrics;
pub(super) use stage::score_answers;
