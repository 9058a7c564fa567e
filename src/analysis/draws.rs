//! Resamples of the table: the means of all variants and their differences to the baseline, draw by draw.

use super::table::Table;
use crate::stats::{Matrix, ResampleSpec, ResampleSums, resample_sums};

/// Resampled sums, and how to read them.
pub(super) struct Draws {
    sums: ResampleSums,
    columns: usize,
    whole: bool,
}

impl Draws {
    /// Resample. Where no cell is missing, one weight serves all; else each column has its own, and so has each difference.
    pub(super) fn new(
        table: &Table,
        base: Option<usize>,
        shared: &[usize],
        spec: ResampleSpec,
    ) -> Draws {
        let columns = table.columns();
        let whole = shared.len() == table.rows.len();
        let matrix = if whole {
            table.by_unit(shared, columns + 1, |place, row| {
                for (c, x) in row[..columns].iter_mut().enumerate() {
                    *x = table.mean(place, c).unwrap_or(0.0);
                }
                row[columns] = 1.0;
            })
        } else {
            Draws::with_gaps(table, base)
        };
        Draws {
            sums: resample_sums(&matrix, spec),
            columns,
            whole,
        }
    }

    fn with_gaps(table: &Table, base: Option<usize>) -> Matrix {
        let columns = table.columns();
        // Rows that nobody has answered yet would only make draws empty.
        let places: Vec<usize> = (0..table.rows.len())
            .filter(|p| (0..columns).any(|c| table.mean(*p, c).is_some()))
            .collect();
        table.by_unit(&places, 4 * columns, |place, row| {
            let baseline = base.and_then(|b| table.mean(place, b));
            for c in 0..columns {
                if let Some(mean) = table.mean(place, c) {
                    row[c] = mean;
                    row[columns + c] = 1.0;
                    if let Some(baseline) = baseline {
                        row[2 * columns + c] = mean - baseline;
                        row[3 * columns + c] = 1.0;
                    }
                }
            }
        })
    }

    /// Means of a column; draws without a value are left out.
    pub(super) fn means(&self, column: usize) -> Vec<f64> {
        let weight = if self.whole {
            self.columns
        } else {
            self.columns + column
        };
        self.ratio(move |s| (s[column], s[weight]))
    }

    /// Differences of a column to the baseline.
    pub(super) fn differences(&self, column: usize, base: usize) -> Vec<f64> {
        let n = self.columns;
        if self.whole {
            self.ratio(move |s| (s[column] - s[base], s[n]))
        } else {
            self.ratio(move |s| (s[2 * n + column], s[3 * n + column]))
        }
    }

    fn ratio(&self, parts: impl Fn(&[f64]) -> (f64, f64)) -> Vec<f64> {
        let mut all = self.sums.map(|s| {
            let (sum, weight) = parts(s);
            if weight > 0.0 { sum / weight } else { f64::NAN }
        });
        all.retain(|x| x.is_finite());
        all
    }

    /// Share of draws in which each column is the best; ties are split.
    pub(super) fn best(&self) -> Vec<f64> {
        let n = self.columns;
        let mut wins = vec![0.0; n];
        for draw in 0..self.sums.draws() {
            let s = self.sums.draw(draw);
            let mean = |c: usize| s[c] / s[if self.whole { n } else { n + c }];
            let most = (0..n).map(mean).fold(f64::NEG_INFINITY, f64::max);
            let near = |c: &usize| mean(*c) >= most - 1e-6;
            let winners = (0..n).filter(near).count() as f64;
            for c in (0..n).filter(near) {
                wins[c] += 1.0 / winners;
            }
        }
        let draws = self.sums.draws().max(1) as f64;
        wins.iter().map(|w| w / draws).collect()
    }
}
