//! An answer to be scored, and what a metric makes of it.

use crate::{
    model::{Completion, Row, Score},
    read::{AnswerText, Reading, Unreadable},
};
use std::{borrow::Cow, ops::Range};

/// What a metric makes of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) score: Score,
    /// Scores of its parts, where they come with it.
    pub(super) parts: Vec<Score>,
    /// Where in the answer text the metric read its answer.
    pub(super) span: Option<Range<usize>>,
    pub(super) unreadable: Option<Unreadable>,
}

impl Judged {
    pub(super) fn read(value: f64, answer: Reading<String>) -> Judged {
        Judged {
            score: Score {
                value,
                answer: Some(answer.value),
                unreadable: false,
            },
            parts: Vec::new(),
            span: Some(answer.span),
            unreadable: None,
        }
    }

    /// What was read alone: there is nothing to compare it with.
    pub(super) fn without_score(mut self) -> Judged {
        self.score.value = Score::MISSING.value;
        self.parts.fill(Score::MISSING);
        self
    }

    pub(super) fn whole(value: f64, text: &str) -> Judged {
        Judged {
            span: Some(trimmed(text)),
            ..Judged::from(Score::new(value))
        }
    }
}

impl From<Score> for Judged {
    fn from(score: Score) -> Judged {
        Judged {
            score,
            parts: Vec::new(),
            span: None,
            unreadable: None,
        }
    }
}

impl From<Unreadable> for Judged {
    fn from(reason: Unreadable) -> Judged {
        Judged {
            score: UNREADABLE,
            parts: Vec::new(),
            span: None,
            unreadable: Some(reason),
        }
    }
}

pub(super) const UNREADABLE: Score = Score {
    value: 0.0,
    answer: None,
    unreadable: true,
};

/// An answer to be scored, with what the metrics need beside its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scored<'a> {
    pub(super) answer: &'a AnswerText<'a>,
    pub(super) completion: &'a Completion,
    pub(super) row: &'a Row,
    /// The right answers of the row, as text.
    pub(super) expected: &'a [Cow<'a, str>],
    pub(super) cost_usd: Option<f64>,
}

impl Scored<'_> {
    /// Why there is no answer, where there is none.
    pub(super) fn missing(&self) -> Option<Unreadable> {
        let reason = self.answer.missing()?;
        let is_thinking = self
            .completion
            .reasoning
            .as_ref()
            .is_some_and(|r| !r.trim().is_empty());
        Some(match reason {
            Unreadable::Empty if is_thinking => Unreadable::ThoughtsOnly,
            other => other,
        })
    }
}

/// The place of a text without the white space around it.
pub(super) fn trimmed(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}
