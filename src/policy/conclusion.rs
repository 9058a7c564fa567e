//! What a policy came to, as plain data.

use crate::{model::EliminationCause, stats::ConfidenceSequence};

/// What a policy came to. Variants are indices.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyConclusion {
    Race(RaceResult),
    /// Of an estimate; `None` where no cell has a score.
    Estimate(Option<ScoreBand>),
    /// Of the search for best and worst; `None` where no cell has a score.
    Spread(Option<ScoreBand>),
    /// Of rows bought until a condition holds.
    Until(UntilResult),
}

/// When a variant was eliminated from a race.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elimination {
    /// In which round, from 1.
    pub round: usize,
    /// Rows that it was tried on until then.
    pub rows: usize,
    pub cause: EliminationCause,
}

/// How a race ended, or stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RaceResult {
    /// The leader; `None` where no variant has a score.
    pub leader: Option<u32>,
    /// Its mean score over the rows that were begun. Where those that tried a row scored the same, it counts as scoring that too.
    pub score: Option<f64>,
    /// The leader is better than every other remaining variant at the requested level; valid under repeated looks.
    pub decided: bool,
    /// Those still in that can be compared, the leader first.
    pub alive: Vec<u32>,
    /// Those of which too many answers were cut to compare them with others.
    pub not_comparable: Vec<u32>,
    /// When each variant was eliminated; `None` for those that remain.
    pub eliminated: Vec<Option<Elimination>>,
    /// Rows that those still in share.
    pub rows: usize,
    /// Rows that the first few scored the same on, so that the others were not tried.
    pub skipped: usize,
    /// Rounds that it has, at most.
    pub rounds: usize,
}

/// An estimate with a band that holds 95 % of what is possible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Band {
    /// The mean of units seen so far, with an interval that holds at every look with probability 1 − `alpha`.
    pub fn new(units: &ConfidenceSequence, alpha: f64) -> Band {
        let (low, high) = units.interval(alpha);
        Band {
            value: units.mean().unwrap_or(0.0),
            low,
            high,
        }
    }
}

/// The distribution of mean scores over all variants that can be compared and all rows, seen or not, by the Rasch model.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreBand {
    /// Mean over the variants.
    pub mean: Band,
    /// Quantiles over the variants: (share, its score).
    pub quantiles: Vec<(f64, Band)>,
    pub worst: Band,
    pub best: Band,
    pub spread: Band,
    /// All variants, also those that cannot be compared.
    pub variants: Vec<Band>,
    /// Those of which too many answers were cut to compare them with others.
    pub not_comparable: Vec<u32>,
    /// The variant with the highest estimate.
    pub best_variant: u32,
    /// The one with the lowest.
    pub worst_variant: u32,
    /// Pairs of variant and row with a score.
    pub pairs: usize,
}

/// The verdict on two variants, valid under repeated looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SequentialVerdict {
    /// The first is better.
    Better,
    /// The first is worse.
    Worse,
    /// They differ by no more than the margin.
    Equivalent,
    /// Inconclusive.
    Undecided,
}

impl SequentialVerdict {
    /// By the interval of a difference; smaller ones than `margin` count as none.
    pub fn new(difference: Band, margin: f64) -> SequentialVerdict {
        if difference.low > 0.0 {
            SequentialVerdict::Better
        } else if difference.high < 0.0 {
            SequentialVerdict::Worse
        } else if difference.low > -margin && difference.high < margin {
            SequentialVerdict::Equivalent
        } else {
            SequentialVerdict::Undecided
        }
    }
}

/// How far rows were bought, and what holds then.
#[derive(Debug, Clone, PartialEq)]
pub struct UntilResult {
    /// Whether the condition holds.
    pub holds: bool,
    /// Rows of each variant that was tried.
    pub rows: usize,
    /// What the condition looks at, by variant: score or difference with an interval that holds at every look. No difference
    /// of variants that cannot be compared.
    pub intervals: Vec<(u32, Band)>,
    /// Whether these are differences, and not scores.
    pub of_differences: bool,
    /// The verdict, where the condition asks for one and the two can be compared.
    pub verdict: Option<SequentialVerdict>,
    /// Rows that would bring a verdict, if all were like those seen, where it is asked for and undecided; `None` where that is
    /// not known.
    pub rows_needed: Option<usize>,
    /// Variants of the condition of which too many answers were cut to compare them with others.
    pub not_comparable: Vec<u32>,
}
