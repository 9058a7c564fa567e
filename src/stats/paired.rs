//! Tests of paired differences, and how many pairs they need.

use super::{
    bootstrap::ResampleSpec,
    interval::Z95,
    random::{Purpose, in_blocks, stream},
};
use rand::Rng;
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Normal, StudentsT};
use std::cmp::Ordering;

/// From so many units on, permutations are replaced by the normal distribution that they tend to: with the same first two
/// moments, and an error far below that of the draws.
pub(crate) const MANY: usize = 2_000;
/// Up to so many units that differ, every pattern of signs is gone through.
const FEW: usize = 14;
const BLOCK: usize = 256;
/// 80 % quantile of the standard normal distribution.
pub(crate) const Z_POWER: f64 = 0.841_621_233_572_914_3;

/// Exact McNemar test (McNemar 1947): two-sided binomial on the discordant pairs `b` and `c`. 1 where there are none.
pub fn mcnemar_exact(b: u64, c: u64) -> f64 {
    match Binomial::new(0.5, b + c) {
        Ok(binomial) if b != c => (2.0 * binomial.cdf(b.min(c))).min(1.0),
        _ => 1.0,
    }
}

/// Which way a difference is shown to go, at 5 %: its p-value is below 0.05, and its 95 % interval leaves out 0. Of few rows the
/// exact test asks for more than the interval; of few clusters it may be the other way round. `None` where it may be chance.
pub fn shown_direction(p: f64, low: f64, high: f64) -> Option<Ordering> {
    match (p < 0.05, low > 0.0, high < 0.0) {
        (true, true, _) => Some(Ordering::Greater),
        (true, _, true) => Some(Ordering::Less),
        _ => None,
    }
}

/// Sign-flip permutation test of the mean of differences, two-sided (Fisher 1935). With up to 14 units that differ every
/// pattern of signs counts; then random ones, with the observed one counted among them; from 2,000 on the normal limit.
pub fn sign_flip(differences: &[f64], spec: ResampleSpec) -> f64 {
    let moved: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    let observed = moved.iter().sum::<f64>().abs();
    let size: f64 = moved.iter().map(|d| d.abs()).sum();
    // Sums that are equal but for rounding count as equal.
    let far = observed - 1e-9 * size;
    if moved.is_empty() {
        return 1.0;
    }
    if moved.len() > MANY {
        let variance: f64 = moved.iter().map(|d| d * d).sum();
        return two_sided(observed / variance.sqrt());
    }
    if moved.len() <= FEW {
        let patterns = 1u32 << moved.len();
        let as_far = (0..patterns)
            .filter(|p| signed(&moved, u64::from(*p)).abs() >= far)
            .count();
        return as_far as f64 / f64::from(patterns);
    }
    let counts = in_blocks(spec.draws.div_ceil(BLOCK), spec.threads, |block| {
        let mut rng = stream(spec.seed, Purpose::SignFlip, block as u64);
        (0..BLOCK.min(spec.draws - block * BLOCK))
            .filter(|_| {
                let sum: f64 = moved
                    .chunks(64)
                    .map(|part| signed(part, rng.next_u64()))
                    .sum();
                sum.abs() >= far
            })
            .count()
    });
    (counts.iter().sum::<usize>() + 1) as f64 / (spec.draws + 1) as f64
}

/// Sum of up to 64 values with signs from bits.
fn signed(values: &[f64], bits: u64) -> f64 {
    values
        .iter()
        .enumerate()
        .map(|(i, x)| if bits >> i & 1 == 0 { *x } else { -*x })
        .sum()
}

/// Two-sided p of a standard normal value.
pub(crate) fn two_sided(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

/// Two one-sided paired t tests (Schuirmann 1987) of a mean difference within ± `margin`: the larger p. `None` below two
/// differences, or where they are all the same.
pub fn tost(differences: &[f64], margin: f64) -> Option<f64> {
    let (mean, variance) = moments(differences)?;
    let n = differences.len() as f64;
    let error = (variance / n).sqrt();
    if error <= 0.0 {
        return None;
    }
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
    let above = t.sf((mean + margin) / error);
    let below = t.cdf((mean - margin) / error);
    Some(above.max(below))
}

/// Mean and unbiased variance; `None` below two values.
pub fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    Some((mean, squares / (n - 1.0)))
}

/// The smallest true mean of paired differences that is found with 80 % power at a two-sided 5 %, from their variance.
pub fn detectable(variance: f64, n: f64) -> f64 {
    (Z95 + Z_POWER) * (variance / n).sqrt()
}

/// How many units find that mean difference with 80 % power at a two-sided level `alpha`.
pub fn units_needed(variance: f64, difference: f64, alpha: f64) -> f64 {
    let z = Normal::standard().inverse_cdf(1.0 - alpha / 2.0);
    variance * ((z + Z_POWER) / difference).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(draws: usize, threads: usize) -> ResampleSpec {
        ResampleSpec {
            draws,
            seed: 7,
            threads,
        }
    }

    #[test]
    fn a_direction_is_shown_by_p_and_by_the_interval() {
        assert_eq!(shown_direction(0.04, 0.01, 0.2), Some(Ordering::Greater));
        assert_eq!(shown_direction(0.04, -0.2, -0.01), Some(Ordering::Less));
        // Five rows of 33 get better and none worse.
        let (low, high) = super::super::tango(5.0, 0.0, 33.0, Z95);
        assert!(low > 0.0);
        assert_eq!(shown_direction(mcnemar_exact(5, 0), low, high), None);
        assert_eq!(shown_direction(0.04, -0.01, 0.2), None);
    }

    #[test]
    fn mcnemar_by_hand() {
        assert!((mcnemar_exact(5, 1) - 0.21875).abs() < 1e-12);
        assert!((mcnemar_exact(0, 8) - 2.0 / 256.0).abs() < 1e-12);
        assert_eq!((mcnemar_exact(0, 0), mcnemar_exact(3, 3)), (1.0, 1.0));
        assert!(mcnemar_exact(3000, 3200) > 0.0);
    }

    #[test]
    fn few_signs_are_gone_through_and_many_tend_to_the_normal_distribution() {
        // 8 equal differences: 2 of 256 patterns are as far as the observed one.
        assert_eq!(sign_flip(&[1.0; 8], spec(10, 1)), 2.0 / 256.0);
        assert_eq!(sign_flip(&[0.0; 5], spec(10, 1)), 1.0);
        let some: Vec<f64> = (0..40).map(|i| f64::from(i % 7) - 2.0).collect();
        let drawn = sign_flip(&some, spec(20_000, 1));
        assert_eq!(drawn, sign_flip(&some, spec(20_000, 3)));
        let squares: f64 = some.iter().map(|d| d * d).sum();
        let normal = two_sided(some.iter().sum::<f64>() / squares.sqrt());
        assert!((drawn - normal).abs() < 0.02, "{drawn} {normal}");
        let many: Vec<f64> = (0..3_000)
            .map(|i| if i % 20 < 11 { 1.0 } else { -1.0 })
            .collect();
        assert!((sign_flip(&many, spec(1, 1)) - mcnemar_exact(1_650, 1_350)).abs() < 1e-4);
    }

    #[test]
    fn power_by_hand() {
        // (1.95996 + 0.84162)² · 0.2 / 0.05² = 627.9
        assert!((units_needed(0.2, 0.05, 0.05) - 627.9).abs() < 0.1);
        assert!((detectable(0.2, units_needed(0.2, 0.05, 0.05)) - 0.05).abs() < 1e-12);
        assert_eq!((tost(&[0.1], 0.02), tost(&[0.1, 0.1], 0.02)), (None, None));
    }
}
