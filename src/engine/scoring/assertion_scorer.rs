//! Assertions of rows that need a call: of a judge for rubrics, of an embedding model for similarity. Metrics over the same
//! column with the same models share the results.

use super::{
    super::{control::RunSignal, run::Run},
    aux_model::{AuxModelClient, NoAnswer},
    embedding_similarity::EmbeddingSimilarity,
};
use crate::{
    display::one_line,
    model::{Params, Row, TrialRecord},
    read::{answer_text, read_rubric_verdict},
    score::{Assertion, AssertionOutcome, AssertionVerdict, Assertions, Check, Rubric},
};
use std::sync::Arc;

/// Why an answer has no score although the judge answered.
const UNREADABLE: &str = "the judge's answer holds no readable verdict";

pub(super) struct AssertionScorer {
    pub(super) column: String,
    pub(super) judge: Option<Grader>,
    pub(super) likeness: Option<EmbeddingSimilarity>,
}

/// The judge of rubrics.
pub(super) struct Grader {
    pub(super) questions: AuxModelClient,
    pub(super) rubric: Arc<Rubric>,
    pub(super) params: Params,
}

impl AssertionScorer {
    fn list(&self, row: &Row) -> Result<Assertions, NoAnswer> {
        let list = Assertions::from_row(row, &self.column);
        list.map_err(|e| NoAnswer::Because(one_line(&e.to_string())))
    }

    /// Whether an assertion of the row carries this name.
    pub(super) fn names(&self, row: &Row, name: &str) -> bool {
        self.list(row).is_ok_and(|list| list.names(name))
    }

    /// Fetch the embeddings that these answers need.
    pub(super) async fn prepare(&self, run: &Run, answers: &[(&TrialRecord, &Row)]) {
        let Some(likeness) = &self.likeness else {
            return;
        };
        let mut texts = Vec::new();
        for (record, row) in answers {
            let Ok(list) = self.list(row) else { continue };
            for assertion in list.each() {
                if let Check::Similar(expected) = &assertion.check {
                    texts.extend(
                        record
                            .outcome
                            .completion()
                            .map(|c| answer_text(&c.text).into_owned()),
                    );
                    texts.extend(expected.iter().cloned());
                }
            }
        }
        likeness.fetch(run, texts.into_iter()).await;
    }

    /// What the assertions of a row come to for an answer.
    pub(super) async fn outcome(
        &self,
        run: &Run,
        until: RunSignal,
        record: &TrialRecord,
        row: &Row,
    ) -> Result<AssertionOutcome, NoAnswer> {
        let list = self.list(row)?;
        let Some(completion) = record.outcome.completion() else {
            return Err(NoAnswer::Because("there is no answer".into()));
        };
        let answer = answer_text(&completion.text);
        let mut verdicts = list.judge(&answer, completion, record.cost_usd);
        for (assertion, verdict) in list.each().zip(&mut verdicts) {
            if verdict.is_none() {
                let asked = self.ask(run, until, assertion, row, &answer);
                *verdict = Some(asked.await?);
            }
        }
        let outcome = list.outcome(&verdicts);
        outcome.ok_or_else(|| NoAnswer::Because("an assertion has no verdict".into()))
    }

    async fn ask(
        &self,
        run: &Run,
        until: RunSignal,
        assertion: &Assertion,
        row: &Row,
        output: &str,
    ) -> Result<AssertionVerdict, NoAnswer> {
        match (&assertion.check, &self.judge, &self.likeness) {
            (Check::Rubric(rubric), Some(judge), _) => {
                let prompt = judge.rubric.hold(row, output, rubric);
                let prompt = prompt.map_err(|e| NoAnswer::Because(one_line(&e.to_string())))?;
                let asked = judge.questions.ask(run, until, &prompt, &judge.params, 0);
                let answer = asked.await?;
                let verdict = read_rubric_verdict(&answer.reply()).ok();
                let verdict = verdict
                    .map(|found| AssertionVerdict::from_rubric(found.value, assertion.threshold));
                let verdict = verdict.map(|said| assertion.judge_verdict(said));
                verdict.ok_or_else(|| NoAnswer::Because(UNREADABLE.into()))
            }
            // An empty answer is like nothing.
            (Check::Similar(_), _, Some(_)) if output.trim().is_empty() => {
                Ok(assertion.similarity_verdict(&[0.0]))
            }
            (Check::Similar(expected), _, Some(likeness)) => {
                let cosines: Result<Vec<f64>, NoAnswer> = expected
                    .iter()
                    .map(|text| likeness.cosine(run, output, text))
                    .collect();
                Ok(assertion.similarity_verdict(&cosines?))
            }
            _ => Err(NoAnswer::Because(
                "the metric names no model for this assertion".into(),
            )),
        }
    }
}
