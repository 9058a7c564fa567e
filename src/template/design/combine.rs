//! The combinations that a design asks for.

use super::{
    combinations::{Combinations, total},
    orthogonal::orthogonal,
    random::random,
};
use crate::project::DesignSpec;

/// The combinations of a design around a centre, and what should be known of them. An axis has at least one level.
pub(in crate::template) fn combine(
    sizes: &[usize],
    design: &DesignSpec,
    seed: u64,
    centre: &[usize],
) -> (Combinations, Option<String>) {
    let full = Combinations::Full {
        sizes: sizes.to_vec(),
    };
    match design {
        DesignSpec::Full => (full, None),
        DesignSpec::OneAtATime => {
            let around = Combinations::Around {
                sizes: sizes.to_vec(),
                centre: centre.to_vec(),
            };
            (around, None)
        }
        DesignSpec::Random { variants } if *variants as u64 >= total(sizes) => (full, None),
        DesignSpec::Random { variants } => {
            let listed = random(sizes, *variants, seed, centre);
            (Combinations::Listed(listed), None)
        }
        DesignSpec::Orthogonal => match orthogonal(sizes, seed, centre) {
            Some((listed, note)) => (Combinations::Listed(listed), Some(note)),
            None => {
                let note = "there is no smaller array for these axes, so every combination is run"
                    .to_owned();
                (
                    full,
                    (sizes.iter().filter(|n| **n > 1).count() > 1).then_some(note),
                )
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{super::combinations::Combination, *};
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn all(combinations: &Combinations) -> Vec<Combination> {
        (0..combinations.len())
            .filter_map(|n| combinations.get(n))
            .collect()
    }

    #[test]
    fn one_at_a_time_goes_around_its_centre() {
        let (around, _) = combine(&[2, 3, 1], &DesignSpec::OneAtATime, 7, &[1, 1, 0]);
        assert_eq!(
            all(&around),
            [vec![1, 1, 0], vec![0, 1, 0], vec![1, 0, 0], vec![1, 2, 0]]
        );
    }

    #[test]
    fn a_design_of_a_million_and_more_is_counted_and_decoded() {
        let sizes = [10; 30];
        let (full, _) = combine(&sizes, &DesignSpec::Full, 7, &[0; 30]);
        assert_eq!(full.len(), u64::MAX);
        assert_eq!(
            full.get(1_234_567).map(|c| c[23..].to_vec()),
            Some(vec![1, 2, 3, 4, 5, 6, 7])
        );
        assert_eq!(combine(&[], &DesignSpec::Full, 7, &[]).0.len(), 1);
    }

    proptest! {
        #[test]
        fn every_combination_of_a_full_design_appears_exactly_once(
            sizes in proptest::collection::vec(1usize..5, 0..6)
        ) {
            let centre = vec![0; sizes.len()];
            let (full, _) = combine(&sizes, &DesignSpec::Full, 7, &centre);
            let listed = all(&full);
            prop_assert_eq!(listed.len() as u64, total(&sizes));
            prop_assert_eq!(listed.iter().collect::<HashSet<_>>().len(), listed.len());
            for one in &listed {
                prop_assert!(one.iter().zip(&sizes).all(|(level, size)| level < size));
            }
        }

        #[test]
        fn every_design_is_distinct_has_its_centre_and_is_the_same_again(
            sizes in proptest::collection::vec(1usize..6, 1..6), seed: u64, n in 1usize..40, at: u64
        ) {
            let centre: Vec<usize> = sizes.iter().map(|size| (at as usize) % size).collect();
            for design in [
                DesignSpec::Full, DesignSpec::OneAtATime, DesignSpec::Random { variants: n }, DesignSpec::Orthogonal,
            ] {
                let (combinations, _) = combine(&sizes, &design, seed, &centre);
                let listed = all(&combinations);
                prop_assert_eq!(listed.iter().collect::<HashSet<_>>().len(), listed.len());
                prop_assert!(listed.contains(&centre), "{:?}", design);
                prop_assert!(listed.iter().all(|c| c.iter().zip(&sizes).all(|(l, s)| l < s)));
                prop_assert_eq!(combine(&sizes, &design, seed, &centre).0, combinations);
            }
        }
    }
}
