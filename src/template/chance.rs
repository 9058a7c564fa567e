//! Draws by seed that are the same on every platform and with every version of our dependencies: ChaCha8's words, and
//! the arithmetic spelled out here.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// A generator for a seed.
pub(super) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A whole number below `n` (0 where `n` is 0), by multiply and shift; the bias is at most n / 2^64.
pub(super) fn below(n: usize, rng: &mut ChaCha8Rng) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// Put the items in an order drawn at random (Fisher and Yates).
pub(super) fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(i + 1, rng));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_what_they_always_were() {
        let mut items: Vec<usize> = (0..10).collect();
        shuffle(&mut items, &mut rng(7));
        assert_eq!(items, PINNED);
        let mut sorted = items.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10).collect::<Vec<_>>());
    }

    const PINNED: [usize; 10] = [4, 6, 2, 0, 8, 3, 7, 5, 9, 1];
}
