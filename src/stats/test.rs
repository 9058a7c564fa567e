//! Tests of paired differences, and of the spread of several means.

use rand::{RngExt, seq::SliceRandom};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// Exact McNemar test (two-sided binomial on the discordant pairs `b` and `c`). 1 where there are none.
pub fn mcnemar_exact(b: usize, c: usize) -> f64 {
    let n = b + c;
    if n == 0 {
        return 1.0;
    }
    // Sum of C(n, k) / 2^n for k ≤ min(b, c), each term from the one before, in logarithms against underflow.
    let mut log = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = log.exp();
    for k in 0..b.min(c) {
        log += ((n - k) as f64).ln() - ((k + 1) as f64).ln();
        sum += log.exp();
    }
    (2.0 * sum).min(1.0)
}

/// Sign-flip permutation test of the mean of differences, two-sided, with the observed one counted among `draws + 1`.
pub fn sign_flip(differences: &[f64], draws: usize, seed: u64) -> f64 {
    let observed: f64 = differences.iter().sum::<f64>().abs();
    let moved: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    if moved.is_empty() {
        return 1.0;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut as_far = 1usize;
    for _ in 0..draws {
        let mut sum = 0.0;
        let (mut bits, mut left) = (0u64, 0);
        for d in &moved {
            if left == 0 {
                (bits, left) = (rng.random::<u64>(), 64);
            }
            sum += if bits & 1 == 0 { *d } else { -*d };
            bits >>= 1;
            left -= 1;
        }
        if sum.abs() >= observed - 1e-12 {
            as_far += 1;
        }
    }
    as_far as f64 / (draws + 1) as f64
}

/// Holm's adjustment (Holm 1979) of p values; same order as given.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut most = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        most = most.max(((p.len() - rank) as f64 * p[i]).min(1.0));
        adjusted[i] = most;
    }
    adjusted
}

/// Spread (largest minus smallest mean) under exchangeable groups: values are permuted within each unit. `values[g][u]`;
/// units with a NaN in any group are left out. Returns the observed spread, the 95 % quantile of the null, and p.
pub fn spread_null(values: &[Vec<f64>], draws: usize, seed: u64) -> Option<(f64, f64, f64)> {
    let groups = values.len();
    let units = values.first()?.len();
    let whole: Vec<Vec<f64>> = (0..units)
        .map(|u| values.iter().map(|g| g[u]).collect::<Vec<f64>>())
        .filter(|unit| unit.iter().all(|x| x.is_finite()))
        .collect();
    if groups < 2 || whole.is_empty() {
        return None;
    }
    let spread = |sums: &[f64]| {
        let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
        (most - least) / whole.len() as f64
    };
    let mut sums = vec![0.0; groups];
    for unit in &whole {
        unit.iter().zip(&mut sums).for_each(|(x, s)| *s += x);
    }
    let observed = spread(&sums);
    // Units in which all groups agree stay as they are, whatever the permutation.
    let (same, mut moving): (Vec<Vec<f64>>, Vec<Vec<f64>>) = whole
        .iter()
        .cloned()
        .partition(|unit| unit.windows(2).all(|w| w[0] == w[1]));
    let fixed: f64 = same.iter().filter_map(|u| u.first()).sum();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut null = Vec::with_capacity(draws);
    for _ in 0..draws {
        sums.fill(fixed);
        for unit in &mut moving {
            unit.shuffle(&mut rng);
            unit.iter().zip(&mut sums).for_each(|(x, s)| *s += x);
        }
        null.push(spread(&sums));
    }
    let as_far = null.iter().filter(|s| **s >= observed - 1e-12).count() + 1;
    null.sort_by(f64::total_cmp);
    Some((
        observed,
        super::quantile(&null, 0.95),
        as_far as f64 / (draws + 1) as f64,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_by_hand() {
        assert!((mcnemar_exact(5, 1) - 0.21875).abs() < 1e-12);
        assert!((mcnemar_exact(0, 8) - 2.0 / 256.0).abs() < 1e-12);
        assert_eq!((mcnemar_exact(0, 0), mcnemar_exact(3, 3)), (1.0, 1.0));
        assert!(mcnemar_exact(3000, 3200) > 0.0);
    }

    #[test]
    fn sign_flip_agrees_with_full_enumeration() {
        // 8 equal differences: 2 of 256 sign patterns are as far as the observed one.
        let p = sign_flip(&[1.0; 8], 20_000, 7);
        assert!((p - 2.0 / 256.0).abs() < 0.002, "{p}");
        assert_eq!(sign_flip(&[0.0; 5], 100, 7), 1.0);
        assert_eq!(
            sign_flip(&[1.0, -0.5, 0.25], 999, 7),
            sign_flip(&[1.0, -0.5, 0.25], 999, 7)
        );
    }

    #[test]
    fn holm_by_hand() {
        assert_eq!(holm(&[0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }

    #[test]
    fn equal_groups_have_a_spread_within_its_null() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let values: Vec<Vec<f64>> = (0..10)
            .map(|_| {
                (0..100)
                    .map(|_| f64::from(u8::from(rng.random_bool(0.7))))
                    .collect()
            })
            .collect();
        let (spread, null, p) = spread_null(&values, 2_000, 7).unwrap();
        assert!(
            spread > 0.03 && p > 0.01 && (0.1..0.3).contains(&null),
            "{spread} {null} {p}"
        );
        let mut better = values;
        better[0] = vec![1.0; 100];
        assert!(spread_null(&better, 2_000, 7).unwrap().2 < 0.05);
    }
}
