//! Scores for which somebody has to be asked: a model that embeds, a judge, a program.
//!
//! They come after the answers. A trial is written with the scores that are pure functions, the others missing; when all
//! answers are durable, the answers with a missing score are read from the store page by page, those who score are asked,
//! and the scores are written over the trial. So a run that was killed in the middle goes on where it stopped, a run that
//! reuses its answers sends nothing for them, and who cannot be reached costs scores and no answer. Verdicts and
//! embeddings are kept like completions: what was paid for is not asked again.

mod assertion_scorer;
mod aux_model;
mod embedding_similarity;
mod judge;
mod stage;

pub(super) use stage::{Scoring, score_answers};
