//! Proportions measured by a fallible test, corrected by how often the test is right.

use super::{MeanEstimate, Z95};

/// How a test did on units whose truth is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Misclassification {
    pub true_positive: f64,
    pub false_negative: f64,
    pub true_negative: f64,
    pub false_positive: f64,
}

/// Why nothing can be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncorrectable {
    /// No unit is truly positive: the sensitivity is unknown.
    NoPositives,
    /// No unit is truly negative: the specificity is unknown.
    NoNegatives,
    /// Sensitivity + specificity are not significantly above 1: the test does no better than chance.
    NoBetterThanChance,
}

/// An accuracy with a success and a failure added, and its variance.
#[derive(Debug, Clone, Copy)]
struct Accuracy {
    share: f64,
    variance: f64,
}

impl Accuracy {
    fn new(right: f64, wrong: f64) -> Accuracy {
        let n = right + wrong + 2.0;
        let share = (right + 1.0) / n;
        Accuracy {
            share,
            variance: share * (1.0 - share) / n,
        }
    }
}

impl Misclassification {
    pub fn add(&mut self, truth: bool, test: bool) {
        *match (truth, test) {
            (true, true) => &mut self.true_positive,
            (true, false) => &mut self.false_negative,
            (false, false) => &mut self.true_negative,
            (false, true) => &mut self.false_positive,
        } += 1.0;
    }

    /// Share of true positives that test positive.
    pub fn sensitivity(&self) -> Result<f64, Uncorrectable> {
        let n = self.true_positive + self.false_negative;
        let known = (n > 0.0).then(|| self.true_positive / n);
        known.ok_or(Uncorrectable::NoPositives)
    }

    /// Share of true negatives that test negative.
    pub fn specificity(&self) -> Result<f64, Uncorrectable> {
        let n = self.true_negative + self.false_positive;
        let known = (n > 0.0).then(|| self.true_negative / n);
        known.ok_or(Uncorrectable::NoNegatives)
    }

    /// Both accuracies, smoothed, where their sum is significantly above 1 (Youden 1950).
    fn informative(&self) -> Result<(Accuracy, Accuracy), Uncorrectable> {
        let informedness = self.sensitivity()? + self.specificity()? - 1.0;
        let sensitivity = Accuracy::new(self.true_positive, self.false_negative);
        let specificity = Accuracy::new(self.true_negative, self.false_positive);
        let error = (sensitivity.variance + specificity.variance).sqrt();
        let smooth = sensitivity.share + specificity.share - 1.0;
        let is_informative = informedness > 0.0 && smooth > Z95 * error;
        let known = is_informative.then_some((sensitivity, specificity));
        known.ok_or(Uncorrectable::NoBetterThanChance)
    }

    /// The share of true positives where `positive` of `n` other units test positive (Rogan and Gladen 1978), with the interval
    /// of Lang and Reiczigel (2014), 95 %.
    pub fn corrected(&self, positive: f64, n: f64) -> Result<MeanEstimate, Uncorrectable> {
        let share = self.unlimited(positive, n)?;
        Ok(MeanEstimate {
            value: share.value.clamp(0.0, 1.0),
            low: share.low.clamp(0.0, 1.0),
            high: share.high.clamp(0.0, 1.0),
        })
    }

    /// The same, where it may leave [0, 1].
    fn unlimited(&self, positive: f64, n: f64) -> Result<MeanEstimate, Uncorrectable> {
        let (se, sp) = self.informative()?;
        let (raw_se, raw_sp) = (self.sensitivity()?, self.specificity()?);
        let z2 = Z95 * Z95;
        let m = n + z2;
        let apparent = (positive + z2 / 2.0) / m;
        let smooth = se.share + sp.share - 1.0;
        let truth = (apparent + sp.share - 1.0) / smooth;
        let shift = 2.0 * z2 * (truth * se.variance - (1.0 - truth) * sp.variance);
        let variance = apparent * (1.0 - apparent) / m
            + truth * truth * se.variance
            + (1.0 - truth) * (1.0 - truth) * sp.variance;
        let half = Z95 * variance.sqrt() / smooth;
        Ok(MeanEstimate {
            value: (positive / n + raw_sp - 1.0) / (raw_se + raw_sp - 1.0),
            low: truth + shift - half,
            high: truth + shift + half,
        })
    }
}

