//! Calibration of each variant's probabilities, and what another threshold would bring.

use super::AnalysisSpec;
use crate::{
    outcome::{ExpectedLabels, Grid},
    stats::{Calibration, CalibrationBin, cross_fitted_threshold},
};
use std::collections::BTreeMap;

/// The calibration of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationFinding {
    pub metric: String,
    pub variants: Vec<Option<VariantCalibration>>,
}

/// The calibration of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantCalibration {
    /// How the probability of the most probable label holds.
    pub calibration: Calibration,
    pub mean_confidence: f64,
    /// Share of answers whose most probable label is right.
    pub right: f64,
    /// For two labels: the share of rights with the threshold at a half, and with thresholds chosen on other rows.
    pub threshold: Option<(f64, f64)>,
}

/// From the probabilities of the expected and of the most probable label.
pub fn calibration_finding(
    metric: &str,
    [expected, confidence]: [&Grid; 2],
    labels: &ExpectedLabels,
    spec: &AnalysisSpec,
) -> CalibrationFinding {
    let variant = |v: usize| {
        let mut units: BTreeMap<u32, Vec<(f64, bool)>> = BTreeMap::new();
        let mut first_label: Vec<(f64, bool)> = Vec::new();
        for row in 0..expected.rows() {
            let unit = spec.clusters.get(row).copied().unwrap_or(row as u32);
            for sample in 0..expected.samples() {
                let (cell, top) = (
                    expected.cell(v, row, sample),
                    confidence.score(v, row, sample),
                );
                let (Some(p), Some(top)) = (cell.score, top) else {
                    continue;
                };
                // Without an answer there is no probability: 0 is not one.
                if top <= 0.0 {
                    continue;
                }
                units.entry(unit).or_default().push((top, p >= top));
                if let ([label], 2) = (labels.of_row(row), labels.labels().len()) {
                    let is_first = *label == 0;
                    first_label.push((if is_first { p } else { 1.0 - p }, is_first));
                }
            }
        }
        let units: Vec<Vec<(f64, bool)>> = units.into_values().collect();
        let calibration = Calibration::new(&units, spec.resample())?;
        let n: f64 = calibration.curve.iter().map(|bin| bin.n).sum();
        let mean = |value: fn(&CalibrationBin) -> f64| {
            calibration
                .curve
                .iter()
                .map(|bin| bin.n * value(bin))
                .sum::<f64>()
                / n
        };
        Some(VariantCalibration {
            mean_confidence: mean(|bin| bin.stated),
            right: mean(|bin| bin.came),
            threshold: cross_fitted_threshold(&first_label),
            calibration,
        })
    };
    CalibrationFinding {
        metric: metric.to_owned(),
        variants: (0..expected.variants()).map(variant).collect(),
    }
}
