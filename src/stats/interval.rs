//! Intervals of proportions, and quantiles.

/// 97.5 % quantile of the standard normal distribution.
pub const Z: f64 = 1.959_963_984_540_054;

/// Wilson score interval (Wilson 1927), 95 %, for `k` successes of `n`. `(0, 1)` where `n` is 0.
pub fn wilson(k: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let p = k / n;
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends the formula gives 0 and 1 exactly; rounding may miss them by an ulp.
    (
        if k == 0.0 {
            0.0
        } else {
            (middle - half).max(0.0)
        },
        if k == n {
            1.0
        } else {
            (middle + half).min(1.0)
        },
    )
}

/// Quantile `q` of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996). NaN where there are none.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (at - low as f64)
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
    }

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 1.0), 4.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
