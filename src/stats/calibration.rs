//! Calibration of stated probabilities: how often what was stated with a probability came.

use super::{Matrix, ResampleSpec, expanded_tail, percentiles, resample_sums};

/// Bins of equal width from 0 to 1.
const BINS: usize = 10;

/// Per bin: how many, the sum of their probabilities, how many came.
const PER_BIN: usize = 3;

/// One bin of a calibration curve that has any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    pub n: f64,
    /// Mean of the stated probabilities.
    pub stated: f64,
    /// Share that came.
    pub came: f64,
}

/// How stated probabilities hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Expected calibration error (Naeini et al. 2015): the mean distance of `stated` and `came`, weighted by `n`.
    pub error: f64,
    /// 95 %, by resampling units. The error of a sample is too high, and this with it.
    pub interval: (f64, f64),
    pub curve: Vec<CalibrationBin>,
}

impl Calibration {
    /// From units, each with stated probabilities and whether what was stated came; `None` without any.
    pub fn new(units: &[Vec<(f64, bool)>], spec: ResampleSpec) -> Option<Calibration> {
        let mut sums = Matrix::new(units.len(), BINS * PER_BIN);
        for (at, unit) in units.iter().enumerate() {
            let row = sums.unit_mut(at);
            for (stated, came) in unit {
                let bin = ((stated * BINS as f64) as usize).min(BINS - 1) * PER_BIN;
                row[bin] += 1.0;
                row[bin + 1] += stated;
                row[bin + 2] += f64::from(u8::from(*came));
            }
        }
        let all = sums.sums();
        let error = error_of(&all)?;
        let mut drawn = resample_sums(&sums, spec).map(|sums| error_of(sums).unwrap_or(error));
        let tail = expanded_tail(0.025, units.len());
        Some(Calibration {
            error,
            interval: percentiles(&mut drawn, tail),
            curve: bins(&all).collect(),
        })
    }
}

fn bins(sums: &[f64]) -> impl Iterator<Item = CalibrationBin> {
    let filled = sums.chunks_exact(PER_BIN).filter(|bin| bin[0] > 0.0);
    filled.map(|bin| CalibrationBin {
        n: bin[0],
        stated: bin[1] / bin[0],
        came: bin[2] / bin[0],
    })
}

fn error_of(sums: &[f64]) -> Option<f64> {
    let all: f64 = bins(sums).map(|bin| bin.n).sum();
    let apart: f64 = bins(sums).map(|b| b.n * (b.stated - b.came).abs()).sum();
    (all > 0.0).then(|| apart / all)
}

/// The share of rights with the cut at a half, and with cuts that were each chosen on one half of the points and judged on the
/// other. Points are the probability of the first of two classes and whether it is the right one; halves alternate.
pub fn cross_fitted_threshold(points: &[(f64, bool)]) -> Option<(f64, f64)> {
    if points.len() < 4 {
        return None;
    }
    let half = |odd: bool| {
        let chosen = points.iter().enumerate();
        chosen
            .filter(move |(at, _)| (at % 2 == 1) == odd)
            .map(|(_, point)| *point)
    };
    let rights = |cut: f64, odd: bool| {
        half(odd)
            .filter(|(p, is_first)| (*p >= cut) == *is_first)
            .count()
    };
    let fitted = |odd: bool| {
        let cuts = half(odd).map(|(p, _)| p).chain([0.5, 1.1]);
        // Of equally good cuts the one nearest to a half.
        let best = cuts.max_by(|a, b| {
            let order = rights(*a, odd).cmp(&rights(*b, odd));
            order.then((b - 0.5).abs().total_cmp(&(a - 0.5).abs()))
        });
        rights(best.unwrap_or(0.5), !odd)
    };
    let all = points.len() as f64;
    let at_half = rights(0.5, false) + rights(0.5, true);
    Some((
        at_half as f64 / all,
        (fitted(false) + fitted(true)) as f64 / all,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: ResampleSpec = ResampleSpec {
        draws: 500,
        seed: 7,
        threads: 1,
    };

    #[test]
    fn the_error_is_the_mean_distance_of_the_curve() {
        let units: Vec<Vec<(f64, bool)>> = (0..40)
            .map(|i| {
                vec![if i % 4 == 0 {
                    (0.55, i % 8 == 0)
                } else {
                    (0.95, i % 2 == 1)
                }]
            })
            .collect();
        let found = Calibration::new(&units, SPEC).unwrap();
        // Ten of 0.55, half of which came; thirty of 0.95, two thirds of which did.
        let by_hand = (10.0 * 0.05 + 30.0 * (0.95 - 20.0 / 30.0)) / 40.0;
        assert!((found.error - by_hand).abs() < 1e-12, "{found:?}");
        assert!(found.interval.0 < by_hand && by_hand < found.interval.1);
        assert_eq!(
            found.curve.iter().map(|b| b.n).collect::<Vec<_>>(),
            [10.0, 30.0]
        );
        assert_eq!(Calibration::new(&[], SPEC), None);
    }

    #[test]
    fn a_biased_model_gains_by_a_cut_that_was_chosen_on_other_rows() {
        // Right above 0.8, wrong below: at a half, the rows between are wrong.
        let points: Vec<(f64, bool)> = (0..100)
            .map(|i| f64::from(i) / 100.0)
            .map(|p| (p, p >= 0.8))
            .collect();
        let (half, fitted) = cross_fitted_threshold(&points).unwrap();
        assert!(
            (half - 0.7).abs() < 1e-9 && fitted >= 0.98,
            "{half} {fitted}"
        );
        // Without a signal, nothing is gained: the chosen cut is judged on other rows.
        let noise: Vec<(f64, bool)> = (0..400u64)
            .map(|i| ((i * 7919 % 400) as f64 / 400.0, i / 2 % 2 == 0))
            .collect();
        let (_, fitted) = cross_fitted_threshold(&noise).unwrap();
        assert!((fitted - 0.5).abs() < 0.08, "{fitted}");
    }
}
