//! The largest of several draws.

/// Step and reach of the integration, in standard deviations.
const STEP: f64 = 0.01;
const REACH: f64 = 8.0;

/// The expected largest of `n` independent standard normal values; 0 below two.
pub fn expected_maximum(n: usize) -> f64 {
    if n < 2 {
        return 0.0;
    }
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let (mut below, mut sum) = (0.0f64, 0.0);
    for step in 0..(2.0 * REACH / STEP) as usize {
        let x = -REACH + (step as f64 + 0.5) * STEP;
        let mass = density(x) * STEP;
        // The share below the middle of the step.
        let share = below + mass / 2.0;
        sum += x * n as f64 * mass * share.powi(n as i32 - 1);
        below += mass;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_tables() {
        // Harter 1961, expected values of normal order statistics.
        for (n, value) in [(1, 0.0), (2, 0.56419), (8, 1.42360), (32, 2.06967)] {
            assert!((expected_maximum(n) - value).abs() < 1e-3, "{n}");
        }
    }
}
