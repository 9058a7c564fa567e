//! A cell: the samples of one variant on one row, summarized and judged against the threshold of the metric.

use super::{
    cell_state::CellState,
    grid::Grid,
    packed_cell::{AnswerId, PackedCell},
};
use crate::model::FailureKind;
use serde::Serialize;

/// A mean of scores that rounding leaves just below a threshold reaches it.
const TOLERANCE: f64 = 1e-6;

/// Whether a score reaches the threshold of its metric.
pub fn is_correct(score: f64, threshold: f64) -> bool {
    score >= threshold - TOLERANCE
}

/// The answer that most samples of a cell gave. Failed and cut off samples do not count, nor those without a score of which it is not
/// known what was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MajorityAnswer {
    /// No answer yet.
    #[default]
    Nothing,
    Answer(AnswerId),
    /// The metric read no answer: the score, as bits.
    Score(u64),
    Unreadable,
    Refused,
}

/// What a cell came to. With several samples: by their mean score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CellOutcome {
    /// The mean score is at or above the threshold.
    Correct,
    /// The mean score is above 0 and below the threshold.
    PartlyCorrect,
    /// The score is 0.
    Wrong,
    /// The metric found no answer in any sample, whether there is something to compare it with or not.
    Unreadable,
    Refused,
    /// Every sample was cut off at the token limit before an answer could be read.
    CutOff,
    Failed,
    /// Answered, but not scored yet.
    Unscored,
    Running,
    #[default]
    Pending,
}

impl CellOutcome {
    /// One character, distinct without color.
    pub fn sign(self) -> &'static str {
        match self {
            CellOutcome::Correct => "✓",
            CellOutcome::PartlyCorrect => "±",
            CellOutcome::Wrong => "✗",
            CellOutcome::Unreadable => "~",
            CellOutcome::Refused => "⊘",
            CellOutcome::CutOff => "✂",
            CellOutcome::Failed => "!",
            CellOutcome::Unscored => "∅",
            CellOutcome::Running => "…",
            CellOutcome::Pending => "·",
        }
    }

    /// The outcome in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            CellOutcome::Correct => "correct",
            CellOutcome::PartlyCorrect => "partly correct",
            CellOutcome::Wrong => "wrong",
            CellOutcome::Unreadable => "unreadable",
            CellOutcome::Refused => "refused",
            CellOutcome::CutOff => "cut off",
            CellOutcome::Failed => "failed",
            CellOutcome::Unscored => "not scored",
            CellOutcome::Running => "running",
            CellOutcome::Pending => "pending",
        }
    }

    /// The outcome of a score above nothing readable: correct, partly correct or wrong.
    pub fn of_score(score: f64, threshold: f64) -> CellOutcome {
        if is_correct(score, threshold) {
            CellOutcome::Correct
        } else if score > TOLERANCE {
            CellOutcome::PartlyCorrect
        } else {
            CellOutcome::Wrong
        }
    }

    /// The outcome of a single sample.
    pub fn of_sample(state: CellState, score: Option<f64>, threshold: f64) -> CellOutcome {
        match state {
            CellState::Pending => CellOutcome::Pending,
            CellState::Running => CellOutcome::Running,
            CellState::Unscored => CellOutcome::Unscored,
            CellState::UnscoredUnreadable => CellOutcome::Unreadable,
            CellState::Failed(_) => CellOutcome::Failed,
            CellState::Unreadable => CellOutcome::Unreadable,
            CellState::Refused => CellOutcome::Refused,
            CellState::Truncated => CellOutcome::CutOff,
            CellState::Scored => CellOutcome::of_score(score.unwrap_or(0.0), threshold),
        }
    }
}

/// The samples of one cell, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CellSummary {
    /// The most frequent answer; of equally frequent ones, the first.
    pub majority: MajorityAnswer,
    /// How many samples gave it.
    pub majority_count: usize,
    /// The first sample that gave it.
    pub majority_sample: usize,
    /// Samples with a score, readable or not; cut off ones are counted apart.
    pub answered: usize,
    pub distinct_answers: usize,
    /// Samples in which an answer was read.
    pub readable: usize,
    /// Samples at or above the threshold.
    pub correct: usize,
    pub refused: usize,
    pub running: usize,
    pub truncated: usize,
    /// Samples in which an answer was read although the output was cut off at the token limit.
    pub truncated_read: usize,
    /// Samples with an answer that has no score.
    pub unscored: usize,
    /// Those of them in which nothing was read.
    pub unscored_unreadable: usize,
    pub failed: usize,
    /// Why the last failed sample failed.
    pub failure: Option<FailureKind>,
    /// Mean score of the samples that have one.
    pub score: Option<f64>,
    /// Mean latency of the samples with an answer.
    pub latency_ms: f32,
    /// Prompt tokens of all samples.
    pub prompt_tokens: u64,
    /// Completion tokens of all samples.
    pub completion_tokens: u64,
    threshold: f64,
}

impl Grid {
    /// The samples of a cell, counted.
    pub fn summary(&self, variant: usize, row: usize) -> CellSummary {
        CellSummary::new(self.samples_of(variant, row), self.threshold())
    }
}

