//! Several means at once: whether they differ at all, and what the largest minus the smallest would be by chance.

use super::{
    bootstrap::ResampleSpec,
    interval::quantile,
    matrix::Matrix,
    paired::MANY,
    random::{Indices, Purpose, Stream, in_blocks, stream},
};
use rand::distr::Distribution;
use rand_distr::StandardNormal;
use statrs::distribution::{ChiSquared, ContinuousCDF};

const BLOCK: usize = 32;

/// Largest minus smallest mean, and what chance makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpreadNull {
    pub value: f64,
    /// 95 % quantile under the null.
    pub null_95: f64,
    /// Share of the null that is as large, the observed one counted among them.
    pub p: f64,
}

/// Spread of the column means (sum over units / `weight`) if columns were exchangeable: their values are permuted within
/// each unit. From 2,000 units in which columns differ on, the normal limit of the permutations. `None` below two columns
/// or without units.
pub fn spread_exchangeable(matrix: &Matrix, weight: f64, spec: ResampleSpec) -> Option<SpreadNull> {
    let columns = matrix.columns();
    if columns < 2 || matrix.units() == 0 || weight <= 0.0 {
        return None;
    }
    let observed = range(&matrix.sums());
    let moving: Vec<&[f64]> = (0..matrix.units())
        .map(|u| matrix.unit(u))
        .filter(|unit| unit.iter().any(|x| *x != unit[0]))
        .collect();
    // Units in which all columns agree stay as they are, whatever the permutation, and add the same to all.
    let deviation = within(&moving).sqrt();
    let mixed: Vec<Mixed<'_>> = moving.iter().map(|unit| Mixed::of(unit)).collect();
    let null = in_blocks(spec.draws.div_ceil(BLOCK), spec.threads, |block| {
        let mut rng = stream(spec.seed, Purpose::Spread, block as u64);
        let mut sums = vec![0.0; columns];
        let mut places: Vec<u32> = (0..columns as u32).collect();
        (0..BLOCK.min(spec.draws - block * BLOCK))
            .map(|_| {
                if moving.len() > MANY {
                    normals(&mut rng, &mut sums, |_| deviation);
                } else {
                    sums.fill(0.0);
                    for unit in &mixed {
                        unit.permute(&mut rng, &mut places, &mut sums);
                    }
                }
                range(&sums)
            })
            .collect::<Vec<f64>>()
    });
    Some(judge(observed / weight, null.concat(), weight))
}

/// A unit that is permuted: where it has but two values, it is enough to choose the places of the rarer one.
enum Mixed<'a> {
    Two { common: f64, step: f64, rare: usize },
    Many(&'a [f64]),
}

impl<'a> Mixed<'a> {
    fn of(unit: &'a [f64]) -> Mixed<'a> {
        let first = unit[0];
        let other = unit.iter().copied().find(|x| *x != first).unwrap_or(first);
        let others = unit.iter().filter(|x| **x == other).count();
        if others + unit.iter().filter(|x| **x == first).count() < unit.len() {
            return Mixed::Many(unit);
        }
        let (common, rare, value) = if 2 * others <= unit.len() {
            (first, others, other)
        } else {
            (other, unit.len() - others, first)
        };
        Mixed::Two {
            common,
            step: value - common,
            rare,
        }
    }

    /// Adds a permutation of the unit to the sums. `places` is any permutation, and stays one.
    fn permute(&self, rng: &mut Stream, places: &mut [u32], sums: &mut [f64]) {
        let mut draw = Indices::new(rng);
        match self {
            Mixed::Two { common, step, rare } => {
                if *common != 0.0 {
                    sums.iter_mut().for_each(|s| *s += common);
                }
                for i in 0..*rare {
                    let j = i + draw.next(places.len() - i);
                    places.swap(i, j);
                    sums[places[i] as usize] += step;
                }
            }
            Mixed::Many(unit) => {
                for (i, x) in unit.iter().enumerate() {
                    let j = i + draw.next(places.len() - i);
                    places.swap(i, j);
                    sums[places[i] as usize] += x;
                }
            }
        }
    }
}

/// Spread of means that are equal but for errors with these standard deviations. `None` below two.
pub fn spread_noise(observed: f64, errors: &[f64], spec: ResampleSpec) -> Option<SpreadNull> {
    if errors.len() < 2 {
        return None;
    }
    let null = in_blocks(spec.draws.div_ceil(BLOCK), spec.threads, |block| {
        let mut rng = stream(spec.seed, Purpose::Noise, block as u64);
        let mut means = vec![0.0; errors.len()];
        (0..BLOCK.min(spec.draws - block * BLOCK))
            .map(|_| {
                normals(&mut rng, &mut means, |column| errors[column]);
                range(&means)
            })
            .collect::<Vec<f64>>()
    });
    Some(judge(observed, null.concat(), 1.0))
}

fn normals(rng: &mut Stream, into: &mut [f64], deviation: impl Fn(usize) -> f64) {
    for (column, x) in into.iter_mut().enumerate() {
        let z: f64 = StandardNormal.sample(rng);
        *x = z * deviation(column);
    }
}

/// Sum over units of the variance between columns: the permutation variance of a column's sum, but for the common part.
fn within(units: &[&[f64]]) -> f64 {
    units
        .iter()
        .map(|unit| {
            let n = unit.len() as f64;
            let mean = unit.iter().sum::<f64>() / n;
            let squares: f64 = unit.iter().map(|x| (x - mean).powi(2)).sum();
            squares / (n - 1.0)
        })
        .sum()
}

fn judge(value: f64, mut null: Vec<f64>, weight: f64) -> SpreadNull {
    let far = value * weight * (1.0 - 1e-9) - 1e-12;
    let as_far = null.iter().filter(|s| **s >= far).count() + 1;
    let p = as_far as f64 / (null.len() + 1) as f64;
    null.sort_unstable_by(f64::total_cmp);
    SpreadNull {
        value,
        null_95: quantile(&null, 0.95).unwrap_or(0.0) / weight,
        p,
    }
}

fn range(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    most - least
}

/// Cochran's Q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CochranQ {
    pub q: f64,
    /// Degrees of freedom: columns − 1.
    pub df: usize,
    /// By the χ² distribution.
    pub p: f64,
}

