//! What the metrics of an experiment read in an answer.

use crate::{
    model::Score,
    read::{AnswerText, Unreadable},
};
use std::ops::Range;

/// An answer as the metrics see it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerReading<'a> {
    pub answer: AnswerText<'a>,
    /// One per metric, in their order.
    pub metrics: Vec<MetricReading>,
}

/// What one metric read.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricReading {
    pub metric: String,
    /// The score, and the answer that was read.
    pub score: Score,
    /// Where in the output (thoughts included) the answer stands.
    pub span: Option<Range<usize>>,
    /// Whether the row has what the metric compares with; without it there is no score.
    pub has_expected: bool,
    /// Why nothing could be read.
    pub unreadable: Option<Unreadable>,
}