impl CellSummary {
    pub(super) fn new(samples: &[PackedCell], threshold: f64) -> CellSummary {
        let mut sum = CellSummary {
            threshold,
            ..CellSummary::default()
        };
        let (mut score, mut latency) = (0.0f64, 0.0f64);
        let mut answers: Vec<(MajorityAnswer, usize, usize)> = Vec::new();
        for (sample, cell) in samples.iter().enumerate() {
            sum.prompt_tokens += u64::from(cell.prompt);
            sum.completion_tokens += u64::from(cell.completion);
            match cell.state {
                CellState::Pending => continue,
                CellState::Running => {
                    sum.running += 1;
                    continue;
                }
                CellState::Failed(kind) => {
                    sum.failed += 1;
                    sum.failure = Some(kind);
                    continue;
                }
                CellState::Scored
                | CellState::Unreadable
                | CellState::Refused
                | CellState::Truncated
                | CellState::Unscored
                | CellState::UnscoredUnreadable => {}
            }
            latency += f64::from(cell.latency_ms);
            let mut count = |answer| match answers.iter_mut().find(|(known, ..)| *known == answer) {
                Some((_, n, _)) => *n += 1,
                None => answers.push((answer, 1, sample)),
            };
            if cell.state.is_unscored() {
                sum.unscored += 1;
                match cell.answer_id() {
                    _ if cell.state == CellState::UnscoredUnreadable => {
                        sum.unscored_unreadable += 1;
                        count(MajorityAnswer::Unreadable);
                    }
                    Some(answer) => count(MajorityAnswer::Answer(answer)),
                    None => {}
                }
                continue;
            }
            score += cell.score;
            sum.correct += usize::from(is_correct(cell.score, threshold));
            let answer = match cell.state {
                CellState::Truncated => {
                    sum.truncated += 1;
                    continue;
                }
                CellState::Refused => {
                    sum.refused += 1;
                    MajorityAnswer::Refused
                }
                CellState::Unreadable => MajorityAnswer::Unreadable,
                _ => {
                    sum.readable += 1;
                    sum.truncated_read += usize::from(cell.truncated);
                    cell.answer_id()
                        .map_or(MajorityAnswer::Score(cell.score.to_bits()), |answer| {
                            MajorityAnswer::Answer(answer)
                        })
                }
            };
            sum.answered += 1;
            count(answer);
        }
        let scored = sum.answered + sum.truncated;
        if scored > 0 {
            sum.score = Some(score / scored as f64);
        }
        let all = scored + sum.unscored;
        if all > 0 {
            sum.latency_ms = (latency / all as f64) as f32;
        }
        sum.distinct_answers = answers.len();
        for (answer, n, sample) in answers {
            if n > sum.majority_count {
                (sum.majority, sum.majority_count) = (answer, n);
                sum.majority_sample = sample;
            }
        }
        sum
    }

    /// Whether both have an answer, scored or not, and most samples of the two gave different ones.
    pub fn answers_unlike(&self, other: &CellSummary) -> bool {
        self.majority_count > 0 && other.majority_count > 0 && self.majority != other.majority
    }

    /// Samples with a score.
    pub fn scored(&self) -> usize {
        self.answered + self.truncated
    }

    /// Samples without an answer that could be read: unreadable, refused or cut off.
    pub fn unreadable(&self) -> usize {
        self.scored() - self.readable + self.unscored_unreadable
    }

    /// Mean score of the samples that have one.
    pub fn mean(&self) -> Option<f64> {
        self.score
    }

    pub fn outcome(&self) -> CellOutcome {
        let Some(score) = self.mean() else {
            return match (self.failed, self.running, self.unscored) {
                (0, 0, 0) => CellOutcome::Pending,
                (0, 0, n) if n == self.unscored_unreadable => CellOutcome::Unreadable,
                (0, 0, _) => CellOutcome::Unscored,
                (0, _, _) => CellOutcome::Running,
                _ => CellOutcome::Failed,
            };
        };
        if self.readable > 0 || score > TOLERANCE {
            return CellOutcome::of_score(score, self.threshold);
        }
        match self.majority {
            MajorityAnswer::Refused => CellOutcome::Refused,
            MajorityAnswer::Nothing => CellOutcome::CutOff,
            _ => CellOutcome::Unreadable,
        }
    }

    /// Whether the row is correct under this variant.
    pub fn is_correct(&self) -> bool {
        self.mean()
            .is_some_and(|mean| is_correct(mean, self.threshold))
    }
}

/// How many rows came to each outcome under one variant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CellCounts {
    pub correct: usize,
    pub partly_correct: usize,
    pub wrong: usize,
    /// Unreadable, refused or cut off.
    pub unreadable: usize,
    pub failed: usize,
}

impl CellCounts {
    /// Count the rows of a variant.
    pub fn of_variant(grid: &Grid, variant: usize) -> CellCounts {
        let mut counts = CellCounts::default();
        for row in 0..grid.rows() {
            let count = match grid.summary(variant, row).outcome() {
                CellOutcome::Correct => &mut counts.correct,
                CellOutcome::PartlyCorrect => &mut counts.partly_correct,
                CellOutcome::Wrong => &mut counts.wrong,
                CellOutcome::Unreadable | CellOutcome::Refused | CellOutcome::CutOff => {
                    &mut counts.unreadable
                }
                CellOutcome::Failed => &mut counts.failed,
                CellOutcome::Unscored | CellOutcome::Running | CellOutcome::Pending => continue,
            };
            *count += 1;
        }
        counts
    }
}
