//! Means of a few values that people gave, narrowed by predictions of the same values for many more units.

use super::{Z_POWER, Z95, effective_units, tango, wilson};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A unit with a value and with a prediction of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatedUnit {
    pub value: f64,
    pub predicted: f64,
    /// Proportional to 1 / the probability that the unit was chosen to be rated.
    pub weight: f64,
}

/// A mean with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanEstimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl MeanEstimate {
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// The mean of the values, estimated from rated units and from predictions for all (PPI++: Angelopoulos, Duchi and Zrnic
/// 2023; with weights as in Zrnic and Candès 2024).
///
/// The interval is the one that `rated_alone` would have if its variance were smaller by the share that the predictions
/// explain: Wilson's, Tango's or Student's, so that it holds with 30 ratings, where the published normal interval covers 88
/// to 92 %. That share is corrected for the estimated λ (Cochran 1977, 7.3) and shrunk as if another 1.5 units had been seen
/// that the predictions say nothing of, so the
/// interval is never more than 5 % wider than that of `rated_alone`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictionPowered {
    /// How far predictions are used, 0 to 1, so that the variance is smallest.
    pub lambda: f64,
    pub mean: MeanEstimate,
    /// As published, without the corrections for few units.
    pub standard_error: f64,
    /// From the rated units without their predictions.
    pub rated_alone: MeanEstimate,
    /// Mean of all predictions, uncorrected; `None` without any.
    pub predicted: Option<f64>,
    /// Variance of the mean as a share of its variance from the rated units alone.
    pub variance_share: f64,
    /// Variance of one value.
    unit_variance: f64,
    rated: f64,
    units: f64,
}

/// Fewer rated units than this say nothing of how good predictions are.
const MIN_RATED: usize = 5;
/// How much wider than without predictions an interval may be.
const MAX_WIDENING: f64 = 1.05;
/// Units that predictions say nothing of, added to those seen.
const PRIOR_UNITS: f64 = 1.5;

impl PredictionPowered {
    /// `unrated`: predictions of all other units; `range`: of the values. `None` below two rated units.
    pub fn new(
        rated: &[RatedUnit],
        unrated: &[f64],
        range: (f64, f64),
    ) -> Option<PredictionPowered> {
        let sample = RatedSample::new(rated, range)?;
        let n = rated.len() as f64;
        let all = || {
            let own = rated.iter().map(|unit| unit.predicted);
            own.chain(unrated.iter().copied())
        };
        let units = all().count() as f64;
        let (predicted, all_variance) = mean_variance(all(), units);
        let (lambda, mean, variance) = match sample.is_uniform {
            _ if rated.len() < MIN_RATED || unrated.is_empty() => {
                (0.0, sample.value, sample.value_variance)
            }
            // As published: unrated units are a sample of their own.
            true => {
                let others = unrated.len() as f64;
                let (of_others, others_variance) = mean_variance(unrated.iter().copied(), others);
                let pooled = all_variance * units / (units - 1.0);
                let lambda = ratio(sample.covariance * n, (1.0 + n / others) * pooled);
                let lambda = lambda.clamp(0.0, 1.0);
                (
                    lambda,
                    sample.value + lambda * (of_others - sample.predicted),
                    sample.residual_variance(lambda) + lambda * lambda * others_variance / others,
                )
            }
            // Unrated units are no fair sample here; all units are.
            false => {
                let common = sample.pair_covariance / units;
                let spread = sample.predicted_variance - sample.unit_predicted_variance / units;
                let lambda = ratio(sample.covariance - common, spread).clamp(0.0, 1.0);
                let gain = lambda * (2.0 * (sample.covariance - common) - lambda * spread);
                (
                    lambda,
                    sample.value + lambda * (predicted - sample.predicted),
                    (sample.value_variance - gain).max(0.0),
                )
            }
        };
        let explained = ratio(variance, sample.value_variance);
        let variance_share = if lambda > 0.0 && sample.value_variance > 0.0 {
            let m = sample.kish.max(MIN_RATED as f64);
            let few = (m - 1.0) / (m - 2.0) * (1.0 + 1.0 / (m - 3.0));
            ((m * explained * few + PRIOR_UNITS) / (m + PRIOR_UNITS)).min(1.0)
        } else {
            1.0
        };
        let rated_alone = sample.interval(sample.value, 1.0);
        let powered = sample.interval(mean, variance_share);
        // A mean that moved to the middle of the range has a wider interval: then predictions add nothing.
        if powered.width() > MAX_WIDENING * rated_alone.width() {
            return PredictionPowered::new(rated, &[], range).map(|alone| PredictionPowered {
                predicted: (units > 0.0).then_some(predicted),
                units,
                ..alone
            });
        }
        Some(PredictionPowered {
            lambda,
            mean: powered,
            standard_error: variance.sqrt(),
            rated_alone,
            predicted: (units > 0.0).then_some(predicted),
            variance_share,
            unit_variance: sample.value_variance * sample.effective,
            rated: n,
            units,
        })
    }

