//! How far columns differ within one unit, beyond what repeats alone give.

/// Mean absolute difference of all pairs of values; 0 below two.
pub fn mean_pair_difference(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n < 2 {
        return 0.0;
    }
    values.sort_unstable_by(f64::total_cmp);
    // In order, the value at place i is the larger in i pairs and the smaller in n − 1 − i.
    let sum: f64 = values
        .iter()
        .enumerate()
        .map(|(i, x)| x * (2.0 * i as f64 - (n as f64 - 1.0)))
        .sum();
    sum / (n as f64 * (n as f64 - 1.0) / 2.0)
}

/// Differences of single repeats within one unit: `(between, within)`, the mean absolute difference of repeats of different
/// columns, and of the same column. Their difference is zero in the mean where columns do not matter (an energy distance,
/// Székely and Rizzo 2013). `cells` are the repeats of each column. `None` where there is no pair of either kind.
pub fn pair_differences(cells: &[Vec<f64>]) -> Option<(f64, f64)> {
    let pairs = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
    let mut all: Vec<f64> = cells.iter().flatten().copied().collect();
    let total = mean_pair_difference(&mut all) * pairs(all.len());
    let (mut inside, mut n_inside, mut mean_inside, mut columns) = (0.0, 0.0, 0.0, 0.0);
    for cell in cells.iter().filter(|c| c.len() >= 2) {
        let mean = mean_pair_difference(&mut cell.clone());
        inside += mean * pairs(cell.len());
        n_inside += pairs(cell.len());
        mean_inside += mean;
        columns += 1.0;
    }
    let n_between = pairs(all.len()) - n_inside;
    (columns > 0.0 && n_between > 0.0)
        .then(|| ((total - inside).max(0.0) / n_between, mean_inside / columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_by_hand() {
        assert_eq!(mean_pair_difference(&mut [1.0, 0.0, 1.0, 0.0]), 4.0 / 6.0);
        assert_eq!(mean_pair_difference(&mut [0.4]), 0.0);
        let cells = [vec![0.0, 1.0], vec![1.0, 1.0]];
        // Between: 0–1, 0–1, 1–1, 1–1; within: 1 and 0.
        assert_eq!(pair_differences(&cells), Some((0.5, 0.5)));
        assert_eq!(pair_differences(&[vec![0.0], vec![1.0]]), None);
    }
}
