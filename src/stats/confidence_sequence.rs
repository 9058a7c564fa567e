//! Intervals of a mean that hold however often one looks: confidence sequences by betting.
//!
//! Units come one after another in random order. A gambler who believes that the mean is above `m` stakes a part of the
//! capital on each; where the mean is `m` or less, no stake makes the capital grow in expectation, so that it ever reaches
//! 1/α with probability at most α (Ville 1939; Waudby-Smith and Ramdas 2024). The stakes here are fixed parts, mixed with
//! equal weights: the capital depends on what was seen, not on the order, nor on when one looked.

/// How many stakes, from nearly all that can be lost without ruin down to a 700th of it.
const STAKES: usize = 20;

/// A stake as a part of the largest that cannot ruin.
fn stake(number: usize) -> f64 {
    0.97 * 0.5f64.powf(0.5 * number as f64)
}

/// Units seen, by distinct value and weight.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfidenceSequence {
    low: f64,
    high: f64,
    kinds: Vec<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Kind {
    value: f64,
    weight: f64,
    count: f64,
}

/// The logarithms of the capital of gamblers who stake a fixed part on every unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Capital([f64; STAKES]);

impl Capital {
    /// Units with this gain, as a part of the largest loss.
    pub(super) fn add(&mut self, gain: f64, count: f64) {
        for (number, log) in self.0.iter_mut().enumerate() {
            *log += count * (stake(number) * gain).ln_1p();
        }
    }

    /// Natural logarithm of the mean over the stakes.
    pub(super) fn log(&self) -> f64 {
        let highest = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.0.iter().map(|log| (log - highest).exp()).sum();
        highest + (sum / STAKES as f64).ln()
    }
}

impl ConfidenceSequence {
    /// Nothing seen of values in [`low`, `high`].
    pub fn new(low: f64, high: f64) -> ConfidenceSequence {
        ConfidenceSequence {
            low,
            high,
            kinds: Vec::new(),
        }
    }

    /// Take in units: (value, weight). Values are held to the range; weights, which say by how much units count in the mean,
    /// to (0, 1]: a cluster of rows has the mean of its rows, and its size as a share of the largest one's.
    pub fn of(
        low: f64,
        high: f64,
        units: impl IntoIterator<Item = (f64, f64)>,
    ) -> ConfidenceSequence {
        let mut all: Vec<(f64, f64)> = units
            .into_iter()
            .filter(|(value, weight)| value.is_finite() && *weight > 0.0)
            .map(|(value, weight)| (value.clamp(low, high), weight.min(1.0)))
            .collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut wagers = ConfidenceSequence::new(low, high);
        for (value, weight) in all {
            match wagers.kinds.last_mut() {
                Some(kind) if kind.value == value && kind.weight == weight => kind.count += 1.0,
                _ => wagers.kinds.push(Kind {
                    value,
                    weight,
                    count: 1.0,
                }),
            }
        }
        wagers
    }

    /// The same units, each so many times as often: what more of the same would show.
    pub fn times(&self, factor: f64) -> ConfidenceSequence {
        let kinds = self.kinds.iter().map(|kind| Kind {
            count: kind.count * factor,
            ..*kind
        });
        ConfidenceSequence {
            kinds: kinds.collect(),
            ..*self
        }
    }

    /// The weighted mean; `None` where nothing was seen.
    pub fn mean(&self) -> Option<f64> {
        let weight: f64 = self.kinds.iter().map(|k| k.weight * k.count).sum();
        let sum: f64 = self
            .kinds
            .iter()
            .map(|k| k.value * k.weight * k.count)
            .sum();
        (weight > 0.0).then(|| sum / weight)
    }

    /// Natural logarithm of the capital of whoever bets that the mean is above `m`.
    pub fn log_capital_above(&self, m: f64) -> f64 {
        self.log_capital(m - self.low, |value| value - m)
    }

    /// The same of whoever bets that it is below `m`.
    pub fn log_capital_below(&self, m: f64) -> f64 {
        self.log_capital(self.high - m, |value| m - value)
    }

