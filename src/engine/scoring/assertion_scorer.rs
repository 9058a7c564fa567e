//! Assertions of rows that need a call: of a judge for rubrics, of an embedding model for similarity. Metrics over the same
//! column with the same models share the results.

use super::{
    super::{control::RunSignal, run::Run},
    aux_model::{Answer, AuxModelClient, NoAnswer},
    embedding_similarity::EmbeddingSimilarity,
};
use crate::{
    display::one_line,
    model::{Completion, Opinion, Params, Row, TrialRecord},
    project::PromptfooOutput,
    read::{answer_text, judge_reason, read_rubric_verdict},
    score::{
        Assertion, AssertionOutcome, AssertionVerdict, Assertions, Check, Rubric, promptfoo_verdict,
    },
};
use std::{borrow::Cow, sync::Arc};

pub(super) struct AssertionScorer {
    pub(super) column: String,
    pub(super) judge: Option<Grader>,
    pub(super) likeness: Option<EmbeddingSimilarity>,
    /// The output of promptfoo that assertions see.
    pub(super) promptfoo: Option<PromptfooOutput>,
    /// They see the whole answer, with thoughts in tags.
    pub(super) thoughts: bool,
}

/// The judge of rubrics.
pub(super) struct Grader {
    pub(super) questions: AuxModelClient,
    pub(super) rubric: Arc<Rubric>,
    pub(super) params: Params,
}

impl AssertionScorer {
    /// What assertions see of an answer.
    fn seen<'c>(&self, completion: &'c Completion) -> Cow<'c, str> {
        match self.promptfoo {
            Some(form) => form.output(completion),
            None if self.thoughts => completion.message_text().into(),
            None => answer_text(&completion.text),
        }
    }

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
                            .map(|c| self.seen(c).into_owned()),
                    );
                    texts.extend(expected.iter().cloned());
                }
            }
        }
        likeness.fetch(run, texts.into_iter()).await;
    }

    /// What the assertions of a row come to for an answer. What a judge said of rules is put into `opinions`, as of this metric.
    pub(super) async fn outcome(
        &self,
        run: &Run,
        until: RunSignal,
        record: &TrialRecord,
        row: &Row,
        metric: u32,
        opinions: &mut Vec<Opinion>,
    ) -> Result<AssertionOutcome, NoAnswer> {
        let list = self.list(row)?;
        let Some(completion) = record.outcome.completion() else {
            return Err(NoAnswer::Because("there is no answer".into()));
        };
        let answer = self.seen(completion);
        let mut verdicts = list.judge(&answer, completion, record.cost_usd);
        for (at, (assertion, verdict)) in list.each().zip(&mut verdicts).enumerate() {
            if verdict.is_some() {
                continue;
            }
            *verdict = Some(match &assertion.check {
                Check::Rubric(rule) => {
                    let asked = self.ask_judge(run, until, rule, row, &answer).await?;
                    let found = match &self.judge {
                        Some(judge) if self.promptfoo.is_some() => {
                            Some(asked.promptfoo_verdict(assertion, judge))
                        }
                        _ => asked.verdict(assertion),
                    };
                    opinions.push(Opinion {
                        id: record.id,
                        metric,
                        repeat: at as u32,
                        is_rule: true,
                        second: None,
                        value: found.map(|verdict| verdict.score),
                        reason: Some(judge_reason(&asked.0.reply())),
                        reused: asked.0.reused,
                        cost_usd: asked.0.cost_usd,
                    });
                    found.ok_or_else(NoAnswer::unreadable)?
                }
                _ => self.similarity(run, assertion, &answer)?,
            });
        }
        let outcome = list.outcome(&verdicts);
        outcome.ok_or_else(|| NoAnswer::Because("an assertion has no verdict".into()))
    }

    async fn ask_judge(
        &self,
        run: &Run,
        until: RunSignal,
        rule: &str,
        row: &Row,
        output: &str,
    ) -> Result<RuleReply, NoAnswer> {
        let Some(judge) = &self.judge else {
            return Err(no_model());
        };
        let prompt = match self.promptfoo {
            Some(_) => judge.rubric.promptfoo(row, output, rule),
            None => judge.rubric.hold(row, output, rule),
        };
        let prompt = prompt.map_err(|e| NoAnswer::Because(one_line(&e.to_string())))?;
        let asked = judge.questions.ask(run, until, &prompt, &judge.params, 0);
        Ok(RuleReply(asked.await?))
    }

    fn similarity(
        &self,
        run: &Run,
        assertion: &Assertion,
        output: &str,
    ) -> Result<AssertionVerdict, NoAnswer> {
        match (&assertion.check, &self.likeness) {
            // An empty answer is like nothing.
            (Check::Similar(_), Some(_)) if output.trim().is_empty() => {
                Ok(assertion.similarity_verdict(&[0.0]))
            }
            (Check::Similar(expected), Some(likeness)) => {
                let cosines: Result<Vec<f64>, NoAnswer> = expected
                    .iter()
                    .map(|text| likeness.cosine(run, output, text))
                    .collect();
                Ok(assertion.similarity_verdict(&cosines?))
            }
            _ => Err(no_model()),
        }
    }
}

fn no_model() -> NoAnswer {
    NoAnswer::Because("the metric names no model for this assertion".into())
}

/// What the judge replied about a rule.
struct RuleReply(Answer);

impl RuleReply {
    /// As promptfoo reads it: a reply without a verdict fails, whatever is wanted.
    fn promptfoo_verdict(&self, assertion: &Assertion, judge: &Grader) -> AssertionVerdict {
        let format = judge.params.get("response_format");
        let form = PromptfooOutput {
            parse_json: format.is_some_and(|format| format["type"] == "json_schema"),
            ..PromptfooOutput::default()
        };
        match promptfoo_verdict(&form.output(&self.0.completion), assertion.threshold) {
            Some(verdict) => assertion.judge_verdict(verdict),
            None => AssertionVerdict::from_pass(false),
        }
    }

    fn verdict(&self, assertion: &Assertion) -> Option<AssertionVerdict> {
        let found = read_rubric_verdict(&self.0.reply()).ok()?;
        let verdict = AssertionVerdict::from_rubric(found.value, assertion.threshold);
        Some(assertion.judge_verdict(verdict))
    }
}
