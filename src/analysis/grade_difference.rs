//! How much higher people grade the answers of one wording than those of another, where each was graded by itself.

use super::{
    Interval,
    ratings::{CorrectedScore, by_accuracy},
};
use crate::stats::{MeanEstimate, PredictionPowered, RatedUnit};

/// Rows whose answers by both wordings were graded.
#[derive(Debug, Clone, PartialEq)]
pub struct GradePairSample {
    /// Named in a run of several models.
    pub model: Option<String>,
    pub wordings: [String; 2],
    /// The first's grade minus the second's, as a share of the scale, and the judge's.
    pub graded: Vec<RatedUnit>,
    /// What the judge says of the rows that are not graded for both.
    pub ungraded: Vec<f64>,
    /// The judge's metric.
    pub judge: Option<String>,
}

/// The difference of two wordings' grades, paired by row.
#[derive(Debug, Clone, PartialEq)]
pub struct GradeDifference {
    /// Named in a run of several models.
    pub model: Option<String>,
    pub wordings: [String; 2],
    pub judge_metric: Option<String>,
    /// Rows graded for both, of how many that have both answers.
    pub graded: usize,
    pub rows: usize,
    /// From the grades alone: the first's minus the second's, as a share of the scale.
    pub difference: Interval,
    /// The same from grades and the judge together.
    pub corrected: Option<CorrectedScore>,
    /// How many more rows have to be graded for both to settle which is better, with 80 % power, if the difference is what it seems.
    pub more_rows: Option<usize>,
}

impl GradeDifference {
    /// `None` below two rows.
    pub fn new(sample: GradePairSample) -> Option<GradeDifference> {
        let units = &sample.graded;
        let ungraded = match &sample.judge {
            Some(_) => sample.ungraded.as_slice(),
            None => &[],
        };
        let powered = PredictionPowered::new(units, ungraded, (-1.0, 1.0))?;
        let predicted = powered.predicted.filter(|_| sample.judge.is_some());
        let is_open = |mean: MeanEstimate| mean.low <= 0.0 && mean.high >= 0.0;
        Some(GradeDifference {
            graded: units.len(),
            rows: units.len() + sample.ungraded.len(),
            difference: powered.rated_alone.into(),
            corrected: predicted.map(|predicted| CorrectedScore {
                uncorrected: predicted,
                score: powered.mean.into(),
                lambda: powered.lambda,
                by_accuracy: by_accuracy(units, ungraded, powered.rated_alone).map(Interval::from),
            }),
            more_rows: is_open(powered.mean)
                .then(|| powered.ratings_needed(0.0))
                .flatten(),
            model: sample.model,
            wordings: sample.wordings,
            judge_metric: sample.judge,
        })
    }
}
