//! Resamples of the table: means of all variants and their differences to the baseline, and what components need, draw by
//! draw. One resample serves every figure where no cell is missing.

use super::table::Table;
use crate::stats::{ComponentSums, ResampleSpec, ResampleSums};

/// Resampled sums over places on which every variant has a score.
pub(super) struct SharedDraws {
    sums: ResampleSums,
    columns: usize,
    units: usize,
}

impl SharedDraws {
    pub(super) fn new(table: &Table, places: &[usize], spec: ResampleSpec) -> SharedDraws {
        let columns = table.columns();
        let (units, sums) = table.resample(places, columns + 4, spec, |place, row| {
            SharedDraws::place(table, place, row);
        });
        SharedDraws {
            sums,
            columns,
            units,
        }
    }

    /// Units that are drawn.
    pub(super) fn units(&self) -> usize {
        self.units
    }

    /// What a place adds to the sums: means, their squares, the square of their mean, the variation within cells, and one; each
    /// as often as its row counts.
    fn place(table: &Table, place: usize, row: &mut [f64]) {
        let columns = table.columns();
        let (means, rest) = row.split_at_mut(columns);
        for (c, x) in means.iter_mut().enumerate() {
            *x = table.mean(place, c).unwrap_or(0.0);
        }
        let mean = means.iter().sum::<f64>() / columns.max(1) as f64;
        let squares = means.iter().map(|x| x * x).sum();
        rest.copy_from_slice(&[squares, mean * mean, table.within(place), 1.0]);
        if table.is_weighted() {
            let weight = table.weight(place);
            row.iter_mut().for_each(|x| *x *= weight);
        }
    }

    fn read(columns: usize, sums: &[f64]) -> ComponentSums {
        ComponentSums {
            columns: sums[..columns].to_vec(),
            squares: sums[columns],
            unit_squares: sums[columns + 1],
            within: sums[columns + 2],
            units: sums[columns + 3],
        }
    }

    /// The sums of the places themselves, in double precision.
    pub(super) fn exact(table: &Table, places: &[usize]) -> ComponentSums {
        let mut sums = vec![0.0; table.columns() + 4];
        let mut row = sums.clone();
        for place in places {
            SharedDraws::place(table, *place, &mut row);
            sums.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x);
        }
        SharedDraws::read(table.columns(), &sums)
    }

    /// The sums of each draw.
    pub(super) fn component_sums(&self) -> impl Iterator<Item = ComponentSums> {
        (0..self.sums.draws()).map(|d| SharedDraws::read(self.columns, self.sums.draw(d)))
    }

    /// For each draw, a weighted sum of the variants' means.
    pub(super) fn weighted(&self, weights: &[f64]) -> Vec<f64> {
        let n = self.columns;
        self.sums.map(|s| {
            let sum: f64 = s[..n].iter().zip(weights).map(|(x, w)| x * w).sum();
            sum / s[n + 3]
        })
    }
}

/// Resamples for the figures of each variant.
pub(super) enum Draws<'a> {
    /// No cell is missing: one weight serves all.
    Whole(&'a SharedDraws),
    /// Each column has a weight of its own, and so has each difference.
    Gaps(ResampleSums, usize),
}

impl<'a> Draws<'a> {
    pub(super) fn new(
        table: &Table,
        base: Option<usize>,
        shared: &'a SharedDraws,
        whole: bool,
        spec: ResampleSpec,
    ) -> Draws<'a> {
        if whole {
            Draws::Whole(shared)
        } else {
            Draws::Gaps(with_gaps(table, base, spec), table.columns())
        }
    }

    /// Means of a column; draws without a value are left out.
    pub(super) fn means(&self, column: usize) -> Vec<f64> {
        match self {
            Draws::Whole(shared) => {
                let n = shared.columns;
                ratio(&shared.sums, move |s| (s[column], s[n + 3]))
            }
            Draws::Gaps(sums, n) => ratio(sums, move |s| (s[column], s[n + column])),
        }
    }

    /// Differences of a column to the baseline.
    pub(super) fn differences(&self, column: usize, base: usize) -> Vec<f64> {
        match self {
            Draws::Whole(shared) => {
                let n = shared.columns;
                ratio(&shared.sums, move |s| (s[column] - s[base], s[n + 3]))
            }
            Draws::Gaps(sums, n) => ratio(sums, move |s| (s[2 * n + column], s[3 * n + column])),
        }
    }

    /// Share of draws in which each column is the best; ties are split.
    pub(super) fn best(&self) -> Vec<f64> {
        let (sums, n, whole) = match self {
            Draws::Whole(shared) => (&shared.sums, shared.columns, true),
            Draws::Gaps(sums, n) => (sums, *n, false),
        };
        let mut wins = vec![0.0; n];
        for draw in 0..sums.draws() {
            let s = sums.draw(draw);
            let mean = |c: usize| s[c] / s[if whole { n + 3 } else { n + c }];
            let most = (0..n).map(mean).fold(f64::NEG_INFINITY, f64::max);
            let near = |c: &usize| mean(*c) >= most - 1e-6;
            let winners = (0..n).filter(near).count() as f64;
            for c in (0..n).filter(near) {
                wins[c] += 1.0 / winners;
            }
        }
        let draws = sums.draws().max(1) as f64;
        wins.iter().map(|w| w / draws).collect()
    }
}

fn with_gaps(table: &Table, base: Option<usize>, spec: ResampleSpec) -> ResampleSums {
    let columns = table.columns();
    // Rows that nobody has answered yet would only make draws empty.
    let places: Vec<usize> = (0..table.places())
        .filter(|p| (0..columns).any(|c| table.mean(*p, c).is_some()))
        .collect();
    let (_, sums) = table.resample(&places, 4 * columns, spec, |place, row| {
        let baseline = base.and_then(|b| table.mean(place, b));
        let weight = table.weight(place);
        for c in 0..columns {
            if let Some(mean) = table.mean(place, c) {
                row[c] = weight * mean;
                row[columns + c] = weight;
                if let Some(baseline) = baseline {
                    row[2 * columns + c] = weight * (mean - baseline);
                    row[3 * columns + c] = weight;
                }
            }
        }
    });
    sums
}

fn ratio(sums: &ResampleSums, parts: impl Fn(&[f64]) -> (f64, f64)) -> Vec<f64> {
    let mut all = sums.map(|s| {
        let (sum, weight) = parts(s);
        if weight > 0.0 { sum / weight } else { f64::NAN }
    });
    all.retain(|x| x.is_finite());
    all
}
