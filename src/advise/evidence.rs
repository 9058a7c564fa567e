//! The evidence, measured or given, before anything is concluded from it.

use super::{BreakEven, GpuMemoryEstimate, ModelSize, Tuned, UnscoredRun};
use crate::{
    analysis::Interval,
    outcome::RowCounts,
    project::{Changes, Deployment, Resources, Task},
};
use serde::Serialize;

/// The score of the best model.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ModelScore {
    /// `endpoint/model`.
    pub model: String,
    pub variant: String,
    /// Score to expect of it on new rows, with the interval of its own score around that.
    pub held_out: Interval,
    pub rows: usize,
    /// Wordings that were compared, this one among them.
    pub wordings: usize,
    /// Share of the rows that each of these was not tried on, on average: in a race, an estimate or a run that was stopped.
    pub not_tried: f64,
    /// Wordings that were not, because too many of their answers were cut.
    pub left_out: usize,
    /// The most that one of those could score, if all its cut answers were right.
    pub left_out_reach: f64,
    /// Whether answers that were cut have been requested again with more room.
    pub raised: bool,
    pub unreadable: f64,
    /// Share of its answers that were cut at `max_tokens`, whatever was read in them.
    pub cut: f64,
    /// The largest such share with which a variant is compared.
    pub max_cut: f64,
}

/// Always giving the most frequent expected answer.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ConstantAnswer {
    pub answer: String,
    /// What that scores.
    pub score: Interval,
    /// How much better the best wording does, on rows that did not choose it.
    pub gain: Interval,
}

/// How often an answer is given, and how often it should be.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct AnswerShare {
    pub answer: String,
    /// Among the readable answers.
    pub given: f64,
    pub expected: f64,
    /// Exact McNemar, by Holm over the answers.
    pub p: f64,
}

impl AnswerShare {
    /// By how much it is given too often.
    pub(crate) fn excess(&self) -> f64 {
        self.given - self.expected
    }
}

/// Which answers the best wording leans to.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct AnswerBias {
    pub shares: Vec<AnswerShare>,
    /// The answer that the best wording gives too often by most.
    pub answer: String,
    /// The least and the largest share of it over the wordings.
    pub over_wordings: (f64, f64),
}

/// What rewording could reach.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Headroom {
    /// Share of rows that at least one wording gets right.
    pub reachable: f64,
    /// The score of the best wording of each row: no choice among these wordings can do better. Where scores are 0 or 1 it is
    /// the same as `reachable`.
    pub best_of_each_row: f64,
    /// The same of as many wordings that are as good on each kind of row, and independent.
    pub reachable_by_chance: f64,
    /// Share of rows that no wording gets right.
    pub hopeless: f64,
    /// The score of the answer that most wordings give; `None` below three wordings, or where no answers are read.
    pub vote: Option<Interval>,
    /// What twice as many wordings like these would add to the best; `None` below two with as many shots as the best.
    pub more_wordings: Option<f64>,
    /// How many rows are correct under some wording, flip, are fragile, are always wrong.
    pub row_counts: RowCounts,
    /// Ids of some of those.
    pub hopeless_rows: Vec<String>,
    /// Ids of the rows whose answer depends most on the wording.
    pub fragile_rows: Vec<String>,
}

/// The score at a number of shots.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct CurvePoint {
    pub shots: usize,
    /// Measured, with its interval over rows.
    pub score: Interval,
}

/// How the score of the best wording grows with the number of shots: a − b·(n + 1)^(−c), as the prompt without shots counts too.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Curve {
    pub points: Vec<CurvePoint>,
    /// Where it levels off; `None` below three points.
    pub ceiling: Option<Interval>,
    /// What twice as many shots would add to the last point; `None` below three points.
    pub doubling: Option<Interval>,
}

/// Whether models fail on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ErrorAgreement {
    /// Models compared, each with its best wording.
    pub models: usize,
    /// Of the rows that one of them gets wrong, the share that another gets wrong too; mean over pairs.
    pub shared: f64,
    /// The share expected by chance.
    pub by_chance: f64,
    /// Share of all rows that no wording of any model gets right.
    pub hopeless: f64,
    /// The same of wordings that are as good and independent.
    pub hopeless_by_chance: f64,
}

/// Median latencies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Latency {
    pub best_ms: f64,
    pub shortest_ms: f64,
    /// Mean number of requests in flight meanwhile; above 1 the latencies include waiting for others. `None` where unknown.
    pub in_flight: Option<f64>,
}

/// What the user gave, and what was counted. Everything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct GivenAnswers {
    /// Labelled rows besides the evaluation, without duplicates and conflicts; counted or given.
    pub labelled: Option<usize>,
    pub labelled_counted: bool,
    pub duplicates: usize,
    /// Share of the labelled rows, including the evaluation, whose text has two labels.
    pub conflicting: f64,
    pub conflicts: Vec<String>,
    /// Corrected bad cases among the labelled rows.
    pub bad_cases: usize,
    /// Pairs of answers of which people prefer one, those of evaluated rows included.
    pub rated_pairs: usize,
    pub task: Option<Task>,
    /// Whether it was guessed from the metrics.
    pub task_guessed: bool,
    pub resources: Option<Resources>,
    pub deployment: Option<Deployment>,
    pub changes: Option<Changes>,
    pub target: Option<f64>,
    pub calls_per_month: Option<f64>,
    pub gpu_memory_gb: Option<f64>,
}

/// Everything the verdict is based on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Evidence {
    #[serde(flatten)]
    pub given: GivenAnswers,
    /// The best model with its best wording; `None` before the first run.
    pub score: Option<ModelScore>,
    /// A run that tells no score.
    pub unscored: Option<UnscoredRun>,
    pub others: Vec<String>,
    /// The size of the best model.
    pub size: Option<ModelSize>,
    pub majority: Option<ConstantAnswer>,
    pub bias: Option<AnswerBias>,
    /// What rewording could reach.
    pub headroom: Option<Headroom>,
    /// Best minus worst wording, what chance alone gives, and p.
    pub spread: Option<(f64, f64, f64)>,
    /// Share of the variance of scores that is the wording's, alone and with rows.
    pub wording_share: Option<f64>,
    pub curve: Option<Curve>,
    /// Whether models fail on the same rows.
    pub errors: Option<ErrorAgreement>,
    /// Mean prompt tokens of the best wording, and of the shortest.
    pub prompt_tokens: Option<(f64, f64)>,
    /// In tokens.
    pub context: Option<u64>,
    /// Of the best wording and of the shortest.
    pub latency: Option<Latency>,
    pub break_even: Option<BreakEven>,
    pub memory: Option<GpuMemoryEstimate>,
    pub tuned: Option<Tuned>,
}
