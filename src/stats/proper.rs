//! Proper scores of stated probabilities, scaled to 0 to 1: in expectation, they are highest for the true probabilities.

/// Probabilities below this score as this: the log score has no lower end.
const LEAST: f64 = 0.001;

/// 1 minus half of the squared distance between stated probabilities and what came (Brier 1950); outcomes that are right
/// together count as one. 1 for certainty in what came, 0 for certainty in something else.
pub fn brier_score(probabilities: &[f64], came: &[bool]) -> f64 {
    let mut right = 0.0;
    let mut others = 0.0;
    for (p, came) in probabilities.iter().zip(came) {
        match came {
            true => right += p,
            false => others += p * p,
        }
    }
    1.0 - ((1.0 - right) * (1.0 - right) + others) / 2.0
}

/// The logarithm of the probability of what came (Good 1952), scaled so that certainty has 1, and 0.001 and less have 0.
pub fn log_score(probability: f64) -> f64 {
    1.0 - probability.clamp(LEAST, 1.0).ln() / LEAST.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_have_their_known_values() {
        assert_eq!(brier_score(&[1.0, 0.0], &[true, false]), 1.0);
        assert_eq!(brier_score(&[0.0, 1.0], &[true, false]), 0.0);
        assert_eq!(brier_score(&[0.5, 0.5], &[true, false]), 0.75);
        let three = brier_score(&[0.6, 0.3, 0.1], &[false, true, false]);
        assert!((three - (1.0 - (0.49 + 0.36 + 0.01) / 2.0)).abs() < 1e-12);
        assert_eq!(brier_score(&[0.5, 0.5], &[true, true]), 1.0);
        assert_eq!((log_score(1.0), log_score(0.0)), (1.0, 0.0));
        assert!((log_score(0.1) - 2.0 / 3.0).abs() < 1e-12);
    }

    /// No other statement than the truth has a higher mean score.
    #[test]
    fn they_are_proper() {
        for truth in [0.1, 0.35, 0.8] {
            let mean = |stated: f64| {
                let brier = |came: bool| brier_score(&[stated, 1.0 - stated], &[came, !came]);
                let log = |p| log_score(p);
                [
                    truth * brier(true) + (1.0 - truth) * brier(false),
                    truth * log(stated) + (1.0 - truth) * log(1.0 - stated),
                ]
            };
            let best = mean(truth);
            for stated in (1..100).map(|n| f64::from(n) / 100.0) {
                let other = mean(stated);
                assert!(
                    other[0] <= best[0] + 1e-12 && other[1] <= best[1] + 1e-12,
                    "{truth} {stated}"
                );
            }
        }
    }
}
