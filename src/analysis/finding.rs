//! What can be found in a grid.

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
    /// Mean difference with its interval (paired bootstrap).
    pub interval: Interval,
    /// p, not adjusted: exact McNemar, or sign-flip permutation.
    pub p: f64,
    /// p by Holm over the variants compared.
    pub p_adjusted: f64,
    /// Rows compared.
    pub rows: usize,
    /// Rows that the baseline gets wrong and this one right.
    pub fixed: usize,
    /// Rows that the baseline gets right and this one wrong.
    pub broken: usize,
    /// Rows wrong in both, with different answers.
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
    /// Share of resamples in which it is the best (ties are split).
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

/// Best minus worst mean score over the variants, on the rows that all have.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The spread.
    pub value: f64,
    /// 95 % quantile of the spread under exchangeable variants.
    pub null_95: f64,
    /// Permutation p.
    pub p: f64,
}

/// The variant with the highest mean, and the score to expect of one chosen so.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// Index of the variant.
    pub variant: usize,
    /// Mean, over 200 random halves of the rows, of the score on one half of the variant that is best on the other.
    pub held_out: f64,
}

/// The analysis of one model's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// One a variant, in the order of the grid.
    pub variants: Vec<VariantFinding>,
    /// Best minus worst mean, with its null; needs two variants with scores.
    pub spread: Option<Spread>,
    /// The best; needs two variants and four rows.
    pub best: Option<Best>,
}
