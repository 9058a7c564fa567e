//! Plain mathematics: intervals, tests, resamples, components, agreement. No domain words: units, columns, values.
//!
//! Everything that draws takes a seed and is the same bit for bit, whatever the number of threads. Nothing gives NaN: what
//! cannot be computed is `None`.

mod additive;
mod agreement;
mod best_of;
mod bootstrap;
mod bradley_terry;
mod calibration;
mod components;
mod confidence_sequence;
mod confusion;
mod cross_validation;
mod curve;
mod extreme;
mod factors;
mod group_effects;
mod halves;
mod interval;
mod kinds;
mod ladder;
mod matrix;
mod misclassification;
mod multiple;
mod near;
mod order;
mod paired;
mod prediction_powered;
mod proper;
mod random;
mod rasch;
mod rotation;
mod sensitivity;
mod sequential_mean;
mod spread;
mod symmetric;
mod weighted_sample;
mod words;

pub use additive::{Additive, Variances};
pub use agreement::{Coincidences, normalized_entropy, resampled_interval};
pub use best_of::{BestOfEquals, best_of_equals};
pub use bootstrap::{ResampleSpec, ResampleSums, resample_sums, resample_units};
pub use bradley_terry::{BradleyTerry, Comparison, Comparisons, Connections, NoStrengths};
pub use calibration::{Calibration, CalibrationBin, cross_fitted_threshold};
pub use components::{ComponentSums, Components, components, mean_variance};
pub use confidence_sequence::ConfidenceSequence;
pub use confusion::{
    ClassCounts, ClassFigures, CountedTogether, FIGURES_PER_CLASS, OVERALL_FIGURES,
};
pub use cross_validation::{FoldSum, FoldedMean, folded_mean};
pub use curve::PowerCurve;
pub use extreme::expected_maximum;
pub use factors::{Factor, FactorEffect, main_effects, two_way_effects};
pub use group_effects::{GroupEffects, GroupValue, group_effects};
pub use halves::held_out_best;
pub use interval::{
    Z90, Z95, binomial_tail_bound, expanded_tail, newcombe, percentiles, quantile, tango, wilson,
};
pub use kinds::{resample_kinds, swap_kinds};
pub use ladder::{Ladder, LadderStep};
pub use matrix::Matrix;
pub use misclassification::VerdictCounts;
pub use multiple::{benjamini_hochberg, holm};
pub use near::{NearTexts, normalize_text};
pub use order::{CanonicalOrder, canonical_order, mix};
pub(crate) use paired::Z_POWER;
pub use paired::{
    detectable, mcnemar_exact, moments, shown_direction, sign_flip, tost, units_needed,
};
pub use prediction_powered::{MeanEstimate, PredictionPowered, RatedUnit};
pub use proper::{brier_score, log_score};
pub use random::{Stream, machine_threads};
pub use rasch::{Observation, Rasch};
pub use rotation::sign_flip_vector;
pub use sensitivity::{mean_pair_difference, pair_differences};
pub use sequential_mean::SequentialMean;
pub use spread::{CochranQ, SpreadNull, cochran_q, spread_exchangeable, spread_noise};
pub use weighted_sample::{WeightedSample, WeightedUnit, effective_units};
pub use words::{word_runs, words};
