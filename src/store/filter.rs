//! Which keys may be in the store, without asking it: a Bloom filter.
//!
//! A run that asks new questions would otherwise look each of them up in vain. False alarms only cost that look-up.

use super::CompletionKey;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bits for each key expected: one false alarm in about 2,000.
const BITS_PER_KEY: u64 = 16;

/// Bits set for each key.
const PROBES: u64 = 8;

/// Largest filter, in words of 64 bits (16 MiB).
const MOST_WORDS: u64 = 1 << 21;

/// Keys that may be there. Shared by threads without a lock.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<AtomicU64>,
}

impl Filter {
    /// An empty filter for about so many keys.
    pub(super) fn new(keys: u64) -> Filter {
        let words = (keys * BITS_PER_KEY / 64).next_power_of_two();
        let words = words.clamp(64, MOST_WORDS);
        Filter {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Word and bit of each probe, by double hashing (Kirsch and Mitzenmacher 2006).
    fn bits(&self, key: &CompletionKey) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let [first, second] = key.halves();
        let last = self.words.len() as u64 * 64 - 1;
        (0..PROBES).filter_map(move |i| {
            let bit = first.wrapping_add(i.wrapping_mul(second | 1)) & last;
            Some((self.words.get((bit / 64) as usize)?, 1 << (bit % 64)))
        })
    }

    /// The key is there from now on.
    pub(super) fn add(&self, key: &CompletionKey) {
        for (word, bit) in self.bits(key) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether the key may be there; `false` is certain.
    pub(super) fn may_have(&self, key: &CompletionKey) -> bool {
        self.bits(key)
            .all(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_little_else() {
        let key = |i: u32| CompletionKey::new("e", &i.to_le_bytes(), 0);
        let filter = Filter::new(10_000);
        (0..10_000).for_each(|i| filter.add(&key(i)));
        assert!((0..10_000).all(|i| filter.may_have(&key(i))));
        let alarms = (10_000..60_000)
            .filter(|i| filter.may_have(&key(*i)))
            .count();
        assert!(alarms < 250, "{alarms} false alarms in 50,000");
    }
}
