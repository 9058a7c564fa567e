//! A curve that rises and levels off, a − b·n^(−c), by least squares.

/// Exponents tried: from a curve that rises for ever to one that is flat after the first step.
const EXPONENTS: [f64; 24] = [
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0,
    2.25, 2.5, 2.75, 3.0, 3.5, 4.0,
];

/// y(n) = a − b·n^(−c).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerCurve {
    /// Where it levels off.
    pub a: f64,
    /// How far below that it is at n = 1; negative where it falls.
    pub b: f64,
    /// How fast it levels off.
    pub c: f64,
}

impl PowerCurve {
    /// Its value at n.
    pub fn at(&self, n: f64) -> f64 {
        self.a - self.b * n.powf(-self.c)
    }

    /// The least-squares curve through points (n, y) with n ≥ 1; needs three different n. For each exponent of a list, a
    /// and b are those of the regression of y on n^(−c); of the list, the exponent with the smallest residual.
    pub fn fit(points: &[(f64, f64)]) -> Option<PowerCurve> {
        let mut ns: Vec<f64> = points.iter().map(|p| p.0).collect();
        ns.sort_by(f64::total_cmp);
        ns.dedup();
        if ns.len() < 3 || ns[0] < 1.0 {
            return None;
        }
        let count = points.len() as f64;
        let mean_y = points.iter().map(|p| p.1).sum::<f64>() / count;
        let mut best: Option<(f64, PowerCurve)> = None;
        for c in EXPONENTS {
            let x = |n: f64| n.powf(-c);
            let mean_x = points.iter().map(|p| x(p.0)).sum::<f64>() / count;
            let sxx: f64 = points.iter().map(|p| (x(p.0) - mean_x).powi(2)).sum();
            let sxy: f64 = points
                .iter()
                .map(|p| (x(p.0) - mean_x) * (p.1 - mean_y))
                .sum();
            if sxx <= f64::EPSILON {
                continue;
            }
            let slope = sxy / sxx;
            let curve = PowerCurve {
                a: mean_y - slope * mean_x,
                b: -slope,
                c,
            };
            let residual: f64 = points.iter().map(|p| (p.1 - curve.at(p.0)).powi(2)).sum();
            if best.is_none_or(|(least, _)| residual < least - 1e-15) {
                best = Some((residual, curve));
            }
        }
        best.map(|(_, curve)| curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_of_the_family_is_found_again() {
        let truth = PowerCurve {
            a: 0.9,
            b: 0.4,
            c: 0.5,
        };
        let points: Vec<(f64, f64)> = [1.0, 3.0, 5.0, 9.0, 17.0]
            .iter()
            .map(|n| (*n, truth.at(*n)))
            .collect();
        let found = PowerCurve::fit(&points).unwrap();
        assert!((found.a - 0.9).abs() < 1e-9 && (found.b - 0.4).abs() < 1e-9);
        assert_eq!(found.c, 0.5);
    }

    #[test]
    fn a_falling_curve_falls_and_two_points_are_none() {
        let found = PowerCurve::fit(&[(1.0, 0.8), (2.0, 0.7), (4.0, 0.65)]).unwrap();
        assert!(found.b < 0.0 && found.at(8.0) < 0.65);
        assert_eq!(PowerCurve::fit(&[(1.0, 0.8), (2.0, 0.7), (2.0, 0.6)]), None);
        assert_eq!(PowerCurve::fit(&[(0.0, 0.8), (2.0, 0.7), (3.0, 0.6)]), None);
    }
}
