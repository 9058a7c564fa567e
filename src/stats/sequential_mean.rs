//! The sign of a mean of units that are rated one after another, tested at every look, with predictions for all of them.

use super::confidence_sequence::Capital;

/// Units' worth of trust in a slope of a half, before any is seen.
const PRIOR_UNITS: f64 = 5.0;
const PRIOR_SLOPE: f64 = 0.5;

/// Ratings in [−1, 1] of units drawn by chance, unequally or not, and predictions of them.
///
/// Each rated unit adds λ·f̄ + w·(y − λ·f): f̄ is the mean prediction of all units, and w the unit's share of all units over its
/// chance to be drawn. Its expectation is the mean of all ratings, whatever the predictions are worth, as w and λ depend only
/// on what came before: so the capital of who bets on it is a martingale where the mean is 0 (Waudby-Smith and Ramdas 2024;
/// weighted draws with predictions: Shekhar et al. 2023). Half of the capital is bet with λ = 0, for predictions that
/// are worth nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct SequentialMean {
    mean_prediction: f64,
    variance: f64,
    furthest: f64,
    products: f64,
    squares: f64,
    /// Of who bets that the mean is above 0 and of who bets that it is below; without predictions and with them.
    capital: [[Capital; 2]; 2],
    units: usize,
}

impl SequentialMean {
    /// `predictions`: of all units, in [−1, 1]; empty without any.
    pub fn new(predictions: &[f64]) -> SequentialMean {
        let n = predictions.len().max(1) as f64;
        let mean_prediction = predictions.iter().sum::<f64>() / n;
        let squares = predictions.iter().map(|f| (f - mean_prediction).powi(2));
        SequentialMean {
            mean_prediction,
            variance: squares.sum::<f64>() / n,
            furthest: predictions.iter().fold(0.0, |far, f| far.max(f.abs())),
            products: 0.0,
            squares: 0.0,
            capital: std::array::from_fn(|_| [Capital::default(), Capital::default()]),
            units: 0,
        }
    }

    /// Add the next rated unit. `max_weight`: the largest that a unit could have had in this draw.
    pub fn add(&mut self, value: f64, predicted: f64, weight: f64, max_weight: f64) {
        let prior = PRIOR_UNITS * self.variance;
        let slope = match self.squares + prior > 0.0 {
            true => (self.products + prior * PRIOR_SLOPE) / (self.squares + prior),
            false => 0.0,
        };
        for (lambda, bets) in [0.0, slope.clamp(0.0, 1.0)]
            .into_iter()
            .zip(&mut self.capital)
        {
            let most = lambda * self.mean_prediction.abs()
                + max_weight.max(weight) * (1.0 + lambda * self.furthest);
            let added = lambda * self.mean_prediction + weight * (value - lambda * predicted);
            bets[0].add(added / most, 1.0);
            bets[1].add(-added / most, 1.0);
        }
        self.products += weight * value * (predicted - self.mean_prediction);
        self.squares += weight * (predicted - self.mean_prediction).powi(2);
        self.units += 1;
    }

    pub fn units(&self) -> usize {
        self.units
    }

    /// Whether the mean is above (true) or below 0, at the two-sided level `alpha` over all looks; `None` while neither is shown.
    pub fn sign(&self, alpha: f64) -> Option<bool> {
        let far = (2.0 / alpha).ln();
        let shown = [0, 1].into_iter().find(|side| {
            let logs = [0, 1].map(|bets: usize| self.capital[bets][*side].log());
            let highest = logs[0].max(logs[1]);
            let mean = 0.5 * logs.map(|log| (log - highest).exp()).iter().sum::<f64>();
            highest + mean.ln() >= far
        });
        shown.map(|side| side == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::ConfidenceSequence;

    #[test]
    fn without_predictions_it_is_the_plain_sequence() {
        let mut sequential = SequentialMean::new(&[]);
        let mut values = Vec::new();
        for i in 0..60 {
            let value = [1.0, 1.0, -1.0, 1.0][i % 4];
            values.push((value, 1.0));
            sequential.add(value, 0.0, 1.0, 1.0);
            let plain = ConfidenceSequence::of(-1.0, 1.0, values.iter().copied());
            let shown = plain.log_capital_above(0.0) >= 40f64.ln();
            assert_eq!(sequential.sign(0.05), shown.then_some(true), "{i}");
        }
        assert_eq!(
            (sequential.sign(0.05), sequential.units()),
            (Some(true), 60)
        );
    }

    #[test]
    fn predictions_that_are_always_wrong_only_cost_ratings() {
        let predictions: Vec<f64> = (0..100).map(|i| f64::from(i % 2) * 2.0 - 1.0).collect();
        let mut sequential = SequentialMean::new(&predictions);
        (predictions.iter()).for_each(|f| sequential.add(-f, *f, 1.0, 1.0));
        assert_eq!(sequential.sign(0.05), None);
        (0..80).for_each(|i| sequential.add(1.0, predictions[i], 1.0, 1.0));
        assert_eq!(sequential.sign(0.05), Some(true));
    }
}
