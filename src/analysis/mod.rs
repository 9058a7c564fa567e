//! Grid → findings, in the domain's words, on top of `stats`.
use crate::model::Grid;

/// What the analysis needs to know beside the scores.
#[derive(Debug, Clone)]
pub struct AnalysisSpec {
    /// Index of the baseline variant.
    pub baseline: usize,
    /// Cluster of each row, as small numbers; empty where rows stand alone.
    pub clusters: Vec<u32>,
    /// Seed of the resamples.
    pub seed: u64,
    /// Number of resamples.
    pub resamples: usize,
    /// Margin for equivalence, as a score (0.02).
    pub margin: f64,
    /// Levels of each variant on each axis, for axis effects: axis name → level index per variant.
    pub axes: Vec<(String, Vec<String>, Vec<usize>)>,
}

impl Default for AnalysisSpec {
    fn default() -> Self {
        AnalysisSpec {
            baseline: 0,
            clusters: Vec::new(),
            seed: 7,
            resamples: 10_000,
            margin: 0.02,
            axes: Vec::new(),
        }
    }
}

/// A value with its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end, 95 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What is said of a variant against the baseline.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// This is the baseline.
    Baseline,
    /// Better, beyond chance.
    Better,
    /// Worse, beyond chance.
    Worse,
    /// No difference larger than the margin.
    Equivalent,
    /// Cannot tell; about so many rows more would.
    Undecided {
        /// Rows more, where it can be estimated.
        more_rows: Option<usize>,
    },
}

/// Difference of a variant to the baseline, on the rows that both have.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Mean difference with its interval.
    pub interval: Interval,
    /// p, not adjusted.
    pub p: f64,
    /// p by Holm over the variants compared.
    pub p_adjusted: f64,
    /// Rows compared.
    pub rows: usize,
    /// Rows that the baseline gets wrong and this one right.
    pub fixed: usize,
    /// Rows that the baseline gets right and this one wrong.
    pub broken: usize,
    /// Rows wrong in both, differently.
    pub churn: usize,
}

/// What is known of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantFinding {
    /// Mean score with its interval; `None` where there is no score at all.
    pub score: Option<Interval>,
    /// Rows with a score.
    pub n: usize,
    /// Difference to the baseline; `None` for the baseline itself or where no row is shared.
    pub difference: Option<Difference>,
    /// Share of resamples in which it is the best.
    pub p_best: f64,
    /// Answers without a readable answer.
    pub unreadable: usize,
    /// Refusals.
    pub refused: usize,
    /// Truncated answers.
    pub truncated: usize,
    /// Failed trials.
    pub failed: usize,
    /// Median latency of answers, ms.
    pub latency_p50_ms: Option<f64>,
    /// 95th percentile.
    pub latency_p95_ms: Option<f64>,
    /// Mean prompt tokens a call.
    pub prompt_tokens: f64,
    /// Mean cached prompt tokens a call.
    pub cached_tokens: f64,
    /// Mean completion tokens a call.
    pub completion_tokens: f64,
    /// Against the baseline.
    pub verdict: Verdict,
}

/// The analysis of one model's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// One a variant, in the order of the grid.
    pub variants: Vec<VariantFinding>,
    /// Best minus worst mean, with its null; needs two variants with scores.
    pub spread: Option<Spread>,
}

/// Best minus worst mean score over the variants.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The spread.
    pub value: f64,
    /// 95 % quantile of the spread under exchangeable variants.
    pub null_95: f64,
    /// Permutation p.
    pub p: f64,
}

/// Analyse a grid.
pub fn analyse(_grid: &Grid, _spec: &AnalysisSpec) -> Analysis {
    unimplemented!()
}
