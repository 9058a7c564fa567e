//! Means measured by a fallible machine, corrected by how often people confirm each of its verdicts.

use super::{MeanEstimate, Z95, effective_units, interval::wilson_at, tango};

/// Verdicts with fewer rated units than this are taken together with the next one.
const MIN_RATED: f64 = 5.0;

/// Units by the machine's verdict, ordered from the worst to the best. People rated some of each: −1, 0 or 1.
///
/// Rogan and Gladen (1978) divide the share of positive verdicts, less the false ones, by sensitivity + specificity − 1. Where
/// those are of rated units that weigh as many as there are with their verdict, that is Σ N/ΣN · mean of the verdict's ratings; with
/// three verdicts it is the inverse of the matrix of misclassifications. This form never divides by what is close to 0, and
/// holds whatever the chance was of a unit with one verdict to be rated (Tenenbein 1970).
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictCounts {
    verdicts: Vec<VerdictClass>,
    /// Whether all ratings are −1 or 1.
    is_binary: bool,
}

/// Units with one verdict, or with neighbouring ones.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct VerdictClass {
    units: f64,
    rated: f64,
    /// Σw, Σw², and Σw of those rated 1 and −1.
    weight: f64,
    squares: f64,
    up: f64,
    down: f64,
}

impl VerdictClass {
    fn join(&mut self, other: VerdictClass) {
        self.units += other.units;
        self.rated += other.rated;
        self.weight += other.weight;
        self.squares += other.squares;
        self.up += other.up;
        self.down += other.down;
    }

    /// The mean of the ratings with Wilson's interval, or Tango's where there are ties; in [−1, 1].
    fn mean(&self, is_binary: bool) -> MeanEstimate {
        let n = effective_units(self.weight, self.squares);
        let [up, down] = [self.up, self.down].map(|sum| n * sum / self.weight);
        let (low, high) = match is_binary {
            true => {
                let (low, high) = wilson_at(up, n, Z95);
                (2.0 * low - 1.0, 2.0 * high - 1.0)
            }
            false => tango(up, down, n, Z95),
        };
        MeanEstimate {
            value: (up - down) / n,
            low,
            high,
        }
    }
}

impl VerdictCounts {
    pub fn new(verdicts: usize) -> VerdictCounts {
        VerdictCounts {
            verdicts: vec![VerdictClass::default(); verdicts],
            is_binary: true,
        }
    }

    /// A unit that people did not rate.
    pub fn add_unrated(&mut self, verdict: usize) {
        self.verdicts[verdict].units += 1.0;
    }

    /// A unit that people rated: below 0, 0 or above. `weight`: proportional to 1 / its chance to be rated.
    pub fn add_rated(&mut self, verdict: usize, rating: f64, weight: f64) {
        self.is_binary &= rating != 0.0;
        self.verdicts[verdict].join(VerdictClass {
            units: 1.0,
            rated: 1.0,
            weight,
            squares: weight * weight,
            up: if rating > 0.0 { weight } else { 0.0 },
            down: if rating < 0.0 { weight } else { 0.0 },
        });
    }

    /// Verdicts with enough rated units, neighbours taken together where they have too few.
    fn classes(&self) -> Vec<VerdictClass> {
        let used = self.verdicts.iter().filter(|class| class.units > 0.0);
        let mut classes: Vec<VerdictClass> = used.copied().collect();
        while let Some(few) = classes.iter().position(|class| class.rated < MIN_RATED) {
            if classes.len() < 2 {
                break;
            }
            let class = classes.remove(few);
            let neighbour = few.min(classes.len() - 1);
            classes[neighbour].join(class);
        }
        classes
    }

    /// The mean of all units, and its 95 % interval: the limits of each verdict's mean (square and add: Zou and Donner 2008; of
    /// strata Yan and Su 2010), with the variance of the shares that have each verdict (Tenenbein 1970). In [−1, 1]. `None` where too few units are rated.
    pub fn corrected(&self) -> Option<MeanEstimate> {
        let classes = self.classes();
        let units: f64 = classes.iter().map(|class| class.units).sum();
        if classes.is_empty() || classes.iter().any(|class| class.rated < MIN_RATED) {
            return None;
        }
        let (mut value, mut squares, mut below, mut above) = (0.0, 0.0, 0.0, 0.0);
        for class in classes {
            let (share, mean) = (class.units / units, class.mean(self.is_binary));
            value += share * mean.value;
            squares += share * mean.value * mean.value;
            below += (share * (mean.value - mean.low)).powi(2);
            above += (share * (mean.high - mean.value)).powi(2);
        }
        // The units are a sample too: of others, other shares would have each verdict.
        let shares = Z95 * Z95 * (squares - value * value).max(0.0) / units;
        Some(MeanEstimate {
            value,
            low: (value - (below + shares).sqrt()).max(-1.0),
            high: (value + (above + shares).sqrt()).min(1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::wilson;

    /// Rated units by verdict and rating, and all others by verdict.
    fn counts(rated: [(usize, usize); 2], unrated: [usize; 2]) -> VerdictCounts {
        let mut counts = VerdictCounts::new(2);
        for verdict in 0..2 {
            let (bad, good) = rated[verdict];
            (0..bad).for_each(|_| counts.add_rated(verdict, -1.0, 1.0));
            (0..good).for_each(|_| counts.add_rated(verdict, 1.0, 1.0));
            (0..unrated[verdict]).for_each(|_| counts.add_unrated(verdict));
        }
        counts
    }

    #[test]
    fn it_is_the_correction_by_sensitivity_and_specificity() {
        // Of 200 units 80 are called bad and 120 good; ten of each kind of verdict weigh 8 and 12.
        let found = counts([(8, 2), (3, 7)], [70, 110]).corrected().unwrap();
        let (tp, fneg, tn, fp) = (84.0, 16.0, 64.0, 36.0);
        let (se, sp): (f64, f64) = (tp / (tp + fneg), tn / (tn + fp));
        let truth = (0.6 + sp - 1.0) / (se + sp - 1.0);
        assert!(
            (found.value - (2.0 * truth - 1.0)).abs() < 1e-12,
            "{found:?}"
        );
        assert!(found.low < -0.3 && found.high > 0.3, "{found:?}");
    }

    #[test]
    fn one_kind_of_verdict_leaves_the_interval_of_the_ratings() {
        let found = counts([(0, 0), (10, 30)], [0, 100]).corrected().unwrap();
        let (low, high) = wilson(30.0, 40.0);
        assert!((found.value - 0.5).abs() < 1e-12);
        assert!((found.low - (2.0 * low - 1.0)).abs() < 1e-12);
        assert!((found.high - (2.0 * high - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn verdicts_with_few_ratings_are_taken_together() {
        let apart = counts([(3, 1), (10, 30)], [40, 100]).corrected().unwrap();
        assert!((apart.value - 18.0 / 44.0).abs() < 1e-12, "{apart:?}");
        assert_eq!(counts([(1, 1), (1, 1)], [40, 100]).corrected(), None);
        assert_eq!(VerdictCounts::new(3).corrected(), None);
    }
}
