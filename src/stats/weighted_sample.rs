//! The mean of units that count differently, because some were more likely to be observed than others, with intervals that hold
//! for few units too.

use super::{interval::wilson_at, tango};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A unit's value, and how much it counts: in proportion to 1 / the probability that it was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedUnit {
    pub value: f64,
    pub weight: f64,
}

/// As many units of equal weight have weights that vary as little: (Σw)²/Σw² (Kish 1965), from Σw and Σw². 0 without units.
pub fn effective_units(total: f64, squares: f64) -> f64 {
    if squares > 0.0 {
        total * total / squares
    } else {
        0.0
    }
}

/// Moments of weighted units with values in a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedSample {
    range: (f64, f64),
    mean: f64,
    total: f64,
    /// Σw².
    squares: f64,
    /// Σw(x − mean)².
    spread: f64,
    /// Σw²(x − mean)².
    error: f64,
    /// Shares of the weight at the upper and the lower end, where all values are at the ends or in the middle.
    ends: Option<(f64, f64)>,
    is_binary: bool,
}

impl WeightedSample {
    /// Units without a weight are left out. `None` where no unit is left.
    pub fn new(units: &[WeightedUnit], range: (f64, f64)) -> Option<WeightedSample> {
        let units = || units.iter().filter(|unit| unit.weight > 0.0);
        let sum = |of: &dyn Fn(&WeightedUnit) -> f64| units().map(of).sum::<f64>();
        let total = sum(&|u| u.weight);
        if !total.is_normal() {
            return None;
        }
        let mean = sum(&|u| u.weight * u.value) / total;
        let deviation = |u: &WeightedUnit| u.value - mean;
        let (low, high) = range;
        let is_at = |u: &WeightedUnit, place: f64| (u.value - place).abs() < 1e-9 * (high - low);
        let share = |place: f64| sum(&|u| if is_at(u, place) { u.weight } else { 0.0 }) / total;
        let is_binary = units().all(|u| is_at(u, low) || is_at(u, high));
        let is_ternary =
            units().all(|u| is_at(u, low) || is_at(u, high) || is_at(u, 0.5 * (low + high)));
        Some(WeightedSample {
            range,
            mean,
            total,
            squares: sum(&|u| u.weight * u.weight),
            spread: sum(&|u| u.weight * deviation(u).powi(2)),
            error: sum(&|u| (u.weight * deviation(u)).powi(2)),
            ends: is_ternary.then(|| (share(high), share(low))),
            is_binary,
        })
    }

    /// Σwx/Σw (Hájek 1971).
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// See [`effective_units`].
    pub fn effective_units(&self) -> f64 {
        effective_units(self.total, self.squares)
    }

    /// Variance of the mean, linearized: Σw²(x − mean)²/(Σw)² (Särndal, Swensson and Wretman 1992, 5.5).
    pub fn variance(&self) -> f64 {
        self.error / (self.total * self.total)
    }

    /// As many units of equal weight give a mean of the same variance. The variance is estimated as if one more unit had been
    /// seen at the ends of the range, of the weight that the mean's error depends on most, Σw²/Σw: of few units that count
    /// much, none may differ by luck.
    fn equal_units(&self) -> f64 {
        let (low, high) = self.range;
        let weight = self.squares / self.total;
        let unseen = ((high - self.mean).powi(2) + (self.mean - low).powi(2)) / (high - low);
        self.total * (self.spread + weight * unseen) / (self.error + weight * weight * unseen)
    }

