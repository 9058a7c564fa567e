//! The scores of a grid in the order in which they are resampled: an order that comes from the scores alone, so that no
//! figure depends on where a row or a variant stood.

use super::AnalysisSpec;
use crate::{
    outcome::Grid,
    stats::{
        Matrix, ResampleSpec, ResampleSums, canonical_order, mix, resample_sums, resample_units,
    },
};
use std::borrow::Cow;
use std::collections::HashMap;

/// The bits of a score by which rows are ordered: those of single precision where it is exact, as for 0 and 1, so that a
/// seed gives the figures that it gave when scores were single.
fn order_bits(score: f64) -> u64 {
    let single = score as f32;
    if f64::from(single) == score {
        u64::from(single.to_bits())
    } else {
        score.to_bits()
    }
}

/// Mean scores of the variants that have any, rows × variants, in canonical order.
pub(super) struct Table {
    /// Variant of each column.
    pub(super) variants: Vec<usize>,
    /// Column of each variant; `None` for one without a score.
    pub(super) column_of: Vec<Option<usize>>,
    /// Row of the grid at each place.
    rows: Vec<u32>,
    /// Cluster at each place, numbered in the order of appearance; empty where rows stand alone.
    cluster_of: Vec<u32>,
    /// How much the row at each place counts; empty where all count the same.
    weights: Vec<f64>,
    pub(super) units: usize,
    pub(super) clustered: bool,
    pub(super) samples: usize,
    /// Mean over samples; NaN where none was answered. Never leaves this module as it is.
    means: Vec<f64>,
    /// Sum over samples of the squared deviation from the mean; empty with one sample.
    within: Vec<f64>,
    /// Samples answered; empty with one sample.
    answered: Vec<u32>,
    /// Every score is 0 or 1, with one sample and no clusters, and all rows count the same.
    pub(super) binary: bool,
}

/// How much each row of the grid counts; empty where those with a score all count the same.
fn unequal_weights(grid: &Grid, spec: &AnalysisSpec, active: &[usize]) -> Vec<f64> {
    if spec.weights.len() != grid.rows() {
        return Vec::new();
    }
    let has_score = |row: &usize| {
        (active.iter()).any(|v| (0..grid.samples()).any(|s| grid.score(*v, *row, s).is_some()))
    };
    let scored = (0..grid.rows()).filter(has_score);
    let mut scored = scored.map(|row| spec.weights[row]);
    let first = scored.next().unwrap_or(1.0);
    match scored.any(|weight| (weight - first).abs() > 1e-9 * first) {
        true => spec.weights.clone(),
        false => Vec::new(),
    }
}

/// What stays of a table that is gone.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableShape {
    pub(super) columns: usize,
    pub(super) samples: usize,
    /// Clusters, or rows where they stand alone.
    pub(super) units: usize,
    pub(super) clustered: bool,
}

impl Table {
    pub(super) fn new(grid: &Grid, spec: &AnalysisSpec) -> Table {
        Table::without(grid, spec, &[])
    }

    /// The same without some of the variants.
    pub(super) fn without(grid: &Grid, spec: &AnalysisSpec, left_out: &[usize]) -> Table {
        let (rows, samples) = (grid.rows(), grid.samples());
        let clustered = spec.clusters.len() == rows && rows > 0;
        let groups: &[u32] = if clustered { &spec.clusters } else { &[] };
        let has_score =
            |v: usize| (0..rows).any(|row| (0..samples).any(|s| grid.score(v, row, s).is_some()));
        let active: Vec<usize> = (0..grid.variants())
            .filter(|v| !left_out.contains(v) && has_score(*v))
            .collect();
        let weights = unequal_weights(grid, spec, &active);
        // Column by column, as the grid holds them.
        let mut hashes = vec![0u64; rows * active.len()];
        for (column, v) in active.iter().enumerate() {
            for row in 0..rows {
                hashes[row * active.len() + column] = (0..samples).fold(0u64, |sum, s| {
                    let bits = grid.score(*v, row, s).map_or(u64::MAX, order_bits);
                    sum.wrapping_add(mix(bits))
                });
            }
        }
        for (row, weight) in weights.iter().enumerate() {
            let own = &mut hashes[row * active.len()..(row + 1) * active.len()];
            (own.iter_mut()).for_each(|hash| *hash = hash.wrapping_add(mix(weight.to_bits())));
        }
        let keys: Option<Vec<u64>> = active.iter().map(|v| spec.keys.get(*v).copied()).collect();
        let keys = keys.unwrap_or_default();
        let order = canonical_order(rows, active.len(), groups, &keys, |row, column| {
            hashes[row * active.len() + column]
        });
        drop(hashes);
        let variants: Vec<usize> = order.columns.iter().map(|c| active[*c]).collect();
        let columns = variants.len();
        let mut column_of = vec![None; grid.variants()];
        for (column, v) in variants.iter().enumerate() {
            column_of[*v] = Some(column);
        }
        let mut table = Table {
            variants,
            column_of,
            cluster_of: Vec::new(),
            weights: Vec::new(),
            units: rows,
            clustered,
            samples,
            means: Vec::with_capacity(rows * columns),
            within: Vec::new(),
            answered: Vec::new(),
            binary: samples == 1 && !clustered && weights.is_empty(),
            rows: order.units,
        };
        if !weights.is_empty() {
            table.weights = (0..rows).map(|place| weights[table.row(place)]).collect();
        }
        if clustered {
            table.number_clusters(groups);
        }
        let mut scores = Vec::with_capacity(samples);
        for place in 0..rows {
            let row = table.row(place);
            for column in 0..columns {
                let v = table.variants[column];
                scores.clear();
                scores.extend((0..samples).filter_map(|s| grid.score(v, row, s)));
                // In order, so that the sum does not depend on which sample was which.
                scores.sort_unstable_by(f64::total_cmp);
                table.push(&scores);
            }
        }
        table
    }

