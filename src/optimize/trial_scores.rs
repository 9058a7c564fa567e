//! The score of a pair of wording and row, from its samples.

use crate::model::TrialRecord;

/// Mean of the main score over the samples that have one.
pub(super) fn mean_score(trials: &[TrialRecord]) -> Option<f64> {
    let known: Vec<f64> = (trials.iter())
        .filter_map(|t| t.scores.main()?.known())
        .collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
