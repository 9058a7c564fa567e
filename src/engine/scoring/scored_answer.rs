//! The scores of one answer that need a call.

use super::{
    super::{control::RunSignal, run::Run},
    assertion_scorer::AssertionScorer,
    aux_model::NoAnswer,
    external_metric::{ExternalMetric, ExternalScorer},
};
use crate::{
    model::{Opinion, Row, RunId, Scores, TrialRecord},
    project::AssertionPart,
    read::answer_text,
    score::{AssertionOutcome, NoReply},
};
use serde_json::json;
use std::sync::Arc;

/// The new scores of one answer.
pub(super) struct ScoredAnswer {
    pub(super) scores: Scores,
    pub(super) opinions: Vec<Opinion>,
    /// The metrics that gave no score, by their place in the list of these metrics, and why.
    pub(super) missing: Vec<(usize, String)>,
}

impl ScoredAnswer {
    /// Compute the scores that an answer lacks; `None` where the run is being ended.
    pub(super) async fn compute(
        metrics: &[ExternalMetric],
        run: &Run,
        id: &RunId,
        until: RunSignal,
        record: &TrialRecord,
        row: &Row,
    ) -> Option<ScoredAnswer> {
        let scorer = &run.plan.scorer;
        let mut scored = ScoredAnswer {
            scores: record.scores.clone(),
            opinions: Vec::new(),
            missing: Vec::new(),
        };
        // The outcome of the assertions of the row, by scorer.
        let mut known: Vec<(&Arc<AssertionScorer>, AssertionOutcome)> = Vec::new();
        for (at, metric) in metrics.iter().enumerate() {
            if !record.scores.0.get(metric.place)?.is_missing() {
                continue;
            }
            let view = match metric.view(record) {
                Ok(view) => view,
                Err(NoReply::Lacking) => {
                    let score = NoReply::LACKING_SCORE;
                    scorer.complete(&mut scored.scores, metric.place, score);
                    continue;
                }
                Err(NoReply::Unknown) => {
                    let reason = "what was said in its conversation is not stored";
                    scored.missing.push((at, reason.to_owned()));
                    continue;
                }
            };
            let record = &*view;
            let opinions = &mut scored.opinions;
            let given = match &metric.scorer {
                ExternalScorer::ContentFree(content_free) => {
                    match content_free.scores(run, until, record, row).await {
                        Ok(parts) => {
                            scorer.complete_parts(&mut scored.scores, metric.place, parts);
                            continue;
                        }
                        Err(reason) => Err(reason),
                    }
                }
                ExternalScorer::EmbeddingSimilarity(similarity) => {
                    similarity.score(run, record, row)
                }
                ExternalScorer::Judge(judge) => {
                    judge.score(run, id, until, record, row, opinions).await
                }
                ExternalScorer::Assertions {
                    asserted,
                    part: AssertionPart::Named(name),
                    ..
                } if !asserted.names(row, name) => continue,
                ExternalScorer::Assertions { asserted, part, .. } => {
                    let same = known.iter().find(|(by, _)| Arc::ptr_eq(by, asserted));
                    match same {
                        Some((_, outcome)) => Ok(outcome.part(part)),
                        None => {
                            let place = metric.place as u32;
                            let outcome =
                                asserted.outcome(run, until, record, row, place, opinions);
                            outcome.await.map(|outcome| {
                                let score = outcome.part(part);
                                known.push((asserted, outcome));
                                score
                            })
                        }
                    }
                }
                ExternalScorer::Program(program) => {
                    let score = program.score(&program_input(run, record, row)).await;
                    score.map_err(|error| NoAnswer::Because(error.to_string()))
                }
            };
            match given {
                Ok(score) => scorer.complete(&mut scored.scores, metric.place, score),
                Err(NoAnswer::Because(reason)) => scored.missing.push((at, reason)),
                Err(NoAnswer::Interrupted) => return None,
            }
        }
        Some(scored)
    }
}

/// The input of a scoring program.
fn program_input(run: &Run, record: &TrialRecord, row: &Row) -> serde_json::Value {
    let (plan, id) = (&run.plan, record.id);
    let variant = plan.variants.get(id.variant as usize);
    json!({
        "output": record.outcome.completion().map(|c| answer_text(&c.text)),
        "expected": row.expected,
        "row": row.fields,
        "row_id": row.id,
        "variant": variant.map(|v| v.name.as_str()),
        "model": plan.models.get(id.model as usize),
        "sample": id.sample,
    })
}