    /// The interval that leaves out `tail` on each side: Wilson's, or Tango's where values are at the ends or in the middle, or
    /// Student's, each of `equal_units` and with quantiles of a t distribution of as many degrees of
    /// freedom as there are effective units, less one.
    pub fn interval(&self, tail: f64) -> (f64, f64) {
        let ((low, high), n) = (self.range, self.equal_units());
        let width = high - low;
        let kish = self.effective_units();
        let freedom = (kish - 1.0).max(1.0);
        let z =
            StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(1.0 - tail));
        let place = ((self.mean - low) / width).clamp(0.0, 1.0);
        let scaled = |(from, to): (f64, f64)| (low + width * from, low + width * to);
        let (from, to) = match self.ends {
            Some(_) if self.is_binary => scaled(wilson_at(place * n, n, z)),
            Some((up, down)) => {
                let (from, to) = tango(up * n, down * n, n, z);
                scaled((0.5 * (1.0 + from), 0.5 * (1.0 + to)))
            }
            None if self.spread > 0.0 => {
                let few = kish / (kish - 1.0).max(1.0);
                let half = z * (self.spread / self.total / n * few).sqrt();
                (self.mean - half, self.mean + half)
            }
            None => scaled(wilson_at(place * n, n, z)),
        };
        (from.max(low).min(self.mean), to.min(high).max(self.mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Z95, wilson};

    fn units(values: &[(f64, f64)]) -> Vec<WeightedUnit> {
        (values.iter())
            .map(|(value, weight)| WeightedUnit {
                value: *value,
                weight: *weight,
            })
            .collect()
    }

    #[test]
    fn moments_by_hand() {
        let all = units(&[(1.0, 1.0), (0.0, 1.0), (1.0, 4.0), (0.5, 0.0)]);
        let found = WeightedSample::new(&all, (0.0, 1.0)).unwrap();
        assert!((found.mean() - 5.0 / 6.0).abs() < 1e-12);
        assert!((found.effective_units() - 2.0).abs() < 1e-12);
        // (1/6)², (5/6)² and (4/6)², over 6².
        assert!((found.variance() - 42.0 / 36.0 / 36.0).abs() < 1e-12);
        assert!(found.is_binary, "what counts nothing is left out");
        assert_eq!(WeightedSample::new(&all[3..], (0.0, 1.0)), None);
        assert_eq!(WeightedSample::new(&[], (0.0, 1.0)), None);
    }

    #[test]
    fn equal_weights_of_many_units_give_the_usual_intervals() {
        let many: Vec<(f64, f64)> = (0..5_000).map(|i| (f64::from(i % 4 / 3), 2.0)).collect();
        let found = WeightedSample::new(&units(&many), (0.0, 1.0)).unwrap();
        let (low, high) = found.interval(0.025);
        let (l, h) = wilson(1_250.0, 5_000.0);
        assert!((low - l).abs() < 1e-5 && (high - h).abs() < 1e-5);
        let signs: Vec<(f64, f64)> = (0..5_000)
            .map(|i| (f64::from(i % 3 - 1) * f64::from(u8::from(i % 5 > 0)), 0.5))
            .collect();
        let found = WeightedSample::new(&units(&signs), (-1.0, 1.0)).unwrap();
        let count = |sign: f64| signs.iter().filter(|(x, _)| *x == sign).count() as f64;
        let (l, h) = tango(count(1.0), count(-1.0), 5_000.0, Z95);
        let (low, high) = found.interval(0.025);
        assert!((low - l).abs() < 1e-4 && (high - h).abs() < 1e-4);
    }

    #[test]
    fn no_interval_is_without_a_width_or_outside_of_the_range() {
        for (values, range) in [
            (vec![(1.0, 1.0)], (0.0, 1.0)),
            (vec![(1.0, 1.0), (1.0, 9.0)], (0.0, 1.0)),
            (vec![(0.0, 1.0), (0.0, 9.0), (0.0, 2.0)], (-1.0, 1.0)),
            (vec![(0.3, 1.0), (0.3, 9.0), (0.3, 2.0)], (0.0, 1.0)),
            (vec![(0.9, 1.0), (0.2, 9.0), (1.0, 2.0)], (0.0, 1.0)),
        ] {
            let found = WeightedSample::new(&units(&values), range).unwrap();
            let (low, high) = found.interval(0.025);
            assert!(
                low >= range.0 && high <= range.1,
                "{values:?}: {low} {high}"
            );
            assert!(high - low > 0.05, "{values:?}: {low} {high}");
            assert!(low <= found.mean() && found.mean() <= high);
            let narrow = found.interval(0.05);
            assert!(narrow.0 >= low && narrow.1 <= high, "{values:?}");
        }
    }
}
