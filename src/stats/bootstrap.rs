//! The bootstrap over units (Efron 1979): sums of all columns for each resample, for any statistic of sums.
//!
//! A resample of n units is a multinomial draw. Three ways to make it, all exact: where there are few distinct units,
//! the count of each kind (a binomial each); else, the number that falls into each chunk of neighbours, then units
//! within the chunk, so that the chunk stays in the cache.

use super::{
    matrix::{LANES, Matrix},
    random::{Indices, Purpose, Stream, in_blocks, stream},
};
use rand::distr::Distribution;
use rand_distr::Binomial;
use std::collections::HashMap;

/// Resamples that share a random stream.
const BLOCK: usize = 64;
/// Units that stay in the cache together.
const CHUNK: usize = 256;
/// Columns that stay in registers together.
const PANEL: usize = 24;
/// Drawing a count costs as much as drawing this many units.
const COUNT_COST: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResampleSpec {
    pub draws: usize,
    pub seed: u64,
    /// Most threads to use; the result does not depend on it.
    pub threads: usize,
}

/// Sums of the columns for each resample.
#[derive(Debug, Clone, PartialEq)]
pub struct ResampleSums {
    columns: usize,
    sums: Vec<f64>,
}

impl ResampleSums {
    pub fn draws(&self) -> usize {
        self.sums.len().checked_div(self.columns).unwrap_or(0)
    }

    /// The sums of one resample, one a column.
    pub fn draw(&self, draw: usize) -> &[f64] {
        &self.sums[draw * self.columns..(draw + 1) * self.columns]
    }

    /// A statistic of the sums, for each resample.
    pub fn map(&self, statistic: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        self.sums
            .chunks_exact(self.columns.max(1))
            .map(statistic)
            .collect()
    }
}

/// Resample the units of a matrix with replacement.
pub fn resample_sums(matrix: &Matrix, spec: ResampleSpec) -> ResampleSums {
    resample_units(matrix.units(), matrix.columns(), spec, |unit, values| {
        values.copy_from_slice(matrix.unit(unit));
    })
}

/// The same from a function that writes the values of a unit: where many units are alike, only the distinct ones are held.
/// The function is called again where they are not.
pub fn resample_units(
    units: usize,
    columns: usize,
    spec: ResampleSpec,
    mut values: impl FnMut(usize, &mut [f64]),
) -> ResampleSums {
    if units == 0 || columns == 0 {
        return ResampleSums {
            columns,
            sums: vec![0.0; spec.draws * columns],
        };
    }
    let kinds = Kinds::of(units, columns, &mut values);
    let matrix = match &kinds {
        Some(_) => Matrix::new(0, columns),
        None => {
            let mut matrix = Matrix::new(units, columns);
            (0..units).for_each(|unit| values(unit, matrix.unit_mut(unit)));
            matrix
        }
    };
    let blocks = in_blocks(spec.draws.div_ceil(BLOCK), spec.threads, |block| {
        let mut rng = stream(spec.seed, Purpose::Bootstrap, block as u64);
        let draws = BLOCK.min(spec.draws - block * BLOCK);
        let mut sums = vec![0.0; draws * columns];
        match &kinds {
            Some(kinds) => sums
                .chunks_exact_mut(columns)
                .for_each(|draw| kinds.draw(&mut rng, draw)),
            None => by_chunks(&matrix, &mut rng, &mut sums),
        }
        sums
    });
    ResampleSums {
        columns,
        sums: blocks.concat(),
    }
}

/// The distinct units in the order of first appearance, and how often each is there.
struct Kinds {
    kinds: Vec<(Vec<f64>, u64)>,
    units: u64,
}

impl Kinds {
    /// `None` where there are too many to be worth it.
    fn of(
        units: usize,
        columns: usize,
        values: &mut impl FnMut(usize, &mut [f64]),
    ) -> Option<Kinds> {
        let most = units / COUNT_COST;
        let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut kinds: Vec<(Vec<f64>, u64)> = Vec::new();
        let (mut row, mut bits) = (vec![0.0; columns], Vec::with_capacity(columns));
        for unit in 0..units {
            row.fill(0.0);
            values(unit, &mut row);
            bits.clear();
            bits.extend(row.iter().map(|x| x.to_bits()));
            match known.get(&bits) {
                Some(&at) => kinds[at].1 += 1,
                None if kinds.len() == most => return None,
                None => {
                    known.insert(bits.clone(), kinds.len());
                    kinds.push((row.clone(), 1));
                }
            }
        }
        Some(Kinds {
            kinds,
            units: units as u64,
        })
    }

    fn draw(&self, rng: &mut Stream, sums: &mut [f64]) {
        let (mut left, mut among) = (self.units, self.units);
        for (values, there) in &self.kinds {
            if left == 0 {
                break;
            }
            let n = split(left, *there, among, rng);
            left -= n;
            among -= there;
            for (sum, x) in sums.iter_mut().zip(values) {
                *sum += n as f64 * x;
            }
        }
    }
}

/// Of `left` draws among `among` units, how many fall on `there` of them.
fn split(left: u64, there: u64, among: u64, rng: &mut Stream) -> u64 {
    if there >= among {
        return left;
    }
    Binomial::new(left, there as f64 / among as f64).map_or(0, |b| b.sample(rng))
}

