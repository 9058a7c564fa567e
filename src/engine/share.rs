//! Which trials of a plan are those of a shard.
//!
//! What is shared out are answers to compare: a row, a model and a sample, with all variants. So a judge that compares finds
//! the baseline's answer in the same shard, and a shard that is lost leaves a smaller sample in which wordings still meet on
//! the same rows. Rows come in an order drawn by the seed, so that each shard is a fair sample of them. Pure.

use crate::{
    model::{Shard, TrialId},
    stats::mix,
};
use std::ops::Range;

/// The trials of a shard.
#[derive(Debug, Clone)]
pub(super) struct Share {
    /// Place of each row in the drawn order.
    places: Vec<u32>,
    models: u64,
    samples: u64,
    mine: Range<u64>,
}

impl Share {
    /// The share of a shard in a plan of this shape.
    pub(super) fn new(
        shard: Shard,
        seed: u64,
        models: usize,
        rows: usize,
        samples: usize,
    ) -> Share {
        let (models, samples) = (models as u64, samples as u64);
        Share {
            places: places(rows, seed),
            models,
            samples,
            mine: shard.range(rows as u64 * models * samples),
        }
    }

    /// Whether a trial is in it.
    pub(super) fn contains(&self, id: TrialId) -> bool {
        let Some(place) = self.places.get(id.row as usize) else {
            return false;
        };
        let unit = (u64::from(*place) * self.models + u64::from(id.model)) * self.samples;
        self.mine.contains(&(unit + u64::from(id.sample)))
    }
}

/// The place of each row in an order drawn by the seed. Shards that are run by different builds have to agree.
fn places(rows: usize, seed: u64) -> Vec<u32> {
    let mut drawn: Vec<(u64, u32)> = (0..rows as u32)
        .map(|row| (mix(mix(seed).wrapping_add(u64::from(row))), row))
        .collect();
    drawn.sort_unstable();
    let mut places = vec![0; rows];
    for (place, (_, row)) in drawn.into_iter().enumerate() {
        places[row as usize] = place as u32;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_order_of_rows_is_the_same_in_every_build() {
        assert_eq!(places(8, 7), ORDER);
        assert_ne!(places(8, 8), ORDER);
    }

    const ORDER: [u32; 8] = [4, 1, 6, 7, 0, 5, 2, 3];

    proptest! {
        #[test]
        fn each_trial_is_in_one_shard_with_all_its_variants(
            models in 1usize..4, rows in 1usize..40, samples in 1usize..4, of in 1u32..20, seed: u64
        ) {
            let shares: Vec<Share> = (1..=of)
                .filter_map(|number| Shard::new(number, of))
                .map(|shard| Share::new(shard, seed, models, rows, samples))
                .collect();
            let mut sizes = vec![0usize; shares.len()];
            for model in 0..models as u32 {
                for row in 0..rows as u32 {
                    for sample in 0..samples as u32 {
                        let of_variant = |variant| {
                            let id = TrialId { variant, model, row, sample };
                            shares.iter().map(|s| s.contains(id)).collect::<Vec<_>>()
                        };
                        let held = of_variant(0);
                        prop_assert_eq!(held.iter().filter(|h| **h).count(), 1);
                        prop_assert_eq!(&held, &of_variant(5));
                        held.iter().zip(&mut sizes).for_each(|(h, n)| *n += usize::from(*h));
                    }
                }
            }
            let (least, most) = (sizes.iter().min(), sizes.iter().max());
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1));
        }
    }
}
