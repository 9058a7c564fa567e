//! Whether a mean differs between groups of units.

use super::{bootstrap::ResampleSpec, matrix::Matrix, rotation::sign_flip_vector};
use std::collections::BTreeMap;

/// A value in a group. Values of one unit are drawn together, whatever their groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupValue {
    pub unit: usize,
    pub group: usize,
    pub value: f64,
    /// How much it counts.
    pub weight: f64,
}

/// Differences of the group means.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupEffects {
    /// Number of values and weighted mean of each group that has values.
    pub groups: BTreeMap<usize, (usize, f64)>,
    /// Sum of squares between the groups.
    pub between: f64,
    /// p that the means differ by no more than chance makes them.
    pub p: f64,
}

/// Test that the means of all groups are equal. The null keeps the overall mean and flips the signs of the deviations from
/// it, unit by unit (the wild bootstrap with Rademacher weights of Liu 1988, by cluster as in Cameron, Gelbach and Miller
/// 2008), so that groups may vary unequally. `None` below two groups, and where a group has a single value.
pub fn group_effects(values: &[GroupValue], spec: ResampleSpec) -> Option<GroupEffects> {
    let mut sums: BTreeMap<usize, (usize, f64, f64)> = BTreeMap::new();
    for v in values {
        let sum = sums.entry(v.group).or_default();
        sum.0 += 1;
        sum.1 += v.weight;
        sum.2 += v.weight * v.value;
    }
    if sums.len() < 2 || sums.values().any(|(n, ..)| *n < 2) {
        return None;
    }
    let n: f64 = sums.values().map(|(_, weight, _)| weight).sum();
    let mean = sums.values().map(|(.., sum)| sum).sum::<f64>() / n;
    let column: BTreeMap<usize, usize> = sums.keys().copied().zip(0..).collect();
    let sizes: Vec<f64> = sums.values().map(|(_, weight, _)| *weight).collect();
    let mut units: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for v in values {
        let c = column[&v.group];
        units
            .entry(v.unit)
            .or_insert_with(|| vec![0.0; sizes.len()])[c] +=
            v.weight * (v.value - mean) / sizes[c].sqrt();
    }
    // A reflection that takes the direction of the overall mean to the first axis: the others are the contrasts.
    let mut normal: Vec<f64> = sizes.iter().map(|size| (size / n).sqrt()).collect();
    normal[0] -= 1.0;
    let length: f64 = normal.iter().map(|x| x * x).sum();
    let units: Vec<Vec<f64>> = units.into_values().collect();
    let contrasts = Matrix::from_fn(units.len(), sizes.len() - 1, |u, c| {
        let along: f64 = units[u].iter().zip(&normal).map(|(x, w)| x * w).sum();
        units[u][c + 1] - 2.0 * normal[c + 1] * along / length
    });
    let groups: BTreeMap<usize, (usize, f64)> = (sums.iter())
        .map(|(group, (n, weight, sum))| (*group, (*n, sum / weight)))
        .collect();
    let means = groups.values().map(|(_, mean)| mean);
    let between = means.zip(&sizes).map(|(m, size)| size * (m - mean).powi(2));
    Some(GroupEffects {
        between: between.sum(),
        p: sign_flip_vector(&contrasts, spec),
        groups,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::{Purpose, stream};
    use rand::RngExt;

    const SPEC: ResampleSpec = ResampleSpec {
        draws: 999,
        seed: 7,
        threads: 2,
    };

    fn draw(effect: [f64; 2], n: [usize; 2], seed: u64) -> Vec<GroupValue> {
        let mut rng = stream(seed, Purpose::Noise, 0);
        let all = (0..n[0] + n[1]).map(|unit| {
            let group = usize::from(unit >= n[0]);
            // Differences of -1, 0 and 1, more of them in the small group.
            let moves = rng.random_bool([0.2, 0.6][group]);
            let up = rng.random_bool(0.5 + effect[group] / (2.0 * [0.2, 0.6][group]));
            let value = if !moves {
                0.0
            } else if up {
                1.0
            } else {
                -1.0
            };
            GroupValue {
                unit,
                group,
                value,
                weight: 1.0,
            }
        });
        all.collect()
    }

    #[test]
    fn equal_groups_are_seldom_called_different_and_different_ones_are() {
        let share = |effect: [f64; 2]| {
            let found = (0..300).filter(|seed| {
                group_effects(&draw(effect, [120, 40], *seed), SPEC).is_some_and(|g| g.p < 0.05)
            });
            found.count() as f64 / 300.0
        };
        let size = share([0.1, 0.1]);
        assert!(size < 0.085, "{size}");
        let power = share([-0.15, 0.3]);
        assert!(power > 0.8, "{power}");
    }

    #[test]
    fn one_group_and_a_group_of_one_have_no_test() {
        let value = |unit, group| GroupValue {
            unit,
            group,
            value: unit as f64,
            weight: 1.0,
        };
        assert_eq!(group_effects(&[value(0, 0), value(1, 0)], SPEC), None);
        assert_eq!(
            group_effects(&[value(0, 0), value(1, 0), value(2, 1)], SPEC),
            None
        );
        let all = [value(0, 3), value(1, 3), value(2, 5), value(3, 5)];
        let found = group_effects(&all, SPEC).unwrap();
        assert_eq!(found.between, 4.0);
        assert_eq!(found.groups[&5], (2, 2.5));
    }
}
