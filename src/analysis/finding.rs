//! The findings of an analysis, as plain data.

use super::{RowFindings, Truncation};
use crate::{
    model::FailureKind,
    outcome::{CellCounts, ChangeCounts},
    stats::{MeanEstimate, shown_direction},
};

/// A value with its interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Interval {
    pub value: f64,
    /// Lower end, 95 %.
    pub low: f64,
    pub high: f64,
}

impl From<MeanEstimate> for Interval {
    fn from(mean: MeanEstimate) -> Interval {
        Interval {
            value: mean.value,
            low: mean.low,
            high: mean.high,
        }
    }
}

/// How a variant compares with the baseline.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Baseline,
    Better,
    Worse,
    /// The same prompts on every row: there is nothing to compare.
    Identical,
    /// No difference larger than the margin.
    Equivalent,
    /// Inconclusive.
    Undecided {
        /// How many more rows would decide, where it can be estimated.
        more_rows: Option<usize>,
    },
    /// Too many answers were cut at `max_tokens`.
    NotComparable {
        truncation: Truncation,
        /// Whether those of the baseline were cut, not its own.
        of_baseline: bool,
    },
}

impl Verdict {
    /// The verdict where too many answers of the variant, or of its baseline, were cut; `None` where it can be compared.
    pub(super) fn not_comparable(own: &Truncation, baseline: &Truncation) -> Option<Verdict> {
        let (truncation, of_baseline) = match (own.is_excessive, baseline.is_excessive) {
            (true, _) => (*own, false),
            (false, true) => (*baseline, true),
            (false, false) => return None,
        };
        Some(Verdict::NotComparable {
            truncation,
            of_baseline,
        })
    }
}

/// Difference of a variant to the baseline, on the rows that both have.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub interval: Interval,
    /// Ends of the 90 % interval: two one-sided tests at 5 %.
    pub narrow: (f64, f64),
    /// The mean difference in which all rows count the same, where rows count differently.
    pub unweighted: Option<f64>,
    /// p, not adjusted: exact McNemar, or sign-flip permutation.
    pub p: f64,
    /// p by Holm over the variants compared.
    pub p_adjusted: f64,
    /// p by Benjamini and Hochberg, for exploring.
    pub p_explore: f64,
    /// How many comparisons p is adjusted over, this one included.
    pub comparisons: usize,
    pub rows: usize,
    /// What happened to the rows, from the baseline to this variant.
    pub changes: ChangeCounts,
    /// Smallest true difference that so many rows find with 80 % power; needs two rows that differ.
    pub detectable: Option<f64>,
    /// Rows that would find a difference of the margin with 80 % power.
    pub rows_for_margin: Option<usize>,
}