    fn number_clusters(&mut self, groups: &[u32]) {
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        for row in &self.rows {
            let next = numbers.len() as u32;
            let number = *numbers.entry(groups[*row as usize]).or_insert(next);
            self.cluster_of.push(number);
        }
        self.units = numbers.len();
    }

    /// How many places there are: one for each row of the grid.
    pub(super) fn places(&self) -> usize {
        self.rows.len()
    }

    /// Row of the grid at a place.
    pub(super) fn row(&self, place: usize) -> usize {
        self.rows[place] as usize
    }

    /// Unit (cluster, or row) at a place, numbered in the order of appearance.
    pub(super) fn unit_of(&self, place: usize) -> usize {
        self.cluster_of
            .get(place)
            .map_or(place, |cluster| *cluster as usize)
    }

    /// Whether rows count differently.
    pub(super) fn is_weighted(&self) -> bool {
        !self.weights.is_empty()
    }

    /// How much the row at a place counts.
    pub(super) fn weight(&self, place: usize) -> f64 {
        self.weights.get(place).copied().unwrap_or(1.0)
    }

    /// How much the rows at some places count together: their number, where all count the same.
    pub(super) fn weight_of(&self, places: &[usize]) -> f64 {
        match self.is_weighted() {
            true => places.iter().map(|place| self.weight(*place)).sum(),
            false => places.len() as f64,
        }
    }

    fn push(&mut self, scores: &[f64]) {
        let n = scores.len() as f64;
        let mean = scores.iter().sum::<f64>() / n;
        self.binary &= scores.iter().all(|x| *x == 0.0 || *x == 1.0);
        self.means.push(mean);
        if self.samples > 1 {
            let within: f64 = scores.iter().map(|x| (x - mean).powi(2)).sum();
            self.within.push(within);
            self.answered.push(scores.len() as u32);
        }
    }

    pub(super) fn shape(&self) -> TableShape {
        TableShape {
            columns: self.columns(),
            samples: self.samples,
            units: self.units,
            clustered: self.clustered,
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.variants.len()
    }

    /// Mean score of a cell, where there is one.
    pub(super) fn mean(&self, place: usize, column: usize) -> Option<f64> {
        let mean = self.means[place * self.columns() + column];
        mean.is_finite().then_some(mean)
    }

    /// Unbiased variance over the samples of a cell; `None` below two.
    pub(super) fn variance(&self, place: usize, column: usize) -> Option<f64> {
        let at = place * self.columns() + column;
        let n = *self.answered.get(at)?;
        (n >= 2).then(|| self.within[at] / f64::from(n - 1))
    }

    /// Places of the rows on which every column has a score.
    pub(super) fn shared(&self) -> Vec<usize> {
        (0..self.places())
            .filter(|place| (0..self.columns()).all(|c| self.mean(*place, c).is_some()))
            .collect()
    }

    /// Places of the rows on which every column has every sample.
    pub(super) fn full<'p>(&self, shared: &'p [usize]) -> Cow<'p, [usize]> {
        if self.answered.is_empty() {
            return Cow::Borrowed(shared);
        }
        let all = |place: &usize| {
            let at = place * self.columns();
            let mut cells = self.answered[at..at + self.columns()].iter();
            cells.all(|n| *n as usize == self.samples)
        };
        shared.iter().copied().filter(all).collect()
    }

    /// Sums over the samples' squared deviations of a place.
    pub(super) fn within(&self, place: usize) -> f64 {
        let at = place * self.columns();
        self.within
            .get(at..at + self.columns())
            .map_or(0.0, |cells| cells.iter().sum())
    }

    /// Resampled sums of the values of each place, and how many units are drawn. Units without a place are left out.
    pub(super) fn resample(
        &self,
        places: &[usize],
        columns: usize,
        spec: ResampleSpec,
        mut values: impl FnMut(usize, &mut [f64]),
    ) -> (usize, ResampleSums) {
        if self.clustered {
            let matrix = self.by_unit(places, columns, values);
            return (matrix.units(), resample_sums(&matrix, spec));
        }
        let sums = resample_units(places.len(), columns, spec, |unit, row| {
            values(places[unit], row);
        });
        (places.len(), sums)
    }

    /// Units × values, from the values of each place, summed over the places of a unit. Units without a place are left out.
    pub(super) fn by_unit(
        &self,
        places: &[usize],
        columns: usize,
        mut values: impl FnMut(usize, &mut [f64]),
    ) -> Matrix {
        let mut number = vec![usize::MAX; self.units];
        let mut units = 0;
        for place in places {
            let unit = &mut number[self.unit_of(*place)];
            if *unit == usize::MAX {
                *unit = units;
                units += 1;
            }
        }
        let mut matrix = Matrix::new(units, columns);
        let mut row = vec![0.0; columns];
        for place in places {
            row.fill(0.0);
            values(*place, &mut row);
            let unit = matrix.unit_mut(number[self.unit_of(*place)]);
            for (sum, x) in unit.iter_mut().zip(&row) {
                *sum += x;
            }
        }
        matrix
    }
}
