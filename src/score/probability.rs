//! The probability that a model gave to the expected label, by the log-probabilities of its tokens.

use super::judged::{Judged, Scored, UNREADABLE};
use crate::{
    model::{Completion, Score},
    project::ProbabilityScore,
    read::{
        AnswerText, AnswerTokens, LabelPrefixes, LabelReader, LabelSetError, LabelShares,
        LabelSpec, UnknownShares, Unreadable,
    },
    stats::{brier_score, log_score},
};
use std::ops::Range;

/// What is scored of an answer beside the main score, each a metric of its own.
pub(super) const PARTS: [&str; 4] = ["expected", "brier", "log", "confidence"];

/// Labels to find in answers, and their probabilities there.
#[derive(Debug)]
pub(super) struct LabelProbabilities {
    pub(super) reader: LabelReader,
    prefixes: LabelPrefixes,
}

impl LabelProbabilities {
    pub(super) fn new(labels: &[LabelSpec]) -> Result<LabelProbabilities, LabelSetError> {
        Ok(LabelProbabilities {
            reader: LabelReader::new(labels)?,
            prefixes: LabelPrefixes::new(labels),
        })
    }

    /// Where in the output the answer gives a label.
    pub(super) fn place(&self, answer: &AnswerText<'_>) -> Result<Range<usize>, Unreadable> {
        let found = self.reader.read(answer.text())?;
        Ok(answer.span_in_output(found.span))
    }

    /// The probabilities where the answer gives a label.
    fn shares(
        &self,
        completion: &Completion,
        place: usize,
        prior: Option<&[f64]>,
    ) -> Result<LabelShares, UnknownShares> {
        let tokens = completion.logprobs.as_deref();
        let tokens = tokens.and_then(|json| AnswerTokens::new(json, &completion.text));
        let tokens = tokens.ok_or(UnknownShares::NoToken)?;
        self.prefixes.chances(&tokens, place)?.shares(prior)
    }

    /// The score of an answer and its parts. Where the server's list does not tell the labels apart, they are missing: not wrong.
    pub(super) fn judge(
        &self,
        scored: &Scored<'_>,
        rule: ProbabilityScore,
        prior: Option<&[f64]>,
    ) -> Judged {
        let found = match self.reader.read(scored.answer.text()) {
            Ok(found) => found,
            Err(reason) => return unreadable(reason),
        };
        let place = scored.answer.span_in_output(found.span.clone()).start;
        let (score, parts) = match self.shares(scored.completion, place, prior) {
            Ok(shares) => self.scores(&shares.shares, scored, rule),
            Err(_) => missing(),
        };
        Judged {
            score,
            parts,
            span: Some(found.span),
            unreadable: None,
        }
    }

    fn scores(
        &self,
        shares: &[f64],
        scored: &Scored<'_>,
        rule: ProbabilityScore,
    ) -> (Score, Vec<Score>) {
        let mut right = vec![false; shares.len()];
        let expected = scored.expected.iter();
        for label in expected.filter_map(|text| self.reader.index_of(text)) {
            right[label] = true;
        }
        let of_right = shares.iter().zip(&right).filter(|(_, is_right)| **is_right);
        let expected: f64 = of_right.map(|(share, _)| share).sum();
        let top = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
        // Several right labels count as one.
        let others = shares
            .iter()
            .zip(&right)
            .filter(|(_, is_right)| !**is_right);
        let confidence = others.fold(expected, |most, (share, _)| most.max(*share));
        let (brier, log) = (brier_score(shares, &right), log_score(expected));
        let value = match rule {
            ProbabilityScore::Expected => expected,
            ProbabilityScore::Brier => brier,
            ProbabilityScore::Log => log,
        };
        let score = Score {
            answer: top.map(|label| self.reader.name(label).to_owned()),
            ..Score::new(value)
        };
        let parts = [expected, brier, log, confidence];
        (score, parts.map(Score::new).to_vec())
    }

    /// The probabilities of labels in an answer to a prompt without content; where it gives no label, at its first token.
    pub(super) fn prior(&self, completion: &Completion) -> Option<Vec<f64>> {
        let place = self.place(&AnswerText::new(&completion.text));
        if let Ok(place) = place
            && let Ok(found) = self.shares(completion, place.start, None)
        {
            return Some(found.shares);
        }
        let tokens = AnswerTokens::new(completion.logprobs.as_deref()?, &completion.text)?;
        let found = self.prefixes.first_chances(&tokens)?.shares(None).ok()?;
        Some(found.shares)
    }
}

/// An answer without a score, and its parts.
fn missing() -> (Score, Vec<Score>) {
    (Score::MISSING, vec![Score::MISSING; PARTS.len()])
}

pub(super) fn unasked() -> Judged {
    let (score, parts) = missing();
    Judged {
        parts,
        ..Judged::from(score)
    }
}

pub(super) fn unreadable(reason: Unreadable) -> Judged {
    Judged {
        parts: vec![UNREADABLE; PARTS.len()],
        ..Judged::from(reason)
    }
}