impl Difference {
    /// Whether the interval, which is of this comparison alone, leaves 0 out although p adjusted over all is not significant.
    pub fn is_lost_by_adjusting(&self) -> bool {
        let Interval { low, high, .. } = self.interval;
        let is_shown = |p| shown_direction(p, low, high).is_some();
        is_shown(self.p) && !is_shown(self.p_adjusted)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct VariantFinding {
    /// Mean score with its interval; `None` where there is no score at all.
    pub score: Option<Interval>,
    /// The mean in which all rows count the same, where rows count differently in the score.
    pub unweighted: Option<f64>,
    pub n: usize,
    /// Difference to the baseline; `None` for the baseline itself or where no row is shared.
    pub difference: Option<Difference>,
    /// Rows that are correct, partly correct and wrong.
    pub cells: CellCounts,
    /// Share of resamples in which it is the best (ties are split).
    pub p_best: f64,
    /// Answers without a readable answer, scored or not.
    pub unreadable: usize,
    pub refused: usize,
    pub truncation: Truncation,
    pub failed: usize,
    /// Answers without a score of the main metric, as their row has no expected answer or the model called for it gave none.
    /// They enter no mean.
    pub unscored: usize,
    /// Share of its answers that are the one that most other variants give to the row; answers that are equally frequent share
    /// it. `None` without other variants, or where no answers are read.
    pub consensus: Option<f64>,
    /// Failed trials by kind, most frequent first.
    pub failures: Vec<(FailureKind, usize)>,
    /// Median latency of answers, ms.
    pub latency_p50_ms: Option<f64>,
    /// 95th percentile.
    pub latency_p95_ms: Option<f64>,
    /// Mean prompt tokens per call.
    pub prompt_tokens: f64,
    /// Mean cached prompt tokens per call.
    pub cached_tokens: f64,
    /// Mean completion tokens per call.
    pub completion_tokens: f64,
    pub verdict: Verdict,
}

impl VariantFinding {
    /// Answers in which no answer was read, for whatever reason: unreadable, refused, or cut before it came.
    pub fn without_answer(&self) -> usize {
        self.unreadable + self.refused + self.truncation.unread
    }
}

/// Best minus worst mean score over the variants, on the rows that all have.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    pub value: f64,
    /// 95 % quantile of the spread under exchangeable variants.
    pub null_95: f64,
    pub p: f64,
    /// The spread from sampling alone; needs two samples per cell.
    pub repeats: Option<RepeatNoise>,
    /// Cochran's Q; needs scores of 0 and 1, one sample, no clusters, and a row on which variants differ.
    pub cochran: Option<Cochran>,
}

/// The spread that repeating would give if all variants were equally good on these rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatNoise {
    /// 95 % quantile.
    pub null_95: f64,
    pub p: f64,
}

/// Cochran's Q over all variants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cochran {
    pub q: f64,
    pub df: usize,
    pub p: f64,
}

/// The variant with the highest mean, and the score to expect from one chosen this way.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    pub variant: usize,
    /// Mean, over 200 random halves of the rows, of the score on one half of the variant that is best on the other.
    pub held_out: f64,
}

/// Scores over many wordings (Mizrahi et al. 2024), on the rows that all variants have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overall {
    /// Mean over the variants.
    pub average: f64,
    pub highest: f64,
    /// 1 − (highest − average).
    pub saturation: f64,
    /// Saturation × highest: the combined performance score.
    pub combined: f64,
}

/// Where the variance of the scores comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct VarianceShares {
    pub variant: Interval,
    pub row: Interval,
    /// Variants that rank rows differently; with one sample it holds the noise of sampling too.
    pub variant_row: Interval,
    /// Between samples of the same prompt; `None` with one sample.
    pub sample: Option<Interval>,
    /// A negative estimate is shown as 0.
    pub truncated: bool,
    /// Rows it was computed from: those with every sample of every variant.
    pub rows: usize,
}

/// The standard error of the mean score with more of something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchase {
    pub what: Resource,
    /// How many the calls pay for.
    pub more: f64,
    /// Standard error of the mean with them.
    pub error: f64,
}

/// What calls can be spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Rows,
    Variants,
    /// More samples of each cell.
    Samples,
}

/// How to spend the next calls (a decision study on the variance components).
#[derive(Debug, Clone, PartialEq)]
pub struct NextCalls {
    pub calls: usize,
    /// Standard error of the mean score over variants and rows now.
    pub error: f64,
    /// The choices, best first.
    pub choices: Vec<Purchase>,
}

/// The effect of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisFinding {
    pub name: String,
    /// Share of the variance between variant means that it explains beyond the other axes.
    pub share: f64,
    /// Permutation p: signs of the rows' effects flipped.
    pub p: f64,
    /// By Holm over the axes.
    pub p_adjusted: f64,
    /// Its levels; empty where the design cannot separate their effects from those of other axes.
    pub levels: Vec<LevelEffect>,
    /// Axes that it is confounded with, wholly or in part.
    pub confounded_with: Vec<String>,
    /// Its effect on the answers, right or wrong; `None` where no answers are read.
    pub answers: Option<AxisAnswers>,
    /// Of an axis of a request parameter without any effect: how many pairs of calls that differ in it alone were compared, all with
    /// the same answer and the same numbers of tokens.
    pub same_calls: Option<usize>,
}