/// How `n` pairs of units tested that were not used to find out how good the test is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedTests {
    pub n: f64,
    pub first_positive: f64,
    pub second_positive: f64,
    pub both_positive: f64,
}

impl PairedTests {
    /// The difference of two shares of true positives, each corrected by how the test did on its side. The limits of both are
    /// combined with the correlation of the tests (Zou and Donner 2008; Zou 2007), 95 %.
    pub fn corrected_difference(
        &self,
        first: &Misclassification,
        second: &Misclassification,
    ) -> Result<MeanEstimate, Uncorrectable> {
        let (a, b) = (
            first.unlimited(self.first_positive, self.n)?,
            second.unlimited(self.second_positive, self.n)?,
        );
        let middle = |share: MeanEstimate| 0.5 * (share.low + share.high);
        let (pa, pb) = (self.first_positive / self.n, self.second_positive / self.n);
        let covariance = (self.both_positive / self.n - pa * pb) / self.n;
        let informedness = |test: &Misclassification| -> Result<f64, Uncorrectable> {
            let (se, sp) = test.informative()?;
            Ok(se.share + sp.share - 1.0)
        };
        let covariance = covariance / (informedness(first)? * informedness(second)?);
        // Both limits are as far from the middle.
        let half = |share: MeanEstimate| 0.5 * share.width();
        let (ha, hb) = (half(a), half(b));
        let square = ha * ha + hb * hb - 2.0 * Z95 * Z95 * covariance;
        let half = square.max(0.0).sqrt();
        let centre = middle(a) - middle(b);
        Ok(MeanEstimate {
            value: (a.value - b.value).clamp(-1.0, 1.0),
            low: (centre - half).clamp(-1.0, 1.0),
            high: (centre + half).clamp(-1.0, 1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: Misclassification = Misclassification {
        true_positive: 45.0,
        false_negative: 5.0,
        true_negative: 40.0,
        false_positive: 10.0,
    };

    const PAIRS: PairedTests = PairedTests {
        n: 200.0,
        first_positive: 110.0,
        second_positive: 82.0,
        both_positive: 75.0,
    };

    #[test]
    fn a_share_is_corrected_by_hand() {
        // (0.55 + 0.8 − 1) / (0.9 + 0.8 − 1)
        let found = TEST.corrected(110.0, 200.0).unwrap();
        assert!((found.value - 0.5).abs() < 1e-12);
        assert!(found.low < 0.42 && found.high > 0.58, "{found:?}");
        let difference = PAIRS.corrected_difference(&TEST, &TEST).unwrap();
        assert!((difference.value - 0.2).abs() < 1e-12);
        assert!(
            difference.low > -0.15 && difference.high < 0.5,
            "{difference:?}"
        );
        let independent = PairedTests {
            both_positive: 0.55 * 82.0,
            ..PAIRS
        };
        let wider = independent.corrected_difference(&TEST, &TEST).unwrap();
        assert!(wider.width() > difference.width());
    }

    #[test]
    fn what_cannot_be_corrected_is_refused() {
        let swapped = Misclassification {
            true_positive: 5.0,
            false_negative: 45.0,
            ..TEST
        };
        let refused = Err(Uncorrectable::NoBetterThanChance);
        assert_eq!(swapped.corrected(50.0, 100.0), refused);
        assert_eq!(PAIRS.corrected_difference(&TEST, &swapped), refused);
        let mut counts = Misclassification::default();
        assert_eq!(counts.corrected(1.0, 2.0), Err(Uncorrectable::NoPositives));
        counts.add(true, true);
        assert_eq!(counts.corrected(1.0, 2.0), Err(Uncorrectable::NoNegatives));
        counts.add(false, false);
        assert_eq!(counts.corrected(1.0, 2.0), refused, "one of each kind");
    }
}
