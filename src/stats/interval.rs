//! Intervals of proportions and their differences, and quantiles.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// 97.5 % quantile of the standard normal distribution: two-sided 95 %.
pub const Z95: f64 = 1.959_963_984_540_054;
/// 95 % quantile: two-sided 90 %, as two one-sided tests at 5 % use it.
pub const Z90: f64 = 1.644_853_626_951_472_7;

/// Wilson score interval (Wilson 1927), 95 %, for `k` successes of `n`. `(0, 1)` where `n` is 0.
pub fn wilson(k: f64, n: f64) -> (f64, f64) {
    wilson_at(k, n, Z95)
}

/// The same with the two-sided normal quantile `z`.
pub(super) fn wilson_at(k: f64, n: f64, z: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let p = k / n;
    let z2 = z * z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends the formula gives 0 and 1 exactly; rounding may miss them by an ulp.
    let low = if k <= 0.0 { 0.0 } else { middle - half };
    let high = if k >= n { 1.0 } else { middle + half };
    (low.max(0.0), high.min(1.0))
}

/// Difference of two independent proportions, `k1`/`n1` − `k2`/`n2`, 95 % (Newcombe 1998b, method 10: the square and add of
/// Wilson limits). `(−1, 1)` where one of them has no trials.
pub fn newcombe(k1: f64, n1: f64, k2: f64, n2: f64) -> (f64, f64) {
    if n1 <= 0.0 || n2 <= 0.0 {
        return (-1.0, 1.0);
    }
    let (p1, p2) = (k1 / n1, k2 / n2);
    let ((l1, u1), (l2, u2)) = (wilson(k1, n1), wilson(k2, n2));
    let d = p1 - p2;
    (
        d - ((p1 - l1).powi(2) + (u2 - p2).powi(2)).sqrt(),
        d + ((u1 - p1).powi(2) + (p2 - l2).powi(2)).sqrt(),
    )
}

/// Difference of two paired proportions, (`b` − `c`)/`n`, where `b` pairs have only the first and `c` only the second of `n`
/// (Tango 1998: the score interval). `z` is the two-sided normal quantile. It stays honest where no pair differs: then it
/// is ± z²/(n + z²). `(−1, 1)` where `n` is 0.
pub fn tango(b: f64, c: f64, n: f64, z: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (-1.0, 1.0);
    }
    // Falls from +∞ to −∞ as the difference rises.
    let score = |difference: f64| {
        let b1 = (2.0 * n - b + c) * difference - b - c;
        let c1 = -c * difference * (1.0 - difference);
        let root = (b1 * b1 - 8.0 * n * c1).max(0.0).sqrt();
        let q = (root - b1) / (4.0 * n);
        let variance = n * (2.0 * q + difference * (1.0 - difference));
        let above = b - c - n * difference;
        if variance > 0.0 {
            above / variance.sqrt()
        } else {
            above.signum() * if above == 0.0 { 0.0 } else { f64::INFINITY }
        }
    };
    let observed = (b - c) / n;
    let cross = |mut inside: f64, mut outside: f64, level: f64| {
        for _ in 0..80 {
            let middle = 0.5 * (inside + outside);
            if score(middle).abs() < level {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        0.5 * (inside + outside)
    };
    (cross(observed, -1.0, z), cross(observed, 1.0, z))
}

/// Quantile `q` of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996). `None` where there are none.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let (low, share) = quantile_place(sorted.len(), q)?;
    let high = low + usize::from(share > 0.0);
    Some(sorted[low] + (sorted[high] - sorted[low]) * share)
}

/// The value at or before quantile `q` of `n` sorted values, and how far on to the next one the quantile is.
fn quantile_place(n: usize, q: f64) -> Option<(usize, f64)> {
    let at = q.clamp(0.0, 1.0) * n.checked_sub(1)? as f64;
    Some((at.floor() as usize, at.fract()))
}

/// The quantiles `tail` and 1 − `tail` of finite values, whose order changes; `(NaN, NaN)` never comes out: where there is
/// no value, both are 0.
pub fn percentiles(values: &mut [f64], tail: f64) -> (f64, f64) {
    // The values around each quantile are selected: all of them in order would take three times as long.
    let mut at = |q: f64| {
        let (low, share) = quantile_place(values.len(), q)?;
        let (_, value, after) = values.select_nth_unstable_by(low, f64::total_cmp);
        let next = match share > 0.0 {
            true => after.iter().copied().min_by(f64::total_cmp)?,
            false => *value,
        };
        Some(*value + (next - *value) * share)
    };
    (at(tail).unwrap_or(0.0), at(1.0 - tail).unwrap_or(0.0))
}

