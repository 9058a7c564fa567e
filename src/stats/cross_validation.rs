//! The mean of values of several folds, each by a rule of its own that was made without the fold: its interval.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The values of a fold: their sum, and the variance of that sum. Values are of items in units (clusters of items, or one item each).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoldSum {
    pub units: usize,
    pub items: f64,
    pub sum: f64,
    pub variance: f64,
}

/// The mean over all folds, with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoldedMean {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

impl FoldSum {
    /// From each unit the sum of its values, which are in [−1, 1], and how many they are. The variance is that of a ratio, from
    /// the residuals of the units; at least that of a fold in which one unit, the largest, has values of 1 and the others none: few
    /// values that happen to be equal are not certain.
    pub fn estimated(units: &[(f64, f64)]) -> FoldSum {
        let n = units.len() as f64;
        let (sum, items) = (units.iter()).fold((0.0, 0.0), |(s, m), (t, k)| (s + t, m + k));
        let mean = if items > 0.0 { sum / items } else { 0.0 };
        let squares: f64 = units.iter().map(|(t, k)| (t - k * mean).powi(2)).sum();
        let largest = units.iter().map(|(_, k)| *k).fold(0.0, f64::max);
        let spread = n / (n - 1.0).max(1.0) * squares;
        FoldSum {
            units: units.len(),
            items,
            sum,
            variance: spread.max(largest * largest),
        }
    }

    /// Values that are 0 whatever the items are, as of a rule that changes nothing.
    pub fn zero(units: usize, items: f64) -> FoldSum {
        FoldSum {
            units,
            items,
            sum: 0.0,
            variance: 0.0,
        }
    }
}

/// The mean of all items with its interval, from the variance within folds (Bayle, Bayle, Janson and Mackey 2020, "Cross-validation
/// confidence intervals for test error", the within-fold estimator without bias), by the t distribution with as many degrees of
/// freedom as units beyond the folds. It is about the mean of the folds' rules, not about any other. `None` without items, or
/// without a fold of two units.
pub fn folded_mean(folds: &[FoldSum]) -> Option<FoldedMean> {
    let total = |of: &dyn Fn(&FoldSum) -> f64| folds.iter().map(of).sum::<f64>();
    let items = total(&|fold| fold.items);
    let freedom = total(&|fold| fold.units as f64) - folds.len() as f64;
    if items <= 0.0 || freedom < 1.0 {
        return None;
    }
    let mean = total(&|fold| fold.sum) / items;
    let error = total(&|fold| fold.variance).sqrt() / items;
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975);
    Some(FoldedMean {
        mean,
        low: (mean - t * error).max(-1.0),
        high: (mean + t * error).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(values: &[f64]) -> Vec<(f64, f64)> {
        values.iter().map(|value| (*value, 1.0)).collect()
    }

    #[test]
    fn the_interval_is_that_of_the_variance_within_folds() {
        // By hand: means 0.5 and −0.25; squares of residuals 1 and 2.75; 4/3 of both, and t with 6 degrees of freedom.
        let folds = [
            FoldSum::estimated(&single(&[1.0, 0.0, 1.0, 0.0])),
            FoldSum::estimated(&single(&[0.0, -1.0, -1.0, 1.0])),
        ];
        let found = folded_mean(&folds).unwrap();
        let half = 2.446_911_851 * (4.0f64 / 3.0 * 3.75).sqrt() / 8.0;
        assert!((found.mean - 0.125).abs() < 1e-12);
        assert!((found.low - (0.125 - half)).abs() < 1e-8, "{found:?}");
        assert!((found.high - (0.125 + half)).abs() < 1e-8);
        // The difference of the folds' means does not widen it.
        let apart = [
            FoldSum::estimated(&single(&[1.0, 0.0, 1.0, 0.0])),
            FoldSum::estimated(&single(&[1.0, 0.0, 1.0, 0.0])),
        ];
        let shifted = [
            apart[0],
            FoldSum::estimated(&single(&[0.0, -1.0, 0.0, -1.0])),
        ];
        let width = |folds: &[FoldSum]| folded_mean(folds).map(|f| f.high - f.low).unwrap();
        assert!((width(&apart) - width(&shifted)).abs() < 1e-12);
    }

    #[test]
    fn equal_values_are_not_certain_but_those_of_a_rule_without_effect_are() {
        let equal = FoldSum::estimated(&single(&[0.0; 12]));
        assert_eq!((equal.sum, equal.variance), (0.0, 1.0));
        let sum = FoldSum::estimated(&single(&[1.0; 12]));
        assert_eq!((sum.sum, sum.variance), (12.0, 1.0));
        let found = folded_mean(&[equal, FoldSum::zero(12, 12.0)]).unwrap();
        assert!(found.low < -0.08 && found.high > 0.08, "{found:?}");
        let none = folded_mean(&[FoldSum::zero(12, 12.0)]).unwrap();
        assert_eq!((none.low, none.mean, none.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_cluster_counts_as_one_unit() {
        // Two copies of each value, as one cluster each: the same mean, and the same width as of the single values.
        let values = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0];
        let alone = FoldSum::estimated(&single(&values));
        let pairs: Vec<(f64, f64)> = values.iter().map(|v| (2.0 * v, 2.0)).collect();
        let paired = folded_mean(&[FoldSum::estimated(&pairs)]).unwrap();
        let alone = folded_mean(&[alone]).unwrap();
        assert!((paired.low - alone.low).abs() < 1e-12 && (paired.high - alone.high).abs() < 1e-12);
        assert_eq!(folded_mean(&[]), None);
        assert_eq!(folded_mean(&[FoldSum::estimated(&single(&[1.0]))]), None);
        assert_eq!(folded_mean(&[FoldSum::estimated(&[])]), None);
    }
}