/// All resamples of a block, chunk by chunk: the matrix is read once for all of them.
fn by_chunks(matrix: &Matrix, rng: &mut Stream, sums: &mut [f64]) {
    let (stride, columns) = (matrix.stride(), matrix.columns());
    let mut left = vec![matrix.units() as u64; sums.len() / columns];
    let mut among = matrix.units() as u64;
    let mut indices: Vec<u16> = Vec::with_capacity(2 * CHUNK);
    let mut part = vec![0.0f64; stride];
    for chunk in matrix.values().chunks(CHUNK * stride) {
        let there = chunk.len() / stride;
        for (sums, left) in sums.chunks_exact_mut(columns).zip(&mut left) {
            let mut n = split(*left, there as u64, among, rng);
            *left -= n;
            while n > 0 {
                let now = n.min(2 * CHUNK as u64);
                n -= now;
                let mut draw = Indices::new(rng);
                indices.clear();
                indices.extend((0..now).map(|_| draw.next(there) as u16));
                add_units(chunk, stride, &indices, &mut part);
                for (sum, x) in sums.iter_mut().zip(&part) {
                    *sum += x;
                }
            }
        }
        among -= there as u64;
    }
}

/// Sums over the units drawn, panel by panel.
fn add_units(chunk: &[f64], stride: usize, indices: &[u16], sums: &mut [f64]) {
    let mut from = 0;
    while from < stride {
        let width = (stride - from).min(PANEL);
        let to = &mut sums[from..from + width];
        match width / LANES {
            1 => add_panel::<4>(chunk, stride, from, indices, to),
            2 => add_panel::<8>(chunk, stride, from, indices, to),
            3 => add_panel::<12>(chunk, stride, from, indices, to),
            4 => add_panel::<16>(chunk, stride, from, indices, to),
            5 => add_panel::<20>(chunk, stride, from, indices, to),
            _ => add_panel::<PANEL>(chunk, stride, from, indices, to),
        }
        from += width;
    }
}

fn add_panel<const W: usize>(
    chunk: &[f64],
    stride: usize,
    from: usize,
    indices: &[u16],
    sums: &mut [f64],
) {
    let mut of = [0.0f64; W];
    for &i in indices {
        let at = usize::from(i) * stride + from;
        if let Some(unit) = chunk.get(at..).and_then(|rest| rest.first_chunk::<W>()) {
            // Iterators take two to three times as long in a debug build, in which the tests make most of their resamples.
            let mut column = 0;
            while column < W {
                of[column] += unit[column];
                column += 1;
            }
        }
    }
    sums.copy_from_slice(&of);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::percentiles;

    fn spec(draws: usize, threads: usize) -> ResampleSpec {
        ResampleSpec {
            draws,
            seed: 7,
            threads,
        }
    }

    /// Values without two equal units, so that units are drawn one by one.
    fn many(units: usize, columns: usize) -> Matrix {
        Matrix::from_fn(units, columns, |u, c| {
            ((u * 7919 + c * 104_729) % 10_007) as f64 / 10_007.0
        })
    }

    #[test]
    fn an_interval_of_a_mean_is_near_the_normal_one() {
        let few = Matrix::from_fn(400, 1, |u, _| f64::from(u as u32 % 2));
        let mut means = resample_sums(&few, spec(4_000, 1)).map(|s| s[0] / 400.0);
        let (low, high) = percentiles(&mut means, 0.025);
        assert!((low - 0.451).abs() < 0.006 && (high - 0.549).abs() < 0.006);
        // Units drawn one by one, over several chunks.
        let matrix = many(2_000, 1);
        let mean = matrix.sums()[0] / 2_000.0;
        let sd = (0..2_000)
            .map(|u| (matrix.unit(u)[0] - mean).powi(2))
            .sum::<f64>()
            .sqrt()
            / 2_000.0;
        let mut means = resample_sums(&matrix, spec(2_000, 1)).map(|s| s[0] / 2_000.0);
        let (low, high) = percentiles(&mut means, 0.025);
        for (found, wanted) in [(low, mean - 1.96 * sd), (high, mean + 1.96 * sd)] {
            assert!((found - wanted).abs() < 0.2 * sd, "{found} {wanted}");
        }
    }

    #[test]
    fn threads_change_no_bit_and_equal_columns_stay_equal() {
        for matrix in [
            many(700, 30),
            Matrix::from_fn(700, 3, |u, c| f64::from((u as u32 >> c) % 2)),
        ] {
            let one = resample_sums(&matrix, spec(200, 1));
            assert_eq!(one, resample_sums(&matrix, spec(200, 3)));
            assert_eq!((one.draws(), one.draw(0).len()), (200, matrix.columns()));
        }
        let twins = Matrix::from_fn(700, 30, |u, _| ((u * 7919) % 10_007) as f64);
        for draw in resample_sums(&twins, spec(10, 1)).sums.chunks(30) {
            assert!(draw.windows(2).all(|w| w[0] == w[1]));
        }
    }

    #[test]
    fn every_resample_draws_as_many_units_as_there_are() {
        for units in [1, 3, 513, 1_500] {
            let matrix = Matrix::from_fn(units, 2, |u, c| if c == 0 { 1.0 } else { u as f64 });
            let sums = resample_sums(&matrix, spec(65, 1));
            assert!((0..65).all(|d| sums.draw(d)[0] == units as f64));
        }
        assert_eq!(resample_sums(&Matrix::new(0, 2), spec(3, 1)).draws(), 3);
    }

    #[test]
    fn graded_scores_are_added_in_double_precision() {
        let few = Matrix::from_fn(700, 1, |_, _| 0.1);
        let each = Matrix::from_fn(700, 1, |u, _| 0.1 + u as f64 * 1e-12);
        for draw in [few, each].map(|matrix| resample_sums(&matrix, spec(65, 1))) {
            assert!(draw.sums.iter().all(|sum| (sum / 700.0 - 0.1).abs() < 1e-9));
        }
    }
}
