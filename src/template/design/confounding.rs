//! What cannot be told apart in a design: measured on the combinations themselves.

use super::combinations::Combination;

/// How two axes hang together: Cramér's V of their levels, 0 = not at all, 1 = one says all of the other.
pub(super) fn association(rows: &[Combination], sizes: &[usize], a: usize, b: usize) -> f64 {
    let n = rows.len() as f64;
    let mut table = vec![0f64; sizes[a] * sizes[b]];
    let (mut of_a, mut of_b) = (vec![0f64; sizes[a]], vec![0f64; sizes[b]]);
    for row in rows {
        table[row[a] * sizes[b] + row[b]] += 1.0;
        of_a[row[a]] += 1.0;
        of_b[row[b]] += 1.0;
    }
    let mut chi2 = 0.0;
    for (i, x) in of_a.iter().enumerate() {
        for (j, y) in of_b.iter().enumerate() {
            let expected = x * y / n;
            if expected > 0.0 {
                chi2 += (table[i * sizes[b] + j] - expected).powi(2) / expected;
            }
        }
    }
    let levels = |of: &[f64]| of.iter().filter(|n| **n > 0.0).count();
    let freedom = levels(&of_a).min(levels(&of_b)).saturating_sub(1);
    if freedom == 0 {
        0.0
    } else {
        (chi2 / (n * freedom as f64)).sqrt()
    }
}

/// The two axes that hang together most, and how much.
pub(super) fn worst_pair(rows: &[Combination], sizes: &[usize]) -> Option<(usize, usize, f64)> {
    let axes = sizes.len();
    (0..axes)
        .flat_map(|a| (a + 1..axes).map(move |b| (a, b)))
        .map(|(a, b)| (a, b, association(rows, sizes, a, b)))
        .max_by(|x, y| x.2.total_cmp(&y.2))
}

/// Whether every axis is clear of every interaction of two others: all triples of levels stand in proportion.
pub(super) fn clear_of_interactions(rows: &[Combination], sizes: &[usize]) -> bool {
    let n = rows.len();
    let axes: Vec<usize> = (0..sizes.len()).filter(|axis| sizes[*axis] > 1).collect();
    let count = |axis: usize, level: usize| rows.iter().filter(|row| row[axis] == level).count();
    axes.iter().enumerate().all(|(i, a)| {
        axes[i + 1..].iter().enumerate().all(|(j, b)| {
            axes[i + j + 2..].iter().all(|c| {
                let mut table = vec![0usize; sizes[*a] * sizes[*b] * sizes[*c]];
                for row in rows {
                    table[(row[*a] * sizes[*b] + row[*b]) * sizes[*c] + row[*c]] += 1;
                }
                table.iter().enumerate().all(|(cell, seen)| {
                    let (rest, z) = (cell / sizes[*c], cell % sizes[*c]);
                    let (x, y) = (rest / sizes[*b], rest % sizes[*b]);
                    seen * n * n == count(*a, x) * count(*b, y) * count(*c, z)
                })
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn association_is_none_in_a_full_design_and_whole_between_twins() {
        let full: Vec<Combination> = (0..6).map(|i| vec![i / 3, i % 3, i / 3]).collect();
        assert_eq!(association(&full, &[2, 3, 2], 0, 1), 0.0);
        assert!((association(&full, &[2, 3, 2], 0, 2) - 1.0).abs() < 1e-12);
        assert_eq!(
            worst_pair(&full, &[2, 3, 2]).map(|w| (w.0, w.1)),
            Some((0, 2))
        );
    }

    #[test]
    fn a_half_of_two_by_two_by_two_is_not_clear_of_interactions() {
        let half: Vec<Combination> = (0..4)
            .map(|i| vec![i / 2, i % 2, (i / 2 + i % 2) % 2])
            .collect();
        assert!(!clear_of_interactions(&half, &[2, 2, 2]));
        let whole: Vec<Combination> = (0..8).map(|i| vec![i / 4, i / 2 % 2, i % 2]).collect();
        assert!(clear_of_interactions(&whole, &[2, 2, 2]));
    }
}
