//! How much higher people grade the answers of one wording than those of another, where each was graded by itself.

use super::{
    Interval,
    ratings::{CorrectedScore, by_accuracy},
};
use crate::stats::{PredictionPowered, RatedUnit};

/// Rows whose answers by both wordings were graded.
#[derive(Debug, Clone, PartialEq)]
pub struct GradePairSample {
    /// Named in a run of several models.
    pub model: Option<String>,
    pub wordings: [String; 2],
    /// The first's grade minus the second's, as a share of the scale, and the judge's.
    pub graded: Vec<RatedUnit>,
    /// What the judge says of the rows that are not graded for both; 0 without a judge.
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
    /// Whether it does not show which is better.
    pub is_open: bool,
    /// How many more rows have to be graded for both to settle which is better, with 80 % power, if the difference is what it seems.
    pub more_rows: Option<usize>,
}

impl GradeDifference {
    /// `None` below two rows.
    pub fn new(sample: GradePairSample) -> Option<GradeDifference> {
        let units = &sample.graded;
        let ungraded = sample.ungraded.as_slice();
        let powered = PredictionPowered::new(units, ungraded, (-1.0, 1.0))?;
        let predicted = powered.predicted.filter(|_| sample.judge.is_some());
        let is_open = powered.mean.low <= 0.0 && powered.mean.high >= 0.0;
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
            is_open,
            more_rows: is_open.then(|| powered.ratings_needed(0.0)).flatten(),
            model: sample.model,
            wordings: sample.wordings,
            judge_metric: sample.judge,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_judge_too_an_open_difference_tells_how_many_rows_settle_it() {
        let value = |row: usize| [0.5, 0.5, -0.25][row % 3];
        let unit = |row| RatedUnit {
            value: value(row),
            predicted: 0.0,
            weight: 1.0,
        };
        let found = |graded: usize, others: usize| {
            let sample = GradePairSample {
                model: None,
                wordings: ["a".into(), "b".into()],
                graded: (0..graded).map(unit).collect(),
                ungraded: vec![0.0; others],
                judge: None,
            };
            GradeDifference::new(sample).unwrap()
        };
        let few = found(6, 300);
        assert!(few.is_open && few.more_rows.is_some(), "{few:?}");
        assert_eq!((few.rows, &few.corrected), (306, &None));
        let all = found(6, 0);
        assert!(all.is_open && all.more_rows.is_none(), "{all:?}");
        assert_eq!(all.difference, few.difference);
        assert!(!found(60, 300).is_open);
    }
}