/// The effect of an axis on the answers, right or wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisAnswers {
    /// Share of answers that change between two variants that differ in this axis alone; `None` without such a pair.
    pub changed: Option<f64>,
    /// The answer that shifts most; `None` where its text is unknown or levels are confounded.
    pub lean: Option<AnswerShift>,
    /// Permutation p that the mix of answers does not depend on the axis.
    pub p: f64,
    /// By Holm over the axes.
    pub p_adjusted: f64,
}

/// An answer that is more frequent with one level of an axis than with another.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerShift {
    pub answer: String,
    /// The level with which it is most frequent.
    pub more_with: String,
    /// The level with which it is least frequent.
    pub less_with: String,
    /// Difference of its share between the two.
    pub shift: f64,
}

/// Effect of a level compared with the mean of its axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelEffect {
    pub name: String,
    pub effect: Interval,
}

/// The interaction of two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    pub axes: (String, String),
    /// Share of the variance between variant means.
    pub share: f64,
    pub p: f64,
    /// By Holm over the interactions.
    pub p_adjusted: f64,
}

/// The effects of all axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AxisEffects {
    /// Main effects, in the order of the axes.
    pub axes: Vec<AxisFinding>,
    /// Interactions of two axes that the design can separate.
    pub interactions: Vec<Interaction>,
    /// Pairs of axes whose interaction is confounded with other effects.
    pub inseparable: Vec<(String, String)>,
}

/// How often variants give the same answers, right or wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Share of pairs of answers of different variants to the same row that are the same.
    pub raw: f64,
    /// The same within a variant, over its samples; needs two samples.
    pub itself: Option<f64>,
    /// Fleiss' κ; needs every cell answered, and two different answers.
    pub fleiss_kappa: Option<f64>,
    /// Krippendorff's α (nominal); needs two different answers.
    pub krippendorff_alpha: Option<f64>,
}

/// How much the score of a row depends on the wording: PSS (Zhuo et al. 2024), the mean absolute difference of two variants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    pub value: f64,
    /// Beyond what repeats alone give, at single samples; needs two samples.
    pub excess: Option<f64>,
}

/// A missing figure, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// Name of the figure, as in the JSON report.
    pub figure: &'static str,
    /// What it needs: completes "needs …".
    pub needs: String,
}

/// The analysis of one model's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// One per variant, in the order of the grid.
    pub variants: Vec<VariantFinding>,
    /// Rows on which every variant that has any score has one.
    pub shared_rows: usize,
    /// Best minus worst mean, with its null.
    pub spread: Option<Spread>,
    pub best: Option<Best>,
    pub overall: Option<Overall>,
    pub components: Option<VarianceShares>,
    /// How to spend the next calls.
    pub next: Option<NextCalls>,
    /// Empty where variants come from no axes.
    pub effects: AxisEffects,
    pub agreement: Option<Agreement>,
    pub sensitivity: Option<Sensitivity>,
    pub rows: RowFindings,
    /// Missing figures, and what they need.
    pub needs: Vec<Unavailable>,
}

impl Analysis {
    /// Whether there are answers, and none has a score.
    pub fn is_unscored(&self) -> bool {
        let mut variants = self.variants.iter();
        variants.all(|f| f.score.is_none()) && self.variants.iter().any(|f| f.unscored > 0)
    }

    /// Whether rows count differently.
    pub fn is_weighted(&self) -> bool {
        self.variants.iter().any(|f| f.unweighted.is_some())
    }

    /// The variants that have a score and of which not too many answers were cut, in order: those that are ranked and of
    /// which anything is said together.
    pub fn comparable(&self) -> impl Iterator<Item = usize> + '_ {
        let variants = self.variants.iter().enumerate();
        variants
            .filter(|(_, f)| f.score.is_some() && !f.truncation.is_excessive)
            .map(|(v, _)| v)
    }

    /// Variants with a score that are left out because too many of their answers were cut.
    pub fn cut_variants(&self) -> impl Iterator<Item = usize> + '_ {
        let variants = self.variants.iter().enumerate();
        variants
            .filter(|(_, f)| f.truncation.is_excessive)
            .map(|(v, _)| v)
    }
}