    /// How many more of the units have to be rated until the mean differs from `null` at 5 %, with 80 % power, if it is what it
    /// was found to be. `None` where all units together do not suffice, or nothing tells how values vary.
    pub fn ratings_needed(&self, null: f64) -> Option<usize> {
        let distance = (self.mean.value - null) / (Z95 + Z_POWER);
        if self.unit_variance <= 0.0 || self.units <= self.rated {
            return None;
        }
        // The variance of m rated units is σ²·((1 − r²)/m + r²/units).
        let explained = (1.0 - self.variance_share) / (1.0 - self.rated / self.units);
        let explained = explained.clamp(0.0, 1.0);
        let left = distance * distance - self.unit_variance * explained / self.units;
        let needed = self.unit_variance * (1.0 - explained) / left;
        (left > 0.0 && needed <= self.units).then(|| (needed.ceil() - self.rated).max(1.0) as usize)
    }
}

/// Which interval fits values of this kind.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ValueKind {
    /// Both ends of the range only.
    Binary,
    /// Both ends and the middle.
    Ternary,
    Other,
}

/// Weighted moments of rated units. Variances and covariances of means, but for those of units.
#[derive(Debug)]
struct RatedSample {
    is_uniform: bool,
    value: f64,
    predicted: f64,
    value_variance: f64,
    predicted_variance: f64,
    covariance: f64,
    /// Of a unit's value and prediction.
    pair_covariance: f64,
    unit_predicted_variance: f64,
    /// As many units of equal weight have the same variance.
    effective: f64,
    /// Share of values that are not in the middle of the range.
    decided: f64,
    kind: ValueKind,
    /// See [`effective_units`].
    kish: f64,
    range: (f64, f64),
}

