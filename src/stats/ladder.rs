//! The Ladder: what may be reported about scores on units that are used again and again.

use super::paired::moments;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The Ladder (Blum and Hardt 2015, "The Ladder: A Reliable Leaderboard for Machine Learning Competitions"): a submission's score is
/// released only where it beats the one released last by more than a step; otherwise that one is said again.
///
/// The paper's parameter-free step is one standard error of the paired difference, which bounds what an adaptive adversary learns
/// but lets much of the luck of a plain search through (a bias of 0.08 where the raw maximum has 0.10: 200 equal submissions, 200
/// units). Here the step of submission t is the t quantile of the difference at α / (t (t + 1)), one-sided, so that among
/// submissions that are equally good, and were not made in view of these units, anything is released after the first with a
/// probability of at most about α, however many there are.
#[derive(Debug, Clone)]
pub struct Ladder {
    alpha: f64,
    submissions: u32,
    /// Values by unit of the best submission so far, and the score that was released for it.
    best: Option<(Vec<Option<f64>>, f64)>,
}

/// What is said about a submission.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LadderStep {
    /// Whether it is an improvement that may be reported.
    pub improved: bool,
    /// The score that is released: its own, rounded to 1/n, where it is one, else that of the best before.
    pub released: f64,
}

impl Ladder {
    /// `alpha`: probability of a release among equal submissions, such as 0.05.
    pub fn new(alpha: f64) -> Ladder {
        Ladder {
            alpha,
            submissions: 0,
            best: None,
        }
    }

    /// Submit a value per unit, higher is better; `None` where a unit has none. Two submissions are compared on the units that
    /// both have. `None` where it has no value, or shares fewer than two units with the best so far.
    pub fn submit(&mut self, values: &[Option<f64>]) -> Option<LadderStep> {
        let own: Vec<f64> = values.iter().flatten().copied().collect();
        if own.is_empty() {
            return None;
        }
        let n = own.len() as f64;
        let score = (own.iter().sum::<f64>()).round() / n;
        let Some((best, released)) = &self.best else {
            return Some(self.release(values, score));
        };
        let pairs = values.iter().zip(best);
        let differences: Vec<f64> = pairs.filter_map(|(a, b)| Some((*a)? - (*b)?)).collect();
        moments(&differences)?;
        let tries = f64::from(self.submissions + 1);
        match is_above(&differences, self.alpha / (tries * (tries + 1.0))) {
            true => Some(self.release(values, score)),
            false => {
                let released = *released;
                self.submissions += 1;
                Some(LadderStep {
                    improved: false,
                    released,
                })
            }
        }
    }

    fn release(&mut self, values: &[Option<f64>], released: f64) -> LadderStep {
        self.submissions += 1;
        self.best = Some((values.to_vec(), released));
        LadderStep {
            improved: true,
            released,
        }
    }
}

/// Whether the mean of differences is above 0 at this one-sided level.
fn is_above(differences: &[f64], alpha: f64) -> bool {
    let Some((mean, variance)) = moments(differences) else {
        return false;
    };
    let n = differences.len() as f64;
    if variance <= 0.0 {
        // All alike: by their signs.
        return mean > 0.0 && 0.5f64.powf(n) <= alpha;
    }
    StudentsT::new(0.0, 1.0, n - 1.0).is_ok_and(|t| t.sf(mean / (variance / n).sqrt()) <= alpha)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::{Purpose, stream};
    use rand::RngExt;

    /// Over worlds in which every submission is a coin with the same chance per unit, but for a gain of the last: the released
    /// score minus the true one of the last, the raw maximum minus it, and the share of worlds in which anything was released
    /// after the first.
    fn worlds(submissions: usize, units: usize, gain: f64) -> (f64, f64, f64) {
        const WORLDS: u64 = 200;
        let (mut released, mut raw, mut any) = (0.0, 0.0, 0);
        for world in 0..WORLDS {
            let mut rng = stream(world, Purpose::Noise, 25);
            let mut ladder = Ladder::new(0.05);
            let (mut best, mut last, mut steps) = (f64::MIN, 0.0, 0);
            for i in 0..submissions {
                let chance = if i + 1 == submissions {
                    0.5 + gain
                } else {
                    0.5
                };
                let values: Vec<Option<f64>> = (0..units)
                    .map(|_| Some(f64::from(u8::from(rng.random_bool(chance)))))
                    .collect();
                best = f64::max(best, values.iter().flatten().sum::<f64>() / units as f64);
                let step = ladder.submit(&values).unwrap();
                last = step.released;
                steps += usize::from(step.improved);
            }
            released += last - (0.5 + gain);
            raw += best - (0.5 + gain);
            any += u64::from(steps > 1);
        }
        let n = WORLDS as f64;
        (released / n, raw / n, any as f64 / n)
    }

    #[test]
    fn reuse_biases_the_best_score_and_not_the_released_one() {
        let (released, raw, any) = worlds(200, 200, 0.0);
        assert!(raw > 0.08, "{raw}");
        assert!(released.abs() < 0.015, "{released}");
        // 0.05 and two standard errors of 200 worlds.
        assert!(any <= 0.081, "{any}");
        // A true gain is found after 20 others, and its score is true.
        let (released, _, any) = worlds(20, 400, 0.25);
        assert!(any > 0.95 && released.abs() < 0.015, "{any} {released}");
    }

    #[test]
    fn a_step_grows_with_the_submissions_before() {
        let values = |right: usize| -> Vec<Option<f64>> {
            (0..100)
                .map(|i| Some(f64::from(u8::from(i < right))))
                .collect()
        };
        let step = |improved, released| Some(LadderStep { improved, released });
        // 7 rows fixed of 100: t = 2.73, p = 0.0038, below 0.05 / 6 but above 0.05 / 20.
        let mut ladder = Ladder::new(0.05);
        assert_eq!(ladder.submit(&values(50)), step(true, 0.5));
        assert_eq!(ladder.submit(&values(57)), step(true, 0.57));
        let mut ladder = Ladder::new(0.05);
        ladder.submit(&values(50));
        assert_eq!(ladder.submit(&values(51)), step(false, 0.5));
        assert_eq!(ladder.submit(&values(50)), step(false, 0.5));
        assert_eq!(ladder.submit(&values(57)), step(false, 0.5));
        assert_eq!(ladder.submit(&[None, None]), None);
        // Two rows that both get better say little, ten say enough.
        for (rows, improved) in [(2, false), (10, true)] {
            let mut ladder = Ladder::new(0.05);
            ladder.submit(&vec![Some(0.0); rows]);
            let step = ladder.submit(&vec![Some(1.0); rows]);
            assert_eq!(step.map(|step| step.improved), Some(improved));
        }
    }
}
