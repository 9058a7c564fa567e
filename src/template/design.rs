//! How the levels of axes are combined into variants.

use crate::{model::Axis, project::DesignSpec};
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::collections::HashSet;

/// Most combinations that a design may list.
pub const MOST: usize = 100_000;

/// Number of combinations of all levels.
pub fn combinations(axes: &[Axis]) -> usize {
    axes.iter()
        .fold(1usize, |n, axis| n.saturating_mul(axis.levels.len()))
}

/// The combinations of a design: level indices, one an axis. The first is always the baseline, level 0 everywhere.
pub fn combine(axes: &[Axis], design: &DesignSpec, seed: u64) -> Vec<Vec<usize>> {
    match design {
        DesignSpec::Full => full(axes),
        DesignSpec::OneAtATime => {
            let mut all = vec![vec![0; axes.len()]];
            for (a, axis) in axes.iter().enumerate() {
                for level in 1..axis.levels.len() {
                    let mut one = vec![0; axes.len()];
                    one[a] = level;
                    all.push(one);
                }
            }
            all
        }
        DesignSpec::Random { variants } => random(axes, *variants, seed),
        DesignSpec::Orthogonal => orthogonal(axes, seed),
    }
}

fn full(axes: &[Axis]) -> Vec<Vec<usize>> {
    let total = combinations(axes).min(MOST);
    (0..total)
        .map(|mut number| {
            let mut one = vec![0; axes.len()];
            for (a, axis) in axes.iter().enumerate().rev() {
                one[a] = number % axis.levels.len();
                number /= axis.levels.len();
            }
            one
        })
        .collect()
}

/// `n` distinct combinations in which every level stands as evenly often as can be: each axis deals its levels from
/// shuffled packs, and a combination that was there before is dealt again.
fn random(axes: &[Axis], n: usize, seed: u64) -> Vec<Vec<usize>> {
    let n = n.min(combinations(axes));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut packs: Vec<Vec<usize>> = vec![Vec::new(); axes.len()];
    let mut all = vec![vec![0; axes.len()]];
    let mut seen: HashSet<Vec<usize>> = all.iter().cloned().collect();
    let mut misses = 0;
    while all.len() < n {
        let one: Vec<usize> = axes
            .iter()
            .zip(&mut packs)
            .map(|(axis, pack)| {
                if pack.is_empty() {
                    pack.extend(0..axis.levels.len());
                    pack.shuffle(&mut rng);
                }
                pack.pop().unwrap_or(0)
            })
            .collect();
        if seen.insert(one.clone()) {
            all.push(one);
        } else {
            misses += 1;
            if misses > 50 * n {
                // Nearly all combinations are taken: take the rest in order.
                for one in full(axes) {
                    if all.len() < n && seen.insert(one.clone()) {
                        all.push(one);
                    }
                }
                break;
            }
        }
    }
    all
}

/// A computed near-orthogonal design for main effects: as many variants as the largest product of two axes' levels (at
/// least one more than there are effects), each the combination whose pairs of levels stood together least so far.
fn orthogonal(axes: &[Axis], seed: u64) -> Vec<Vec<usize>> {
    let mut sizes: Vec<usize> = axes.iter().map(|a| a.levels.len()).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let effects: usize = 1 + sizes.iter().map(|n| n - 1).sum::<usize>();
    let pair = sizes.first().unwrap_or(&1) * sizes.get(1).unwrap_or(&1);
    let wanted = pair.max(effects).min(combinations(axes));
    let mut candidates = if combinations(axes) <= 5_000 {
        full(axes)
    } else {
        random(axes, 5_000, seed)
    };
    let mut all: Vec<Vec<usize>> = Vec::new();
    while all.len() < wanted && !candidates.is_empty() {
        let cost = |one: &Vec<usize>| {
            let mut cost = 0usize;
            for before in &all {
                let same = (0..axes.len()).filter(|&a| before[a] == one[a]).count();
                cost += same * same;
            }
            cost
        };
        let best = (0..candidates.len())
            .min_by_key(|&i| (cost(&candidates[i]), i))
            .unwrap_or(0);
        all.push(candidates.remove(best));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn axes(sizes: &[usize]) -> Vec<Axis> {
        sizes
            .iter()
            .enumerate()
            .map(|(a, &n)| Axis {
                name: format!("a{a}"),
                levels: (0..n)
                    .map(|i| Level {
                        name: i.to_string(),
                        value: i.into(),
                    })
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn full_and_one_at_a_time_have_the_sizes_they_must_have() {
        assert_eq!(combine(&axes(&[2, 3, 2]), &DesignSpec::Full, 7).len(), 12);
        assert_eq!(
            combine(&axes(&[2, 3, 2]), &DesignSpec::OneAtATime, 7).len(),
            1 + 1 + 2 + 1
        );
        assert_eq!(
            combine(&[], &DesignSpec::Full, 7),
            vec![Vec::<usize>::new()]
        );
    }

    #[test]
    fn random_is_distinct_seeded_and_even() {
        let axes = axes(&[3, 4, 5]);
        let all = combine(&axes, &DesignSpec::Random { variants: 30 }, 7);
        assert_eq!(all, combine(&axes, &DesignSpec::Random { variants: 30 }, 7));
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 30);
        for (a, axis) in axes.iter().enumerate() {
            let counts: Vec<usize> = (0..axis.levels.len())
                .map(|l| all.iter().filter(|one| one[a] == l).count())
                .collect();
            assert!(
                counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 4,
                "{counts:?}"
            );
        }
        assert_eq!(
            combine(&axes, &DesignSpec::Random { variants: 999 }, 7).len(),
            60
        );
    }

    #[test]
    fn orthogonal_balances_every_level() {
        let axes = axes(&[3, 3, 3]);
        let all = combine(&axes, &DesignSpec::Orthogonal, 7);
        assert_eq!(all.len(), 9);
        for a in 0..3 {
            for level in 0..3 {
                assert_eq!(all.iter().filter(|one| one[a] == level).count(), 3);
            }
        }
    }
}
