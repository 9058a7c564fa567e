//! Train and validation, by groups: what belongs together or is nearly the same stays on one side.

use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::collections::{BTreeMap, HashMap};

/// Which rows are for validation: about that share, seeded, whole groups only, each label in about its share. Never all.
pub fn split(groups: &[usize], labels: &[&str], share: f64, seed: u64) -> Vec<bool> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, group) in groups.iter().enumerate() {
        members.entry(*group).or_default().push(row);
    }
    let mut order: Vec<usize> = members.keys().copied().collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let want = (groups.len() as f64 * share).round() as usize;
    let mut room: HashMap<&str, usize> = HashMap::new();
    for label in labels {
        *room.entry(label).or_default() += 1;
    }
    for most in room.values_mut() {
        *most = (*most as f64 * share).ceil() as usize;
    }
    let mut validation = vec![false; groups.len()];
    let mut taken = 0;
    for group in order {
        let rows = &members[&group];
        let mut left = room.clone();
        let fits = rows.iter().all(|row| {
            let room = left.entry(labels[*row]).or_default();
            let fits = *room > 0;
            *room = room.saturating_sub(1);
            fits
        });
        if fits && taken + rows.len() <= want && taken + rows.len() < groups.len() {
            rows.iter().for_each(|row| validation[*row] = true);
            taken += rows.len();
            room = left;
        }
    }
    validation
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn about_the_share_and_every_label() {
        let groups: Vec<usize> = (0..100).collect();
        let labels: Vec<&str> = (0..100).map(|i| if i < 80 { "a" } else { "b" }).collect();
        let validation = split(&groups, &labels, 0.1, 7);
        let of = |label| {
            (0..100)
                .filter(|i| validation[*i] && labels[*i] == label)
                .count()
        };
        assert_eq!((of("a"), of("b")), (8, 2));
        assert_eq!(validation, split(&groups, &labels, 0.1, 7));
        assert_ne!(validation, split(&groups, &labels, 0.1, 8));
    }

    proptest! {
        #[test]
        fn groups_are_never_cut(groups in proptest::collection::vec(0usize..20, 1..120), share in 0.0f64..0.6, seed in 0u64..99) {
            let labels: Vec<&str> = groups.iter().map(|g| ["a", "b", "c"][g % 3]).collect();
            let validation = split(&groups, &labels, share, seed);
            for (a, b) in groups.iter().zip(&validation) {
                for (c, d) in groups.iter().zip(&validation) {
                    prop_assert!(a != c || b == d);
                }
            }
            prop_assert!(validation.contains(&false));
            let taken = validation.iter().filter(|v| **v).count();
            prop_assert!(taken <= (groups.len() as f64 * share).round() as usize);
        }
    }
}
