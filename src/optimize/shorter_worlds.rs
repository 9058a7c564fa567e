//! Planted worlds for shorter wordings: half of the clauses do nothing, and the search has to find out which.

use super::*;
use crate::stats::{Stream, Z90, tango};
use rand::{RngExt, SeedableRng};
use std::ops::Range;

const CLAUSES: usize = 12;
const MARGIN: f64 = 0.05;

/// Twelve clauses: six help, the others do nothing.
struct World {
    seed: u64,
    effects: Vec<f64>,
    tokens: Vec<f64>,
    difficulty: Vec<f64>,
    noise: Noise,
}

/// How much answers change without a reason.
#[derive(Clone, Copy)]
struct Noise {
    /// Share of the rows whose luck a clause that is left out draws anew.
    redrawn: f64,
    /// How steeply the chance to be right falls with the difficulty of a row.
    slope: f64,
}

const LITTLE: Noise = Noise {
    redrawn: 0.1,
    slope: 20.0,
};
const MUCH: Noise = Noise {
    redrawn: 1.0 / 3.0,
    slope: 8.5,
};

/// What a search did in a world.
struct Ended {
    /// Tokens of clauses that do nothing, and those of them that the wording that is kept has no more.
    useless: f64,
    gone: f64,
    /// Whether a clause is lost whose true effect, beside the others that are kept, is above the margin.
    is_lost: bool,
    spent: u64,
}

fn unit(seed: u64) -> f64 {
    Stream::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).random()
}

impl World {
    fn new(seed: u64, rows: usize, noise: Noise) -> World {
        let mut rng = Stream::seed_from_u64(seed + 77);
        let mut effects = vec![0.0; CLAUSES];
        effects[..CLAUSES / 2].fill_with(|| rng.random_range(0.05..0.12));
        World {
            seed: seed * 7_919 + 13,
            effects,
            tokens: (0..CLAUSES).map(|_| rng.random_range(4.0..20.0)).collect(),
            difficulty: (0..rows).map(|_| rng.random()).collect(),
            noise,
        }
    }

    fn chance(&self, has: &[bool], difficulty: f64) -> f64 {
        let missing = has.iter().zip(&self.effects).filter(|(has, _)| !**has);
        let level = 0.85 - missing.map(|(_, effect)| effect).sum::<f64>();
        1.0 / (1.0 + (-self.noise.slope * (level.max(0.02) - difficulty)).exp())
    }

    /// Accuracy over all rows that there could be.
    fn accuracy(&self, has: &[bool]) -> f64 {
        let rows = (0..2_000).map(|i| (f64::from(i) + 0.5) / 2_000.0);
        rows.map(|difficulty| self.chance(has, difficulty))
            .sum::<f64>()
            / 2_000.0
    }

