//! What is known, measured or said, before anything is concluded from it.

use super::{BreakEven, GpuMemoryEstimate, Tuned};
use crate::{
    analysis::Interval,
    outcome::RowCounts,
    project::{Changes, Deployment, Resources, Task},
};
use serde::Serialize;

/// Where the score of a model stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelScore {
    /// `endpoint/model`.
    pub model: String,
    /// Name of the best wording.
    pub variant: String,
    /// Score to expect of it on new rows, with the interval of its own score around that.
    pub held_out: Interval,
    /// Rows that were scored.
    pub rows: usize,
    /// Wordings that were tried.
    pub wordings: usize,
    /// Share of its answers in which nothing could be read.
    pub unreadable: f64,
}

/// What rewording could reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Headroom {
    /// Share of rows that some wording gets right: no choice among these wordings can do better.
    pub reachable: f64,
    /// Share of rows that no wording gets right.
    pub hopeless: f64,
    /// How many rows are correct under some wording, flip, are fragile, are always wrong.
    pub row_counts: RowCounts,
    /// Ids of some of those.
    pub hopeless_rows: Vec<String>,
    /// Ids of the rows whose answer depends most on the wording.
    pub fragile_rows: Vec<String>,
}

/// The score at a number of shots.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    pub shots: usize,
    /// Measured, with its interval over rows.
    pub score: Interval,
}

/// How the score grows with the number of shots: a − b·(n + 1)^(−c), as the prompt without shots counts too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    pub points: Vec<CurvePoint>,
    /// Where it levels off; `None` below three points.
    pub ceiling: Option<Interval>,
    /// What twice as many shots would add to the last point; `None` below three points.
    pub doubling: Option<Interval>,
}

/// Whether models fail on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ErrorAgreement {
    /// Models compared, each with its best wording.
    pub models: usize,
    /// Of the rows that one of them gets wrong, the share that another gets wrong too; mean over pairs.
    pub shared: f64,
    /// The share that chance alone would make.
    pub by_chance: f64,
    /// Share of all rows that no wording of any model gets right.
    pub hopeless: f64,
}

/// What was said, and what was counted. Everything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GivenAnswers {
    /// Labelled rows apart from the evaluation, without duplicates and conflicts; counted or said.
    pub labelled: Option<usize>,
    /// Whether they were counted here.
    pub labelled_counted: bool,
    /// Duplicates that were left out.
    pub duplicates: usize,
    /// Share of the labelled rows, those of the evaluation included, whose text bears two labels.
    pub conflicting: f64,
    /// Ids of rows in conflict.
    pub conflicts: Vec<String>,
    /// Corrected bad cases among the labelled rows.
    pub bad_cases: usize,
    pub task: Option<Task>,
    /// Whether it was read off the metrics rather than said.
    pub task_guessed: bool,
    pub resources: Option<Resources>,
    pub deployment: Option<Deployment>,
    pub changes: Option<Changes>,
    /// The score that is enough.
    pub target: Option<f64>,
    pub calls_per_month: Option<f64>,
    /// Memory of the GPU in GB.
    pub gpu_memory_gb: Option<f64>,
}

/// All that the verdict is drawn from.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// What was said and counted.
    #[serde(flatten)]
    pub given: GivenAnswers,
    /// The best model with its best wording; `None` before the first run.
    pub score: Option<ModelScore>,
    /// Names of other models tried.
    pub others: Vec<String>,
    /// The most frequent expected answer and its share of the rows: what always saying it would score.
    pub majority: Option<(String, f64)>,
    /// What rewording could reach.
    pub headroom: Option<Headroom>,
    /// Best minus worst wording, what chance alone makes of it, and p.
    pub spread: Option<(f64, f64, f64)>,
    /// Share of the variance of scores that is the wording's, alone and with rows.
    pub wording_share: Option<f64>,
    /// How the score grows with shots.
    pub curve: Option<Curve>,
    /// Whether models fail on the same rows.
    pub errors: Option<ErrorAgreement>,
    /// Mean prompt tokens of the best wording, and of the shortest.
    pub prompt_tokens: Option<(f64, f64)>,
    /// Context window of the model, in tokens.
    pub context: Option<u64>,
    /// Median latency of the best wording and of the shortest, ms.
    pub latency_ms: Option<(f64, f64)>,
    /// When tuning pays for itself.
    pub break_even: Option<BreakEven>,
    pub memory: Option<GpuMemoryEstimate>,
    /// A tuned model that was measured already.
    pub tuned: Option<Tuned>,
}
