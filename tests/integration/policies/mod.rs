//! Policies replayed on recorded grids, in short; `just bench-policies` has the long form.

mod recorded;

use recorded::{NAMES, REAL, Recorded};
use wording::{model::PolicySpec, policy::PolicyConclusion};

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn a_race_loses_less_than_uniform_sampling() {
    for name in NAMES {
        let grid = Recorded::load(name);
        let race = mean((0..20).map(|seed| grid.race(0.15, seed).0));
        let uniform = mean((0..20).map(|seed| grid.uniform(0.15, seed)));
        // Measured over 1,000 replays: a half or less, on every grid.
        assert!(race < 0.7 * uniform, "{name}: {race} {uniform}");
        assert!(race < 0.01, "{name}: {race}");
    }
    let (mut race, mut uniform) = (0.0, 0.0);
    for name in REAL {
        let grid = Recorded::load_real(name);
        race += mean((0..20).map(|seed| grid.race(0.15, seed).0));
        uniform += mean((0..20).map(|seed| grid.uniform(0.15, seed)));
    }
    assert!(race < 0.7 * uniform, "real: {race} {uniform}");
}

#[test]
fn an_estimate_knows_the_middle_of_the_scores_from_a_twentieth_of_the_calls() {
    for name in NAMES {
        let grid = Recorded::load(name);
        let calls = grid.calls(0.05);
        let (mut errors, mut held) = (Vec::new(), 0);
        for seed in 0..3 {
            let replay = grid.replay(&PolicySpec::Estimate { calls }, seed);
            let PolicyConclusion::Estimate(Some(band)) = replay.conclusion else {
                panic!()
            };
            let (_, median) = band.quantiles[2];
            let truth = grid.quantile(0.5);
            errors.push((median.value - truth).abs());
            held += u32::from(median.low <= truth && truth <= median.high);
        }
        let error = mean(errors.iter().copied());
        assert!(error < 0.025, "{name}: {error}");
        assert!(held >= 2, "{name}: {held} of 3");
    }
}

#[test]
fn a_search_for_both_ends_names_ends() {
    let (mut named, mut truth) = (0.0, 0.0);
    for name in NAMES {
        let grid = Recorded::load(name);
        let calls = grid.calls(0.16);
        for seed in 0..2 {
            let replay = grid.replay(&PolicySpec::Spread { calls }, seed);
            let PolicyConclusion::Spread(Some(band)) = replay.conclusion else {
                panic!()
            };
            named +=
                grid.means[band.best_variant as usize] - grid.means[band.worst_variant as usize];
            truth += grid.best() - grid.worst();
        }
    }
    // Two variants drawn blindly would show nothing of it on average; measured over 1,000 replays: four fifths.
    assert!(named > 0.65 * truth, "{named} of {truth}");
}

#[test]
fn a_replay_is_the_same_each_time_and_hangs_on_the_seed() {
    let grid = Recorded::load(NAMES[0]);
    let spec = PolicySpec::Spread {
        calls: grid.calls(0.1),
    };
    let spread = |seed| format!("{:?}", grid.replay(&spec, seed).conclusion);
    assert_eq!(spread(1), spread(1));
    assert_ne!(spread(1), spread(2));
}
