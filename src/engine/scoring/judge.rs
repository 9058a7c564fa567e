//! A judge: a model that grades an answer by a rubric, or compares it with the baseline's, both ways round.

use super::{
    super::{control::RunSignal, run::Run},
    aux_model::{Answer, AuxModelClient, NoAnswer},
};
use crate::{
    display::one_line,
    model::{Opinion, Params, Row, RunId, Score, TrialId, TrialRecord},
    project::EvalsChoices,
    read::{Preference, answer_text, judge_reason, read_choice, read_grade, read_preference},
    score::Rubric,
};
use std::{borrow::Cow, sync::Arc};

pub(super) struct Judge {
    pub(super) metric: u32,
    pub(super) questions: AuxModelClient,
    pub(super) rubric: Arc<Rubric>,
    pub(super) scale: u32,
    pub(super) pairwise: bool,
    pub(super) repeats: u32,
    pub(super) params: Params,
    /// Choices in the place of grades.
    pub(super) evals: Option<EvalsChoices>,
    /// The variant that others are compared with.
    pub(super) baseline: u32,
}

impl Judge {
    /// The score of an answer: the mean of the verdicts that could be read. The verdicts are put into `opinions` even where
    /// none could be read.
    pub(super) async fn score(
        &self,
        run: &Run,
        id: &RunId,
        until: RunSignal,
        record: &TrialRecord,
        row: &Row,
        opinions: &mut Vec<Opinion>,
    ) -> Result<Score, NoAnswer> {
        let completion = record.outcome.completion();
        let output = completion.map_or_else(Default::default, |c| match &self.evals {
            // The package shows all that the model wrote.
            Some(_) => Cow::Borrowed(c.message_text()),
            None => answer_text(&c.text),
        });
        let output = &*output;
        let values = if self.pairwise {
            let Some(other) = self.other(run, id, record.id)? else {
                return Ok(score(0.5));
            };
            if other == output {
                // No call is needed.
                return Ok(score(0.5));
            }
            self.compare(run, until, record.id, row, [output, &other], opinions)
                .await?
        } else {
            self.grade(run, until, record.id, row, output, opinions)
                .await?
        };
        match values.len() {
            0 => Err(NoAnswer::unreadable()),
            n => Ok(score(values.iter().sum::<f64>() / n as f64)),
        }
    }

    /// The baseline's answer to the same row; `None` where this is the baseline's.
    fn other(&self, run: &Run, id: &RunId, trial: TrialId) -> Result<Option<String>, NoAnswer> {
        if trial.variant == self.baseline {
            return Ok(None);
        }
        let there = TrialId {
            variant: self.baseline,
            ..trial
        };
        let found = run.store.trial(id, there);
        let found = found.map_err(|e| NoAnswer::Because(e.to_string()))?;
        match found.as_ref().and_then(|r| r.outcome.completion()) {
            Some(completion) => Ok(Some(answer_text(&completion.text).into_owned())),
            None => Err(NoAnswer::Because(
                "the baseline has no answer to this row to compare with".into(),
            )),
        }
    }

    async fn grade(
        &self,
        run: &Run,
        until: RunSignal,
        id: TrialId,
        row: &Row,
        output: &str,
        opinions: &mut Vec<Opinion>,
    ) -> Result<Vec<f64>, NoAnswer> {
        let prompt = self.rubric.grade(row, output, self.scale);
        let prompt = prompt.map_err(|e| NoAnswer::Because(one_line(&e.to_string())))?;
        let mut values = Vec::new();
        for repeat in 0..self.repeats {
            let asked = self
                .questions
                .ask(run, until, &prompt, &self.params, repeat)
                .await?;
            let value = self.read(&asked);
            opinions.push(self.opinion(id, repeat, None, value, &asked));
            values.extend(value.or(self.evals.as_ref().map(EvalsChoices::lowest)));
        }
        Ok(values)
    }

    /// The score that a reply names.
    fn read(&self, asked: &Answer) -> Option<f64> {
        let Some(evals) = &self.evals else {
            let steps = f64::from(self.scale.max(2) - 1);
            let grade = read_grade(&asked.reply(), self.scale).ok()?;
            return Some((grade.value - 1.0) / steps);
        };
        let texts = evals.choices.iter().map(|choice| choice.text.as_str());
        let reply = asked.completion.message_text();
        let place = read_choice(reply, texts, evals.matches, evals.from_last)?;
        Some(evals.choices.get(place)?.score)
    }

    /// Each repeat asks twice, with the answers changing places, and counts only where both verdicts can be read: one alone
    /// would hold what the judge thinks of the place.
    async fn compare(
        &self,
        run: &Run,
        until: RunSignal,
        id: TrialId,
        row: &Row,
        [output, other]: [&str; 2],
        opinions: &mut Vec<Opinion>,
    ) -> Result<Vec<f64>, NoAnswer> {
        let prompts = [(output, other), (other, output)].map(|(first, second)| {
            let prompt = self.rubric.compare(row, first, second);
            prompt.map_err(|e| NoAnswer::Because(one_line(&e.to_string())))
        });
        let [first, second] = prompts;
        let prompts = [first?, second?];
        let mut values = Vec::new();
        for repeat in 0..self.repeats {
            let mut both = [None; 2];
            for (is_second, prompt) in prompts.iter().enumerate() {
                let asked = self
                    .questions
                    .ask(run, until, prompt, &self.params, repeat)
                    .await?;
                let value = read_preference(&asked.reply())
                    .ok()
                    .map(|found| match found.value {
                        Preference::Tie => 0.5,
                        Preference::First => 1.0 - is_second as f64,
                        Preference::Second => is_second as f64,
                    });
                both[is_second] = value;
                opinions.push(self.opinion(id, repeat, Some(is_second == 1), value, &asked));
            }
            if let [Some(a), Some(b)] = both {
                values.push((a + b) / 2.0);
            }
        }
        Ok(values)
    }

    fn opinion(
        &self,
        id: TrialId,
        repeat: u32,
        second: Option<bool>,
        value: Option<f64>,
        asked: &Answer,
    ) -> Opinion {
        Opinion {
            id,
            metric: self.metric,
            repeat,
            is_rule: false,
            second,
            value,
            reason: Some(judge_reason(&asked.reply())),
            reused: asked.reused,
            cost_usd: asked.cost_usd,
        }
    }
}

fn score(value: f64) -> Score {
    Score {
        value,
        answer: None,
        unreadable: false,
    }
}
