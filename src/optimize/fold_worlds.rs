//! Planted worlds with few rows: what searches on folds say of the gain of such searches, beside their true gains.

use super::worlds::{Found, Parts, Phrases, World};
use crate::stats::{FoldSum, FoldedMean, folded_mean, mix};

/// What came of a search by folds in a world.
struct Outcome {
    /// True gains over the start: of the folds' nominees on average, and of the nominee of a search on all rows.
    gain: f64,
    offered: f64,
    pooled: FoldedMean,
}

/// Search by folds, and then on all rows whatever they say; `calls`: for all of them, those on held-out rows included.
fn search(world: &World, rows: usize, folds: usize, calls: u64) -> Outcome {
    let start = Phrases::new();
    let true_gain = |phrases: &Phrases| world.accuracy(phrases) - world.accuracy(&start);
    let (mut left, mut gain, mut sums) = (calls, 0.0, Vec::new());
    for fold in 0..folds {
        let (held, mut open): (Vec<usize>, Vec<usize>) =
            (0..rows).partition(|row| row % folds == fold);
        // Other rows are for feedback in each fold.
        let turned = fold * 7 % open.len();
        open.rotate_left(turned);
        let parts = Parts::of(open, held);
        let seed = mix(world.seed() ^ ((fold as u64 + 1) << 40));
        let Found { search, all } = world.search_on(&parts, left / (folds + 1 - fold) as u64, seed);
        left -= search.spent();
        let (held, nominee) = (&parts.sealed, &all[search.nominee()]);
        let sum = match search.nominee() {
            0 => FoldSum::zero(held.len(), held.len() as f64),
            _ => {
                left -= 2 * held.len() as u64;
                let difference =
                    |row: &usize| world.score(nominee, *row) - world.score(&start, *row);
                let units: Vec<(f64, f64)> =
                    held.iter().map(|row| (difference(row), 1.0)).collect();
                FoldSum::estimated(&units)
            }
        };
        gain += true_gain(nominee) * sum.items / rows as f64;
        sums.push(sum);
    }
    let parts = Parts::of((0..rows).collect(), Vec::new());
    let Found { search, all } = world.search_on(&parts, left, world.seed());
    Outcome {
        gain,
        offered: true_gain(&all[search.nominee()]),
        pooled: folded_mean(&sums).unwrap(),
    }
}

/// Sums over worlds.
#[derive(Default)]
struct Tally {
    worlds: f64,
    gain: f64,
    estimate: f64,
    /// Worlds whose interval holds the gain of the folds' nominees, and that of the offered wording.
    held: f64,
    held_offered: f64,
    /// Worlds in which a gain is claimed, and true gain of what is offered there.
    claimed: f64,
    offered: f64,
}

impl Tally {
    fn of(worlds: u64, has_effects: bool, (rows, folds, calls): (usize, usize, u64)) -> Tally {
        let mut tally = Tally::default();
        for seed in 1..=worlds {
            let world = World::with_rows(seed, has_effects, rows);
            tally.add(&search(&world, rows, folds, calls));
        }
        tally
    }

    fn add(&mut self, outcome: &Outcome) {
        let pooled = &outcome.pooled;
        let holds = |gain: f64| f64::from(u8::from(pooled.low <= gain && gain <= pooled.high));
        self.worlds += 1.0;
        self.gain += outcome.gain;
        self.estimate += pooled.mean;
        self.held += holds(outcome.gain);
        self.held_offered += holds(outcome.offered);
        if pooled.low > 0.0 {
            self.claimed += 1.0;
            self.offered += outcome.offered;
        }
    }
}

#[test]
fn intervals_hold_for_such_searches_and_gains_are_seldom_invented() {
    let none = Tally::of(60, false, (60, 5, 1_800));
    let some = Tally::of(60, true, (60, 5, 1_800));
    // In 1,000 worlds: see docs/optimize.md.
    assert!(none.claimed <= 0.05 * none.worlds, "{}", none.claimed);
    let (held, worlds) = (none.held + some.held, none.worlds + some.worlds);
    assert!(held >= 0.9 * worlds, "{held} of {worlds}");
    let off = (some.estimate - some.gain) / some.worlds;
    assert!(off.abs() < 0.02, "{off}");
    assert!(some.gain / some.worlds > 0.03, "{}", some.gain);
}

/// The table of docs/optimize.md: `cargo test --release --lib optimize::fold_worlds -- --ignored --nocapture`.
#[test]
#[ignore = "minutes; `just bench-worlds`"]
fn table_of_folds() {
    for has_effects in [false, true] {
        for of in [
            (30, 5, 900),
            (60, 5, 900),
            (60, 5, 1_800),
            (60, 10, 1_800),
            (120, 5, 1_800),
            (120, 5, 3_600),
        ] {
            let tally = Tally::of(1_000, has_effects, of);
            // One search that seals half of the rows, with the same calls.
            let (mut kept, mut gain) = (0.0, 0.0);
            for seed in 1..=1_000 {
                let ended = World::with_rows(seed, has_effects, of.0).search(of.2);
                if ended.sealed.is_some_and(|sealed| sealed.is_shown()) {
                    kept += 1.0;
                    gain += ended.nominee;
                }
            }
            let share = |sum: f64| format!("{:.1}", 100.0 * sum / tally.worlds);
            println!(
                "effects {has_effects}, {} rows, {} folds, {} calls: true gain {}, estimate {}, interval holds {} %, of the offered wording {} %; claimed {} %, true gain of what is offered there {}; with sealed rows kept {} %, true gain {}",
                of.0,
                of.1,
                of.2,
                share(tally.gain),
                share(tally.estimate),
                share(tally.held),
                share(tally.held_offered),
                share(tally.claimed),
                share(tally.offered),
                share(kept),
                share(gain)
            );
            assert!(has_effects || tally.claimed <= 0.05 * tally.worlds);
            assert!(tally.held >= 0.92 * tally.worlds);
        }
    }
}