    fn score(&self, has: &[bool], row: usize) -> f64 {
        let of_row = self.seed ^ ((row as u64) << 20);
        let of_clause = |k: usize| of_row ^ ((k as u64 + 1) << 44);
        let missing = (0..has.len()).filter(|k| !has[*k]);
        let redrawn = missing.filter(|k| unit(of_clause(*k)) < self.noise.redrawn);
        let luck = redrawn.fold(of_row ^ 5, |luck, k| {
            luck.rotate_left(17) ^ of_clause(k).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        f64::from(u8::from(
            unit(luck) < self.chance(has, self.difficulty[row]),
        ))
    }

    /// What the difference to the start is at least on sealed rows, by a one-sided test at 5 %.
    fn least(&self, has: &[bool], sealed: Range<usize>) -> f64 {
        let (mut better, mut worse) = (0.0, 0.0);
        for row in sealed.clone() {
            let difference = self.score(has, row) - self.score(&[true; CLAUSES], row);
            better += difference.max(0.0);
            worse += (-difference).max(0.0);
        }
        tango(better, worse, sealed.len() as f64, Z90).0
    }

    fn shorten(&self, calls: u64, selection: Range<usize>, sealed: Range<usize>) -> Ended {
        let settings = ShorteningSettings {
            alpha: 0.05,
            margin: MARGIN,
            calls,
            samples: 1,
        };
        let mut search = Shortening::new(settings, (0..selection.len() as u32).collect(), CLAUSES);
        while let Step::Select { candidates, places } = search.step() {
            let of = |c: &CandidateId| {
                let rows = places.clone().map(|place| selection.start + place);
                rows.map(|row| Some(self.score(search.pieces(*c), row)))
                    .collect()
            };
            let scores = candidates.iter().map(of).collect();
            search.take_scores(&candidates, scores);
        }
        let shortest = search.pieces(search.shortest());
        let start = [true; CLAUSES];
        let kept = match self.least(shortest, sealed) > -MARGIN {
            true => shortest.to_vec(),
            false => start.to_vec(),
        };
        let is_lost = (0..CLAUSES).filter(|k| !kept[*k]).any(|k| {
            let mut with = kept.clone();
            with[k] = true;
            self.accuracy(&with) - self.accuracy(&kept) > MARGIN
        });
        let useless = CLAUSES / 2..CLAUSES;
        Ended {
            useless: self.tokens[useless.clone()].iter().sum(),
            gone: useless.filter(|k| !kept[*k]).map(|k| self.tokens[k]).sum(),
            is_lost,
            spent: search.spent(),
        }
    }
}

/// The share of useless tokens that is gone, the worlds in which a clause is lost, and the mean number of calls.
fn over_worlds(worlds: u64, rows: usize, calls: u64, noise: Noise) -> (f64, usize, u64) {
    let (mut useless, mut gone, mut lost, mut spent) = (0.0, 0.0, 0, 0);
    for seed in 0..worlds {
        let ended = World::new(seed, 2 * rows, noise).shorten(calls, 0..rows, rows..2 * rows);
        assert!(ended.spent <= calls);
        useless += ended.useless;
        gone += ended.gone;
        lost += usize::from(ended.is_lost);
        spent += ended.spent;
    }
    (gone / useless, lost, spent / worlds)
}

#[test]
fn what_does_nothing_is_left_out_and_what_helps_stays() {
    let (gone, lost, spent) = over_worlds(20, 300, 6_000, LITTLE);
    assert!(
        gone > 0.9 && lost == 0 && spent < 4_000,
        "{gone} {lost} {spent}"
    );
}

#[test]
fn too_few_calls_leave_everything_as_it_is() {
    let ended = World::new(3, 400, LITTLE).shorten(150, 0..200, 200..400);
    assert!(ended.gone == 0.0 && !ended.is_lost && ended.spent <= 150);
}

#[test]
fn what_the_calls_leave_no_room_for_is_undecided_and_stays() {
    let begun = |calls: u64| {
        let settings = ShorteningSettings {
            alpha: 0.05,
            margin: 0.2,
            calls,
            samples: 1,
        };
        Shortening::new(settings, (0..200).collect(), 3)
    };
    let ended = |calls: u64| {
        let mut search = begun(calls);
        while let Step::Select { candidates, places } = search.step() {
            // Every answer is right, whatever is left out.
            let scores = vec![vec![Some(1.0); places.len()]; candidates.len()];
            search.take_scores(&candidates, scores);
        }
        search
    };
    let few = ended(30);
    let tested = few.board().candidates().last().unwrap();
    assert_eq!(tested.state, CandidateState::Undecided);
    assert_eq!(few.undecided(), [true; 3]);
    assert_eq!((few.shortest(), few.pieces(0)), (0, &[true; 3][..]));
    let many = ended(2_000);
    assert_eq!(many.undecided(), [false; 3]);
    assert_eq!(many.pieces(many.shortest()), [false; 3]);
    // Money can run out before the screening has ended.
    let mut none = begun(2_000);
    none.close();
    assert_eq!((none.step(), none.undecided()), (Step::End, vec![true; 3]));
}

/// What sealed rows could show at best: that the wording without all clauses that do nothing is as good.
#[test]
#[ignore = "minutes; `just bench-worlds`"]
fn table_of_what_could_be_shown() {
    let has: Vec<bool> = (0..CLAUSES).map(|k| k < CLAUSES / 2).collect();
    for (name, noise) in [("little", LITTLE), ("much", MUCH)] {
        for rows in [150, 300, 600, 1_000] {
            let is_shown = |seed: &u64| {
                let world = World::new(*seed, 2 * rows, noise);
                world.least(&has, rows..2 * rows) > -MARGIN
            };
            let shown = (0..1_000).filter(is_shown).count();
            println!(
                "{name} noise, {rows} sealed rows: {:.0} %",
                shown as f64 / 10.0
            );
        }
    }
}

/// The table of docs/optimize.md: `cargo test --release --lib optimize::shorter -- --ignored --nocapture`.
#[test]
#[ignore = "minutes; `just bench-worlds`"]
fn table_of_shorter_wordings() {
    for (name, noise) in [("little", LITTLE), ("much", MUCH)] {
        for (rows, calls) in [(150, 3_000), (300, 6_000), (600, 12_000)] {
            let (gone, lost, spent) = over_worlds(200, rows, calls, noise);
            println!(
                "{name} noise, {rows} selection and {rows} sealed rows: {:.0} % of useless tokens gone, a clause lost in {lost} of 200, {spent} calls",
                100.0 * gone
            );
            assert!(lost <= 10);
        }
    }
}