/// The tail to cut off from resamples of `units` units, for an interval that has `tail` outside on each side (Hesterberg
/// 2015: expanded percentiles). Resamples of few units are too narrow, by √((n − 1)/n) and by the t distribution. 0 below
/// two units.
pub fn expanded_tail(tail: f64, units: usize) -> f64 {
    if units < 2 {
        return 0.0;
    }
    let n = units as f64;
    let wide = StudentsT::new(0.0, 1.0, n - 1.0).map_or(0.0, |t| t.inverse_cdf(tail));
    Normal::standard().cdf(wide * (n / (n - 1.0)).sqrt())
}

/// At most the chance that `k` or more of `n` independent units are hits, where each is one with probability `p` (Chernoff 1952).
pub fn binomial_tail_bound(k: usize, n: usize, p: f64) -> f64 {
    let (k, n) = (k as f64, n as f64);
    if k <= n * p {
        return 1.0;
    }
    let part = |share: f64, expected: f64| match share > 0.0 {
        true => share * (share / expected).ln(),
        false => 0.0,
    };
    let share = k / n;
    (-n * (part(share, p) + part(1.0 - share, 1.0 - p))).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        let near =
            |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 5e-5 && (a.1 - b.1).abs() < 5e-5;
        // Newcombe 1998, table I, method 3: 81/263 and 15/148; 0/20; 1/29.
        assert!(near(wilson(81.0, 263.0), (0.2553, 0.3662)));
        assert!(near(wilson(15.0, 148.0), (0.0624, 0.1605)));
        assert!(near(wilson(0.0, 20.0), (0.0, 0.1611)));
        assert!(near(wilson(1.0, 29.0), (0.0061, 0.1718)));
        assert_eq!(wilson(0.0, 0.0), (0.0, 1.0));
        // Newcombe 1998b, table II, method 10: 56/70 − 48/80.
        assert!(near(newcombe(56.0, 70.0, 48.0, 80.0), (0.0524, 0.3339)));
    }

    #[test]
    fn a_paired_difference_has_a_width_even_where_no_pair_differs() {
        let z2 = Z95 * Z95;
        let (low, high) = tango(0.0, 0.0, 100.0, Z95);
        assert!((high - z2 / (100.0 + z2)).abs() < 1e-12 && (low + high).abs() < 1e-12);
        let ((a, b), (c, d)) = (tango(9.0, 3.0, 40.0, Z95), tango(3.0, 9.0, 40.0, Z95));
        assert!(a < 0.15 && b > 0.15 && (a + d).abs() < 1e-12 && (b + c).abs() < 1e-12);
        let (low, high) = tango(5.0, 0.0, 5.0, Z95);
        assert!(low > 0.0 && high > 1.0 - 1e-9);
        assert_eq!(tango(0.0, 0.0, 0.0, Z95), (-1.0, 1.0));
    }

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 1.0), Some(4.0));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(percentiles(&mut [3.0, 1.0, 2.0], 0.0), (1.0, 3.0));
        assert_eq!(percentiles(&mut [], 0.1), (0.0, 0.0));
        for n in 1..60_u32 {
            let values: Vec<f64> = (0..n).map(|i| f64::from(i * 7919 % 13) / 13.0).collect();
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            for tail in [0.0, 0.001, 0.025, 0.05, 0.3, 0.5] {
                let of_sorted = |q| quantile(&sorted, q).unwrap();
                let wanted = (of_sorted(tail), of_sorted(1.0 - tail));
                assert_eq!(percentiles(&mut values.clone(), tail), wanted, "{n} {tail}");
            }
        }
    }

    #[test]
    fn few_units_need_wider_percentiles() {
        // t with 9 degrees of freedom: 2.262157 · √(10/9) = 2.384522.
        assert!((expanded_tail(0.025, 10) - 0.008_551).abs() < 1e-5);
        assert!((expanded_tail(0.025, 100_000) - 0.025).abs() < 1e-5);
        assert_eq!(expanded_tail(0.025, 1), 0.0);
    }
}
