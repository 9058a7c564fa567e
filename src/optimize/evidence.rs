//! What paired scores say about the gain of one wording over another.

use crate::stats::{ConfidenceSequence, tango};
use statrs::function::erf::{erfc, erfc_inv};

/// Standard deviation of the gains that rewordings have, before any is tried: a few points.
const PRIOR_DEVIATION: f64 = 0.05;
/// Variance of a paired difference before any is seen, and for how many units that counts.
const PRIOR_VARIANCE: (f64, f64) = (0.2, 4.0);

/// Paired differences of scores on shared units (rows, or clusters of rows).
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    pub units: usize,
    /// Mean difference, as observed; 0 without any.
    pub mean: f64,
    /// Variance of that mean.
    variance: f64,
    differences: Vec<(f64, f64)>,
}

impl Evidence {
    /// From the difference of each unit, in [−1, 1], and its weight: its size as a share of the largest unit's.
    pub fn of(units: Vec<(f64, f64)>) -> Evidence {
        let weight: f64 = units.iter().map(|(_, w)| w).sum();
        if weight <= 0.0 {
            return Evidence {
                units: 0,
                mean: 0.0,
                variance: f64::INFINITY,
                differences: Vec::new(),
            };
        }
        let mean = units.iter().map(|(d, w)| d * w).sum::<f64>() / weight;
        let squares: f64 = units.iter().map(|(d, _)| (d - mean).powi(2)).sum();
        let (prior, count) = PRIOR_VARIANCE;
        let of_unit = (squares + prior * count) / (units.len() as f64 - 1.0 + count);
        let shares: f64 = units.iter().map(|(_, w)| (w / weight).powi(2)).sum();
        Evidence {
            units: units.len(),
            mean,
            variance: of_unit * shares,
            differences: units,
        }
    }

    /// The gain that is to be expected: the mean, shrunk towards none by what few units can say. The posterior mean under a
    /// normal prior of standard deviation 0.05.
    pub fn expected(&self) -> f64 {
        self.mean * self.trust()
    }

    /// Probability that the gain is above this, under the same prior.
    pub fn chance_above(&self, gain: f64) -> f64 {
        let deviation = PRIOR_DEVIATION * (1.0 - self.trust()).sqrt();
        0.5 * erfc((gain - self.expected()) / (deviation * std::f64::consts::SQRT_2))
    }

    /// Whether the gain is above 0, at this level over all looks together: the capital of who bets on it has reached 1/α (Ville
    /// 1939).
    pub fn is_better(&self, alpha: f64) -> bool {
        self.is_above(0.0, alpha)
    }

    /// The same of a gain above this.
    pub fn is_above(&self, gain: f64, alpha: f64) -> bool {
        let wagers = ConfidenceSequence::of(-1.0, 1.0, self.differences.iter().copied());
        wagers.log_capital_above(gain) >= -alpha.ln()
    }

    /// Whether the gain is above this by one look at all units that there are, at this level: by the score interval of paired
    /// proportions (Tango 1998), which stays honest where hardly any answer changes; units count as many as their weights do
    /// (Kish).
    pub fn is_above_at_last(&self, gain: f64, alpha: f64) -> bool {
        let of = |part: &dyn Fn(f64) -> f64| -> f64 {
            self.differences.iter().map(|(d, w)| part(*d) * w).sum()
        };
        let weight = of(&|_| 1.0);
        let squares: f64 = self.differences.iter().map(|(_, w)| w * w).sum();
        if weight <= 0.0 {
            return false;
        }
        let effective = weight * weight / squares;
        let scale = effective / weight;
        let (up, down) = (of(&|d| d.max(0.0)) * scale, of(&|d| (-d).max(0.0)) * scale);
        tango(up, down, effective, critical(alpha)).0 > gain
    }

    fn trust(&self) -> f64 {
        let prior = PRIOR_DEVIATION.powi(2);
        prior / (prior + self.variance)
    }
}

/// What a standard normal exceeds with this probability.
pub(super) fn critical(alpha: f64) -> f64 {
    std::f64::consts::SQRT_2 * erfc_inv(2.0 * alpha)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn nothing_seen_says_nothing() {
        let none = Evidence::of(Vec::new());
        assert_eq!((none.expected(), none.chance_above(0.0)), (0.0, 0.5));
        assert!(!none.is_better(0.05));
    }

    #[test]
    fn a_gain_above_a_margin_is_shown_earlier_by_one_look_than_by_many() {
        let same = |n: usize| Evidence::of(vec![(0.0, 1.0); n]);
        let first = |shown: &dyn Fn(&Evidence) -> bool| (2..400).find(|n| shown(&same(*n)));
        let many = first(&|e| e.is_above(-0.05, 0.05)).unwrap();
        let one = first(&|e| e.is_above_at_last(-0.05, 0.05)).unwrap();
        assert!(
            (60..=140).contains(&many) && (50..many).contains(&one),
            "{many} {one}"
        );
        // At the margin the chance to be shown is about the level (0.025), below 0.04: losses on 5 % of the rows, by the binomial distribution.
        for n in [73_u64, 150, 300] {
            let shown = |losses: u64| {
                let lost = vec![(-1.0, 1.0); losses as usize];
                let same = vec![(0.0, 1.0); (n - losses) as usize];
                Evidence::of([lost, same].concat()).is_above_at_last(-0.05, 0.025)
            };
            let most = (0..n).take_while(|losses| shown(*losses)).last();
            let lost = Binomial::new(0.05, n).unwrap();
            let chance = most.map_or(0.0, |most| lost.cdf(most));
            assert!(chance < 0.04, "{n}: {chance}");
        }
        assert!((critical(0.025) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!(!same(3).is_above_at_last(-0.2, 0.05));
    }

    #[test]
    fn few_units_are_shrunk_and_many_are_not() {
        let evidence = |n: usize| {
            let units: Vec<(f64, f64)> = (0..n)
                .map(|i| (f64::from(u8::from(i % 5 == 0)), 1.0))
                .collect();
            Evidence::of(units)
        };
        let (few, many) = (evidence(10), evidence(2_000));
        assert!((few.mean - 0.2).abs() < 1e-12 && few.expected() < 0.05);
        assert!((many.expected() - 0.2).abs() < 0.01 && many.chance_above(0.1) > 0.999);
        assert!(many.is_better(1e-6) && !few.is_better(0.01));
        // By hand: s² = (1.6 + 0.8) / 13, trust = 0.0025 / (0.0025 + s² / 10).
        let trust = 0.0025 / (0.0025 + 2.4 / 130.0);
        assert!((few.expected() - 0.2 * trust).abs() < 1e-12);
    }
}
