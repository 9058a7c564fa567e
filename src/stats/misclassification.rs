//! Means measured by a fallible machine, corrected by how often people confirm each of its verdicts.

use super::{MeanEstimate, Z95, effective_units, interval::wilson_at, tango};

/// Verdicts with fewer rated units than this are taken together with the next one.
const MIN_RATED: f64 = 5.0;

/// Ratings that are added to each verdict's, for its variance.
const PRIOR_RATINGS: f64 = 2.0;

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

    /// As many ratings of equal weight.
    fn ratings(&self) -> f64 {
        effective_units(self.weight, self.squares)
    }

    /// Shares of ratings that are 1 and −1.
    fn shares(&self) -> [f64; 2] {
        [self.up, self.down].map(|sum| sum / self.weight)
    }

    /// Variance of the mean rating. With few ratings, all of one kind, it would be 0: so there are two more, as all are on average.
    fn variance(&self, average: [f64; 2]) -> f64 {
        let n = self.ratings();
        let mut shares = self.shares();
        for (share, average) in shares.iter_mut().zip(average) {
            *share = (n * *share + PRIOR_RATINGS * average) / (n + PRIOR_RATINGS);
        }
        variance(shares) / n
    }
}

/// Variance of a rating that is 1 and −1 with these probabilities, else 0.
fn variance([up, down]: [f64; 2]) -> f64 {
    (up + down - (up - down).powi(2)).max(0.0)
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

    /// The mean of all units in [−1, 1]: the mean of each verdict's ratings counts for all units with the verdict. Its variance is
    /// that within verdicts (Cochran 1977, 5A.9) and of the shares that have each verdict (Tenenbein 1970); the 95 % interval is Wilson's,
    /// or with ties Tango's, for as many ratings as have this variance (Korn and Graubard 1998). `None` where too few are rated.
    pub fn corrected(&self) -> Option<MeanEstimate> {
        let classes = self.classes();
        let units: f64 = classes.iter().map(|class| class.units).sum();
        if classes.is_empty() || classes.iter().any(|class| class.rated < MIN_RATED) {
            return None;
        }
        let over = |of: &dyn Fn(&VerdictClass) -> f64| {
            let parts = classes.iter().map(|class| class.units / units * of(class));
            parts.sum::<f64>()
        };
        let mean = |class: &VerdictClass| class.shares()[0] - class.shares()[1];
        let (up, down) = (over(&|c| c.shares()[0]), over(&|c| c.shares()[1]));
        let within = over(&|class| class.units / units * class.variance([up, down]));
        // The units are a sample too: of others, other shares would have each verdict.
        let between = over(&|class| mean(class).powi(2)) - (up - down).powi(2);
        let total = within + between.max(0.0) / units;
        let ratings = if total > 0.0 {
            variance([up, down]) / total
        } else {
            classes.iter().map(VerdictClass::ratings).sum()
        };
        let (low, high) = match self.is_binary {
            true => {
                let (low, high) = wilson_at(up * ratings, ratings, Z95);
                (2.0 * low - 1.0, 2.0 * high - 1.0)
            }
            false => tango(up * ratings, down * ratings, ratings, Z95),
        };
        Some(MeanEstimate {
            value: up - down,
            low,
            high,
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