impl RatedSample {
    fn new(units: &[RatedUnit], range: (f64, f64)) -> Option<RatedSample> {
        let is_valid =
            |u: &RatedUnit| u.weight > 0.0 && u.weight.is_finite() && u.value.is_finite();
        if units.len() < 2 || !units.iter().all(is_valid) {
            return None;
        }
        let total: f64 = units.iter().map(|u| u.weight).sum();
        let weighted = |of: &dyn Fn(&RatedUnit) -> f64| {
            units.iter().map(|u| u.weight * of(u)).sum::<f64>() / total
        };
        let (value, predicted) = (weighted(&|u| u.value), weighted(&|u| u.predicted));
        let (dv, dp) = (
            |u: &RatedUnit| u.value - value,
            |u: &RatedUnit| u.predicted - predicted,
        );
        // The ratio Σwx/Σw, linearized (Särndal, Swensson and Wretman 1992, 5.5).
        let of_mean = |of: &dyn Fn(&RatedUnit) -> f64| weighted(&|u| u.weight * of(u)) / total;
        let is_constant = units.iter().all(|u| u.value == units[0].value);
        let value_variance = match is_constant {
            true => 0.0,
            false => of_mean(&|u| dv(u) * dv(u)),
        };
        let unit_variance = weighted(&|u| dv(u) * dv(u));
        let squares = units.iter().map(|u| u.weight * u.weight).sum();
        let kish = effective_units(total, squares);
        let place = |u: &RatedUnit| (u.value - range.0) / (range.1 - range.0);
        let all = |kinds: &[f64]| units.iter().all(|u| kinds.contains(&place(u)));
        let first = units[0].weight;
        Some(RatedSample {
            is_uniform: units
                .iter()
                .all(|u| (u.weight - first).abs() <= 1e-12 * first),
            value,
            predicted,
            value_variance,
            predicted_variance: of_mean(&|u| dp(u) * dp(u)),
            covariance: of_mean(&|u| dv(u) * dp(u)),
            pair_covariance: weighted(&|u| dv(u) * dp(u)),
            unit_predicted_variance: weighted(&|u| dp(u) * dp(u)),
            effective: if value_variance > 0.0 {
                unit_variance / value_variance
            } else {
                kish
            },
            decided: weighted(&|u| f64::from(u8::from(place(u) != 0.5))),
            kind: if all(&[0.0, 1.0]) {
                ValueKind::Binary
            } else if all(&[0.0, 0.5, 1.0]) {
                ValueKind::Ternary
            } else {
                ValueKind::Other
            },
            kish,
            range,
        })
    }

    /// Variance of the mean of value − λ · prediction.
    fn residual_variance(&self, lambda: f64) -> f64 {
        let variance = self.value_variance
            + lambda * (lambda * self.predicted_variance - 2.0 * self.covariance);
        variance.max(0.0)
    }

    /// 95 % around a mean that has this share of the variance.
    fn interval(&self, mean: f64, variance_share: f64) -> MeanEstimate {
        let (start, width) = (self.range.0, self.range.1 - self.range.0);
        let n = self.effective / variance_share;
        let place = ((mean - start) / width).clamp(0.0, 1.0);
        let student = StudentsT::new(0.0, 1.0, self.effective - 1.0);
        let (low, high) = match (self.kind, student) {
            (ValueKind::Ternary, _) => {
                let difference = 2.0 * place - 1.0;
                let decided = self.decided.max(difference.abs());
                let (first, second) = (decided + difference, decided - difference);
                let (low, high) = tango(0.5 * n * first, 0.5 * n * second, n, Z95);
                (0.5 * (1.0 + low), 0.5 * (1.0 + high))
            }
            (ValueKind::Other, Ok(student)) if self.value_variance > 0.0 => {
                // Variances are sums over n, not over n − 1.
                let few = self.effective / (self.effective - 1.0);
                let error = (self.value_variance * variance_share * few).sqrt() / width;
                let half = student.inverse_cdf(0.975) * error;
                (place - half, place + half)
            }
            _ => wilson(place * n, n),
        };
        MeanEstimate {
            value: start + width * place,
            low: start + width * low.max(0.0),
            high: start + width * high.min(1.0),
        }
    }
}

/// Mean and variance over n; 0 where there are none.
fn mean_variance(values: impl Iterator<Item = f64> + Clone, n: f64) -> (f64, f64) {
    if n < 1.0 {
        return (0.0, 0.0);
    }
    let mean = values.clone().sum::<f64>() / n;
    (mean, values.map(|x| (x - mean).powi(2)).sum::<f64>() / n)
}

