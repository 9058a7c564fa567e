//! A metric whose scores need a call: of an embedding model, a judge or a program.

use super::{
    super::run::Run,
    assertion_scorer::AssertionScorer,
    aux_model::{AuxModelClient, JudgeUsage},
    content_free::ContentFree,
    embedding_similarity::EmbeddingSimilarity,
    judge::Judge,
};
use crate::{
    model::{Completion, Outcome, Row, Score, Scores, TrialRecord},
    project::AssertionPart,
    score::{NoReply, Program, named_reply},
};
use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
};

pub(super) struct ExternalMetric {
    /// Its place among the metrics of the experiment.
    pub(super) place: usize,
    pub(super) name: String,
    /// The reply of a conversation that it reads; else the last one.
    pub(super) reply: Option<String>,
    pub(super) scorer: ExternalScorer,
}

/// Who computes its scores.
pub(super) enum ExternalScorer {
    EmbeddingSimilarity(EmbeddingSimilarity),
    Judge(Box<Judge>),
    Program(Box<Program>),
    ContentFree(ContentFree),
    /// One figure of the assertions of rows; the first of the metrics that share them owns them.
    Assertions {
        asserted: Arc<AssertionScorer>,
        part: AssertionPart,
        owns: bool,
    },
}

impl ExternalMetric {
    pub(super) fn is_missing(&self, scores: &Scores) -> bool {
        scores.0.get(self.place).is_none_or(Score::is_missing)
    }

    /// A trial as it is to be scored: with the reply that is read as its answer.
    pub(super) fn view<'r>(
        &self,
        record: &'r TrialRecord,
    ) -> Result<Cow<'r, TrialRecord>, NoReply> {
        let Some(name) = &self.reply else {
            return Ok(Cow::Borrowed(record));
        };
        let completion = record.outcome.completion().ok_or(NoReply::Unknown)?;
        let reply = named_reply(completion, name)?;
        Ok(Cow::Owned(TrialRecord {
            outcome: Outcome::Completed(Completion::of_reply(reply)),
            ..record.clone()
        }))
    }
}

impl ExternalScorer {
    /// Fetch what these answers need, many in a request.
    pub(super) async fn prepare(&self, run: &Run, answers: &[(&TrialRecord, &Row)]) {
        match self {
            ExternalScorer::EmbeddingSimilarity(similarity) => {
                similarity.prepare(run, answers).await
            }
            ExternalScorer::Assertions { asserted, .. } => asserted.prepare(run, answers).await,
            ExternalScorer::Judge(_)
            | ExternalScorer::Program(_)
            | ExternalScorer::ContentFree(_) => {}
        }
    }

    /// The requests made for it so far.
    pub(super) fn usage(&self) -> JudgeUsage {
        let (clients, similarity): (Vec<&AuxModelClient>, _) = match self {
            ExternalScorer::EmbeddingSimilarity(similarity) => (Vec::new(), Some(similarity)),
            ExternalScorer::Judge(judge) => (vec![&judge.questions], None),
            ExternalScorer::ContentFree(content_free) => {
                (content_free.models.iter().collect(), None)
            }
            ExternalScorer::Assertions {
                asserted,
                owns: true,
                ..
            } => {
                let judge = asserted.judge.iter().map(|judge| &judge.questions);
                (judge.collect(), asserted.likeness.as_ref())
            }
            ExternalScorer::Assertions { .. } | ExternalScorer::Program(_) => (Vec::new(), None),
        };
        let mut sum = JudgeUsage {
            sent: similarity.map_or(0, |s| s.sent.load(Ordering::Relaxed)),
            ..JudgeUsage::default()
        };
        for usage in clients.into_iter().map(AuxModelClient::usage) {
            sum.sent += usage.sent;
            sum.reused += usage.reused;
            if let Some(cost) = usage.cost_usd {
                *sum.cost_usd.get_or_insert(0.0) += cost;
            }
        }
        sum
    }
}
