//! Random streams and blocks of work: the same bits whatever the number of threads.
//!
//! Work that draws is cut into blocks of fixed size; each block has a stream of its own, so it does not matter which
//! thread takes it. Nothing else in `stats` starts threads.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The generator behind every draw (Blackman and Vigna 2019): fast, and far from its period in any use here.
pub type Stream = Xoshiro256PlusPlus;

/// What a stream is for. Two purposes with the same seed never share a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Purpose {
    Bootstrap = 1,
    SignFlip = 2,
    Spread = 3,
    Noise = 4,
    Halves = 5,
    Effects = 6,
    Rasch = 7,
    Kinds = 8,
    Swaps = 9,
    Agreement = 10,
    BestOf = 11,
}

/// The stream of one block of work.
pub(crate) fn stream(seed: u64, purpose: Purpose, block: u64) -> Stream {
    // The seeding of the generator mixes the bits (SplitMix64), so neighbours need no more than to differ.
    Stream::seed_from_u64(
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add((purpose as u64) << 48)
            .wrapping_add(block),
    )
}

/// A number below `n`, from 32 random bits. What it prefers, it prefers by less than `n`/2³².
pub(crate) fn below(bits: u32, n: usize) -> usize {
    ((u64::from(bits) * n as u64) >> 32) as usize
}

/// Uniform numbers below `n`, two from each word that the generator makes.
pub(crate) struct Indices<'a> {
    rng: &'a mut Stream,
    kept: Option<u32>,
}

impl Indices<'_> {
    pub(crate) fn new(rng: &mut Stream) -> Indices<'_> {
        Indices { rng, kept: None }
    }

    pub(crate) fn next(&mut self, n: usize) -> usize {
        let bits = self.kept.take().unwrap_or_else(|| {
            let word = self.rng.next_u64();
            self.kept = Some((word >> 32) as u32);
            word as u32
        });
        below(bits, n)
    }
}

/// How many threads the machine offers.
pub fn machine_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Do `blocks` pieces of work on up to `threads` threads; the results stand in the order of the blocks.
pub(crate) fn in_blocks<T: Send>(
    blocks: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = threads.clamp(1, blocks.max(1));
    if threads == 1 {
        return (0..blocks).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, T)> = Vec::with_capacity(blocks);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let block = next.fetch_add(1, Ordering::Relaxed);
                        if block >= blocks {
                            return mine;
                        }
                        mine.push((block, work(block)));
                    }
                })
            })
            .collect();
        for handle in handles {
            match handle.join() {
                Ok(mine) => done.extend(mine),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    done.sort_by_key(|(block, _)| *block);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_in_order_on_any_number_of_threads() {
        let one = in_blocks(37, 1, |b| {
            stream(7, Purpose::Bootstrap, b as u64).next_u64()
        });
        let four = in_blocks(37, 4, |b| {
            stream(7, Purpose::Bootstrap, b as u64).next_u64()
        });
        assert_eq!(one, four);
        let other = in_blocks(37, 1, |b| stream(7, Purpose::Noise, b as u64).next_u64());
        assert!(one.iter().all(|x| !other.contains(x)));
        assert!(in_blocks(0, 4, |b| b).is_empty());
    }

    #[test]
    fn indices_reach_every_number() {
        let mut rng = stream(7, Purpose::Halves, 0);
        let mut draw = Indices::new(&mut rng);
        let mut seen = [0u32; 7];
        for _ in 0..7_000 {
            seen[draw.next(7)] += 1;
        }
        assert!(seen.iter().all(|n| (850..1150).contains(n)), "{seen:?}");
    }
}
