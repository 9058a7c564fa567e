//! The rows that a variant shares with the baseline: their differences, with intervals and p.

use super::table::Table;
use crate::stats::{
    ResampleSpec, WeightedSample, WeightedUnit, Z90, Z95, expanded_tail, mcnemar_exact, moments,
    percentiles, sign_flip, tango,
};

/// With fewer units that differ than this, the bootstrap has too little to draw from to bound a difference.
const FEW: usize = 5;

/// Values at places as those of units: clusters, or rows where they stand alone.
pub(super) fn weighted_units(
    table: &Table,
    values: impl Iterator<Item = (usize, f64)>,
) -> Vec<WeightedUnit> {
    let mut units = vec![(0.0, 0.0); table.units];
    for (place, value) in values {
        let (sum, weight) = &mut units[table.unit_of(place)];
        *sum += table.weight(place) * value;
        *weight += table.weight(place);
    }
    let units = units.into_iter().filter(|(_, weight)| *weight > 0.0);
    units
        .map(|(sum, weight)| WeightedUnit {
            value: sum / weight,
            weight,
        })
        .collect()
}

/// The rows that a variant shares with the baseline.
pub(super) struct Paired {
    pub(super) mean: f64,
    /// The mean in which all rows count the same, where they do not.
    pub(super) unweighted: Option<f64>,
    weighted: Option<WeightedSample>,
    pub(super) rows: usize,
    up: usize,
    down: usize,
    /// Sums of the differences in each unit that has any.
    pub(super) units: Vec<f64>,
    /// Variance of a row's difference, as the mean's error shows it.
    pub(super) variance: Option<f64>,
}

impl Paired {
    pub(super) fn new(table: &Table, column: usize, base: usize) -> Option<Paired> {
        let (mut sum, mut rows, mut up, mut down) = (0.0, 0usize, 0, 0);
        let mut units: Vec<Option<(f64, f64)>> = vec![None; table.units];
        let mut differences = Vec::new();
        for place in 0..table.places() {
            if let (Some(a), Some(b)) = (table.mean(place, column), table.mean(place, base)) {
                let d = a - b;
                rows += 1;
                sum += d;
                up += usize::from(d > 1e-9);
                down += usize::from(d < -1e-9);
                let unit = units[table.unit_of(place)].get_or_insert((0.0, 0.0));
                unit.0 += table.weight(place) * d;
                unit.1 += table.weight(place);
                if table.is_weighted() {
                    differences.push((place, if d.abs() < 1e-9 { 0.0 } else { d }));
                }
            }
        }
        if rows == 0 {
            return None;
        }
        let n = rows as f64;
        let weighted = table
            .is_weighted()
            .then(|| weighted_units(table, differences.into_iter()))
            .and_then(|units| WeightedSample::new(&units, (-1.0, 1.0)));
        let mean = weighted.map_or(sum / n, |sample| sample.mean());
        let units: Vec<(f64, f64)> = units.into_iter().flatten().collect();
        // Clusters of unequal size: the deviations from the mean that their rows would have.
        let deviations: Vec<f64> = units.iter().map(|(d, n)| d - mean * n).collect();
        let per_row = units.len() as f64 / n;
        let variance = match weighted {
            Some(sample) => Some(sample.variance() * n),
            None => moments(&deviations).map(|(_, s)| s * per_row),
        };
        Some(Paired {
            mean,
            unweighted: weighted.map(|_| sum / n),
            weighted,
            rows,
            up,
            down,
            variance,
            units: units
                .into_iter()
                .map(|(d, _)| if d.abs() < 1e-9 { 0.0 } else { d })
                .collect(),
        })
    }

    pub(super) fn p_value(&self, table: &Table, resample: ResampleSpec) -> f64 {
        if table.binary {
            mcnemar_exact(self.up as u64, self.down as u64)
        } else {
            sign_flip(&self.units, resample)
        }
    }

    /// Units that differ, upwards and downwards, and all.
    fn signs(&self) -> (f64, f64, f64) {
        let count = |which: fn(&f64) -> bool| self.units.iter().filter(|d| which(d)).count() as f64;
        (
            count(|d| *d > 0.0),
            count(|d| *d < 0.0),
            self.units.len() as f64,
        )
    }

    pub(super) fn interval(&self, table: &Table, drawn: &mut [f64], tail: f64) -> (f64, f64) {
        let (up, down, n) = self.signs();
        if let Some(sample) = &self.weighted {
            sample.interval(tail)
        } else if table.binary || up + down == 0.0 {
            tango(up, down, n, if tail < 0.03 { Z95 } else { Z90 })
        } else {
            percentiles(drawn, expanded_tail(tail, self.units.len()))
        }
    }

    /// The 90 % interval: two one-sided tests at 5 % are the same as whether it lies within the margin.
    pub(super) fn equivalence(&self, table: &Table, drawn: &mut [f64]) -> (f64, f64) {
        let (up, down, n) = self.signs();
        let drawn = self.interval(table, drawn, 0.05);
        if !table.binary && self.weighted.is_none() && up + down < FEW as f64 {
            // Each unit differs by one at most.
            let (low, high) = tango(up, down, n, Z90);
            return (drawn.0.min(low), drawn.1.max(high));
        }
        drawn
    }
}
