//! A test of several contrasts at once, by flipping the signs of whole units.

use super::{
    bootstrap::ResampleSpec,
    factors::dot,
    matrix::Matrix,
    paired::MANY,
    random::{Purpose, in_blocks, stream},
};
use rand::{Rng, distr::Distribution};
use rand_distr::StandardNormal;

const BLOCK: usize = 64;

/// p that the sum over units of a vector is no farther from zero than chance makes it: the squared length of the sum, with
/// the sign of every unit flipped at random. For one column it is the sign-flip permutation test. From 2,000 units that
/// differ from zero on, the normal limit. 1 where no unit does.
pub fn sign_flip_vector(matrix: &Matrix, spec: ResampleSpec) -> f64 {
    let columns = matrix.columns();
    let moved: Vec<&[f64]> = (0..matrix.units())
        .map(|u| matrix.unit(u))
        .filter(|unit| unit.iter().any(|x| *x != 0.0))
        .collect();
    if moved.is_empty() {
        return 1.0;
    }
    let sums = matrix.sums();
    let observed = dot(&sums, &sums);
    let size: f64 = moved.iter().flat_map(|u| u.iter()).map(|x| x.abs()).sum();
    let far = observed * (1.0 - 1e-6) - 1e-12 * size * size;
    let root = (moved.len() > MANY).then(|| cholesky(&covariance(&moved, columns), columns));
    let counts = in_blocks(spec.draws.div_ceil(BLOCK), spec.threads, |block| {
        let mut rng = stream(spec.seed, Purpose::Effects, block as u64);
        let (mut sums, mut normal) = (vec![0.0; columns], vec![0.0; columns]);
        (0..BLOCK.min(spec.draws - block * BLOCK))
            .filter(|_| {
                sums.fill(0.0);
                if let Some(root) = &root {
                    normal
                        .iter_mut()
                        .for_each(|z| *z = StandardNormal.sample(&mut rng));
                    for (row, sum) in root.chunks_exact(columns).zip(&mut sums) {
                        *sum = dot(row, &normal);
                    }
                } else {
                    for part in moved.chunks(64) {
                        let mut bits = rng.next_u64();
                        for unit in part {
                            let sign = if bits & 1 == 0 { 1.0 } else { -1.0 };
                            bits >>= 1;
                            let (sums, unit) = (&mut sums[..columns], &unit[..columns]);
                            let mut column = 0;
                            while column < columns {
                                sums[column] += sign * unit[column];
                                column += 1;
                            }
                        }
                    }
                }
                dot(&sums, &sums) >= far
            })
            .count()
    });
    (counts.iter().sum::<usize>() + 1) as f64 / (spec.draws + 1) as f64
}

fn covariance(units: &[&[f64]], columns: usize) -> Vec<f64> {
    let mut all = vec![0.0; columns * columns];
    for unit in units {
        for (i, x) in unit.iter().enumerate() {
            for (j, y) in unit.iter().enumerate() {
                all[i * columns + j] += x * y;
            }
        }
    }
    all
}

/// Lower triangle whose square the matrix is; directions without variance stay empty.
fn cholesky(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut root = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let known = dot(&root[i * n..i * n + j], &root[j * n..j * n + j]);
            let rest = matrix[i * n + j] - known;
            root[i * n + j] = if i == j {
                rest.max(0.0).sqrt()
            } else if root[j * n + j] > 0.0 {
                rest / root[j * n + j]
            } else {
                0.0
            };
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::sign_flip;
    use rand::RngExt;

    fn spec(draws: usize, threads: usize) -> ResampleSpec {
        ResampleSpec {
            draws,
            seed: 7,
            threads,
        }
    }

    #[test]
    fn one_column_is_the_sign_flip_test() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i % 7) - 2.5).collect();
        let matrix = Matrix::from_fn(40, 1, |u, _| values[u]);
        let both = [
            sign_flip_vector(&matrix, spec(10_000, 2)),
            sign_flip(&values, spec(10_000, 1)),
        ];
        assert!((both[0] - both[1]).abs() < 0.02, "{both:?}");
        assert_eq!(both[0], sign_flip_vector(&matrix, spec(10_000, 1)));
        assert_eq!(sign_flip_vector(&Matrix::new(5, 2), spec(10, 1)), 1.0);
    }

    #[test]
    fn the_normal_limit_finds_what_is_there_and_nothing_else() {
        let mut rng = stream(1, Purpose::Effects, 99);
        let draw: Vec<f64> = (0..9_000).map(|_| rng.random_range(-1.0..1.0)).collect();
        let shifted = |by: f64| {
            Matrix::from_fn(3_000, 3, |u, c| {
                draw[u * 3 + c] + if c == 1 { by } else { 0.0 }
            })
        };
        assert!(sign_flip_vector(&shifted(0.0), spec(2_000, 2)) > 0.01);
        assert!(sign_flip_vector(&shifted(0.06), spec(2_000, 2)) < 0.001);
    }
}