/// Cochran's Q (Cochran 1950) of 0/1 columns over matched units. `None` below two columns, or where every unit has the
/// same value in all columns.
pub fn cochran_q(matrix: &Matrix) -> Option<CochranQ> {
    let k = matrix.columns();
    if k < 2 {
        return None;
    }
    let columns = matrix.sums();
    let (mut total, mut squares) = (0.0, 0.0);
    for u in 0..matrix.units() {
        let row: f64 = matrix.unit(u).iter().sum();
        total += row;
        squares += row * row;
    }
    let n = k as f64;
    let below = n * total - squares;
    if below <= 0.0 {
        return None;
    }
    let q = (n - 1.0) * (n * columns.iter().map(|c| c * c).sum::<f64>() - total * total) / below;
    let chi = ChiSquared::new(n - 1.0).ok()?;
    Some(CochranQ {
        q,
        df: k - 1,
        p: chi.sf(q.max(0.0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    fn spec(draws: usize, threads: usize) -> ResampleSpec {
        ResampleSpec {
            draws,
            seed: 7,
            threads,
        }
    }

    fn coins(units: usize, columns: usize) -> Matrix {
        let mut rng = stream(3, Purpose::Spread, 0);
        let mut matrix = Matrix::new(units, columns);
        for u in 0..units {
            for x in matrix.unit_mut(u) {
                *x = f64::from(u8::from(rng.random_bool(0.7)));
            }
        }
        matrix
    }

    #[test]
    fn equal_columns_have_a_spread_within_its_null() {
        let mut matrix = coins(100, 10);
        let found = spread_exchangeable(&matrix, 100.0, spec(2_000, 2)).unwrap();
        assert!(found.value > 0.03 && found.p > 0.01, "{found:?}");
        assert!((0.1..0.3).contains(&found.null_95), "{found:?}");
        assert_eq!(
            found,
            spread_exchangeable(&matrix, 100.0, spec(2_000, 1)).unwrap()
        );
        for u in 0..100 {
            matrix.unit_mut(u)[0] = 1.0;
        }
        assert!(
            spread_exchangeable(&matrix, 100.0, spec(2_000, 1))
                .unwrap()
                .p
                < 0.05
        );
        assert_eq!(
            spread_exchangeable(&Matrix::new(9, 1), 9.0, spec(9, 1)),
            None
        );
    }

    #[test]
    fn the_normal_limit_continues_the_permutations() {
        let below = coins(2_050, 6);
        let moving = (0..2_050).filter(|u| below.unit(*u).iter().any(|x| *x != below.unit(*u)[0]));
        let moving: Vec<usize> = moving.collect();
        assert!(moving.len() < MANY);
        let permuted = spread_exchangeable(&below, 1.0, spec(4_000, 2)).unwrap();
        let units: Vec<&[f64]> = (0..2_050).map(|u| below.unit(u)).collect();
        let errors = [within(&units).sqrt(); 6];
        let normal = spread_noise(permuted.value, &errors, spec(4_000, 2)).unwrap();
        let ratio = permuted.null_95 / normal.null_95;
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
        assert!(
            (permuted.p - normal.p).abs() < 0.05,
            "{permuted:?} {normal:?}"
        );
    }

    #[test]
    fn columns_that_never_differ_have_no_q() {
        assert_eq!(
            cochran_q(&Matrix::from_fn(5, 3, |u, _| f64::from(u as u32 % 2))),
            None
        );
        assert_eq!(cochran_q(&Matrix::new(5, 1)), None);
    }
}