/// 0 where the divisor is not positive.
fn ratio(part: f64, all: f64) -> f64 {
    if all > 0.0 { part / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(value: f64, predicted: f64) -> RatedUnit {
        RatedUnit {
            value,
            predicted,
            weight: 1.0,
        }
    }

    #[test]
    fn a_machine_that_says_nothing_leaves_what_people_said() {
        let rated: Vec<RatedUnit> = (0..40).map(|i| unit(f64::from(i % 4 / 3), 0.5)).collect();
        let found = PredictionPowered::new(&rated, &[0.5; 200], (0.0, 1.0)).unwrap();
        assert_eq!((found.lambda, found.variance_share), (0.0, 1.0));
        assert_eq!(found.mean, found.rated_alone);
        let (low, high) = wilson(10.0, 40.0);
        assert!((found.mean.low - low).abs() < 1e-12 && (found.mean.high - high).abs() < 1e-12);
        let few = PredictionPowered::new(&rated[..4], &[0.0, 1.0], (0.0, 1.0)).unwrap();
        assert_eq!(few.mean, few.rated_alone);
        assert_eq!(PredictionPowered::new(&rated[..1], &[], (0.0, 1.0)), None);
        let alone = PredictionPowered::new(&rated, &[], (0.0, 1.0)).unwrap();
        assert_eq!(alone.mean, alone.rated_alone);
    }

    #[test]
    fn a_good_machine_narrows_and_its_bias_is_removed() {
        // It is right about every unit but says 0.2 too much.
        let rated: Vec<RatedUnit> = (0..40)
            .map(|i| {
                let value = f64::from(u8::from(i % 5 > 1));
                unit(value, value + 0.2)
            })
            .collect();
        let unrated: Vec<f64> = (0..400)
            .map(|i| f64::from(u8::from(i % 2 > 0)) + 0.2)
            .collect();
        let found = PredictionPowered::new(&rated, &unrated, (0.0, 1.0)).unwrap();
        assert!((found.mean.value - 0.5).abs() < 0.02, "{found:?}");
        assert!((found.predicted.unwrap() - 0.709).abs() < 1e-3);
        assert!(
            found.mean.width() < 0.5 * found.rated_alone.width(),
            "{found:?}"
        );
    }

    #[test]
    fn differences_without_a_difference_have_a_width() {
        let alone = |value: f64, times: usize, range| {
            let rated = vec![unit(value, 0.0); times];
            PredictionPowered::new(&rated, &[], range).unwrap().mean
        };
        let found = alone(0.0, 100, (-1.0, 1.0));
        assert!((found.high - Z95 * Z95 / (100.0 + Z95 * Z95)).abs() < 1e-9);
        assert!((found.low + found.high).abs() < 1e-12);
        let all_same = alone(0.3, 20, (0.0, 1.0));
        assert!(all_same.low < 0.25 && all_same.high > 0.4);
    }

    #[test]
    fn weights_undo_the_choice() {
        // One half of the units was chosen three times as often.
        let rated: Vec<RatedUnit> = (0..80)
            .map(|i| RatedUnit {
                value: f64::from(u8::from(i < 60)),
                predicted: 0.0,
                weight: if i < 60 { 1.0 } else { 3.0 },
            })
            .collect();
        let found = PredictionPowered::new(&rated, &[0.0; 50], (0.0, 1.0)).unwrap();
        assert!((found.mean.value - 0.5).abs() < 1e-12);
        assert_eq!(found.mean, found.rated_alone);
        // By hand: 2·(60·1·0.25 + 20·9·0.25) / 120² − the same, as a variance of the ratio.
        let by_hand = (60.0 * 0.25 + 20.0 * 9.0 * 0.25) / (120.0f64 * 120.0);
        assert!((found.standard_error.powi(2) - by_hand).abs() < 1e-12);
    }

    #[test]
    fn ratings_needed_are_those_of_a_plain_test_without_a_machine() {
        let rated: Vec<RatedUnit> = (0..50).map(|i| unit(f64::from(i % 5) / 4.0, 0.0)).collect();
        let found = PredictionPowered::new(&rated, &[0.0; 5_000], (0.0, 1.0)).unwrap();
        let plain = super::super::units_needed(0.125, 0.05, 0.05);
        let needed = found.ratings_needed(0.45).unwrap();
        assert_eq!(needed, plain.ceil() as usize - 50);
        assert_eq!(found.ratings_needed(0.5), None, "no distance");
        assert_eq!(found.ratings_needed(0.499), None, "more than there are");
    }
}