    /// `most`: the largest loss of a unit.
    fn log_capital(&self, most: f64, gain: impl Fn(f64) -> f64) -> f64 {
        if most <= 0.0 {
            // Nothing can be lost: whoever sees a gain at all is right.
            let gains = self.kinds.iter().any(|k| gain(k.value) > 0.0);
            return if gains { f64::INFINITY } else { 0.0 };
        }
        let mut capital = Capital::default();
        for kind in &self.kinds {
            capital.add(kind.weight * gain(kind.value) / most, kind.count);
        }
        capital.log()
    }

    /// The interval of the mean that holds at every look together with probability 1 − `alpha`; the whole range where nothing
    /// was seen.
    pub fn interval(&self, alpha: f64) -> (f64, f64) {
        let Some(mean) = self.mean() else {
            return (self.low, self.high);
        };
        let far = (2.0 / alpha).ln();
        let edge = |mut outside: f64, capital: &dyn Fn(f64) -> f64| {
            let mut inside = mean;
            if capital(outside) < far {
                return outside;
            }
            for _ in 0..40 {
                let middle = 0.5 * (inside + outside);
                if capital(middle) < far {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            outside
        };
        (
            edge(self.low, &|m| self.log_capital_above(m)),
            edge(self.high, &|m| self.log_capital_below(m)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::{Purpose, stream};
    use rand::Rng;

    #[test]
    fn capital_by_hand() {
        // Three gains and a loss, m = 0 in [−1, 1]: the mean over the stakes s of (1 + s)³(1 − s).
        let wagers =
            ConfidenceSequence::of(-1.0, 1.0, [1.0, 1.0, -1.0, 1.0, 0.0].map(|x| (x, 1.0)));
        let by_hand: f64 = (0..STAKES)
            .map(stake)
            .map(|s| (1.0 + s).powi(3) * (1.0 - s))
            .sum::<f64>()
            / STAKES as f64;
        assert!((wagers.log_capital_above(0.0) - by_hand.ln()).abs() < 1e-12);
        assert!(wagers.log_capital_below(0.0) < 0.0);
        assert_eq!(ConfidenceSequence::new(0.0, 1.0).interval(0.05), (0.0, 1.0));
    }

    #[test]
    fn the_interval_holds_at_every_look() {
        // Looked at after every unit: the true mean may ever fall outside in 5 % of the cases.
        let mut wrong = 0;
        for repeat in 0..400 {
            let mut rng = stream(3, Purpose::Bootstrap, repeat);
            let mut seen = Vec::new();
            let out = (0..200).any(|_| {
                let unit = rng.next_u32() as f64 / f64::from(u32::MAX);
                seen.push((f64::from(u8::from(unit < 0.3)), 1.0));
                let wagers = ConfidenceSequence::of(0.0, 1.0, seen.iter().copied());
                let far = (2.0 / 0.05f64).ln();
                wagers.log_capital_above(0.3) >= far || wagers.log_capital_below(0.3) >= far
            });
            wrong += u32::from(out);
        }
        assert!((1..=20).contains(&wrong), "{wrong} of 400");
    }

    #[test]
    fn the_interval_shrinks_and_holds_the_mean() {
        let of = |n: usize| {
            ConfidenceSequence::of(
                0.0,
                1.0,
                (0..n).map(|i| (f64::from(u8::from(i % 5 > 0)), 1.0)),
            )
        };
        let (low, high) = of(100).interval(0.05);
        assert!(low < 0.8 && high > 0.8 && high - low < 0.3, "{low} {high}");
        let (a, b) = of(1600).interval(0.05);
        assert!(b - a < 0.35 * (high - low), "{a} {b}");
        let (low, high) = ConfidenceSequence::of(0.0, 1.0, [(1.0, 1.0); 50]).interval(0.05);
        assert!(high == 1.0 && low > 0.85 && low < 0.95, "{low}");
    }

    #[test]
    fn a_cluster_counts_by_its_size() {
        let wagers = ConfidenceSequence::of(0.0, 1.0, [(1.0, 1.0), (0.0, 0.5)]);
        assert!((wagers.mean().unwrap() - 2.0 / 3.0).abs() < 1e-12);
        let (low, high) = wagers.interval(0.05);
        assert!(low < 0.1 && high > 0.9);
    }
}
