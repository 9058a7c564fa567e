//! Worlds in which the truth is known: how often a verdict is wrong, and how many rows it takes.

use super::{Comparison, ComparisonSettings, Side, UpgradeVerdict, WordingOutcome};
use crate::{model::MaxTruncated, policy::TrialAnswer};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

const ROWS: usize = 1_000;
const MARGIN: f64 = 0.1;
/// Worlds behind each line of the table of docs/upgrade.md.
const WORLDS: u64 = 300;

/// Compare to the end. Of each wording: the true difference, and the share of rows on which the new model draws its luck anew, all
/// of its differences from the old one among them.
fn compared(wordings: &[(f64, f64)], seed: u64) -> Vec<WordingOutcome> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let settings = ComparisonSettings {
        margin: MARGIN,
        alpha: 0.05,
        max_truncated: MaxTruncated::default(),
    };
    let mut comparison = Comparison::new(wordings.len(), (ROWS, 1), &[], seed, settings);
    loop {
        let batch = comparison.next_rows();
        if batch.is_empty() {
            return (0..wordings.len())
                .map(|wording| comparison.outcome(wording))
                .collect();
        }
        for (wording, rows) in batch {
            let (difference, moved) = wordings[wording];
            for row in rows {
                let old = rng.random::<f64>() < 0.7;
                // Of the rows that draw anew: as many right as keep the mean, and the difference.
                let new = match rng.random::<f64>() < moved {
                    true => rng.random::<f64>() < 0.7 + difference / moved,
                    false => old,
                };
                for (side, right) in [(Side::From, old), (Side::To, new)] {
                    let answer = TrialAnswer {
                        score: Some(f64::from(u8::from(right))),
                        truncated: false,
                    };
                    comparison.record(wording, side, row, answer);
                }
            }
        }
    }
}

fn is_wrong(verdict: UpgradeVerdict, difference: f64) -> bool {
    match verdict {
        UpgradeVerdict::Better => difference <= 0.0,
        UpgradeVerdict::Worse => difference >= 0.0,
        UpgradeVerdict::Equivalent => difference.abs() >= MARGIN - 1e-9,
        _ => false,
    }
}

/// Of so many worlds: those with any wrong verdict, how often each wording has which verdict, and rows that it took.
fn tally(wordings: &[(f64, f64)], worlds: u64) -> (usize, Vec<Vec<UpgradeVerdict>>, Vec<f64>) {
    let (mut wrong, mut verdicts) = (0, vec![Vec::new(); wordings.len()]);
    let mut rows = vec![0.0; wordings.len()];
    for seed in 0..worlds {
        let outcomes = compared(wordings, seed);
        let is_any_wrong = outcomes.iter().zip(wordings);
        wrong += usize::from(
            is_any_wrong
                .into_iter()
                .any(|(outcome, (difference, _))| is_wrong(outcome.verdict, *difference)),
        );
        for (wording, outcome) in outcomes.iter().enumerate() {
            verdicts[wording].push(outcome.verdict);
            rows[wording] += outcome.tried.len() as f64 / worlds as f64;
        }
    }
    (wrong, verdicts, rows)
}

fn share(verdicts: &[UpgradeVerdict], of: UpgradeVerdict) -> f64 {
    verdicts.iter().filter(|verdict| **verdict == of).count() as f64 / verdicts.len() as f64
}

#[test]
fn equal_models_are_hardly_ever_told_apart_over_all_wordings() {
    // Eight wordings, all equal: each could be called better or worse at any look.
    let (wrong, verdicts, _) = tally(&[(0.0, 0.4); 8], 200);
    assert!(wrong <= 10, "{wrong} of 200 worlds");
    for verdicts in verdicts {
        assert!(share(&verdicts, UpgradeVerdict::Equivalent) > 0.9);
    }
}

#[test]
fn a_difference_of_the_margin_is_hardly_ever_called_none() {
    let (wrong, verdicts, _) = tally(&[(-MARGIN, 0.4), (MARGIN, 0.4)], 200);
    assert!(wrong <= 10, "{wrong} of 200 worlds");
    assert!(share(&verdicts[0], UpgradeVerdict::Worse) > 0.9);
    assert!(share(&verdicts[1], UpgradeVerdict::Better) > 0.9);
}

#[test]
fn each_wording_has_its_own_verdict_and_stops_when_it_has_it() {
    let worlds = [(0.0, 0.1), (0.2, 0.7), (-0.2, 0.4)];
    let (wrong, verdicts, rows) = tally(&worlds, 100);
    assert!(wrong <= 5, "{wrong} of 100 worlds");
    let expected = [
        UpgradeVerdict::Equivalent,
        UpgradeVerdict::Better,
        UpgradeVerdict::Worse,
    ];
    for (verdicts, expected) in verdicts.iter().zip(expected) {
        assert!(share(verdicts, expected) > 0.95, "{expected:?}");
    }
    assert!(rows.iter().all(|rows| *rows < 500.0), "{rows:?}");
}

#[test]
fn what_is_undecided_says_how_many_rows_would_decide() {
    // A difference of half the margin needs more rows than there are.
    let outcomes = compared(&[(0.04, 0.9); 6], 3);
    let open: Vec<&WordingOutcome> = (outcomes.iter())
        .filter(|outcome| outcome.verdict == UpgradeVerdict::Undecided)
        .collect();
    assert!(!open.is_empty());
    for outcome in open {
        assert_eq!(outcome.tried.len(), ROWS);
        assert!(outcome.rows_needed.is_none_or(|rows| rows > ROWS));
    }
    assert!(outcomes.iter().any(|outcome| outcome.rows_needed.is_some()));
}

#[test]
#[ignore = "minutes; `just bench-worlds`"]
fn table_of_worlds() {
    for (name, world) in [
        ("equal, steady", (0.0, 0.1)),
        ("equal", (0.0, 0.4)),
        ("worse by the margin", (-MARGIN, 0.4)),
        ("worse by half the margin", (-MARGIN / 2.0, 0.4)),
        ("worse by 20 points", (-0.2, 0.4)),
        ("better by the margin", (MARGIN, 0.4)),
    ] {
        for wordings in [1, 8] {
            let (wrong, verdicts, rows) = tally(&vec![world; wordings], WORLDS);
            let all: Vec<UpgradeVerdict> = verdicts.concat();
            let mean = rows.iter().sum::<f64>() / wordings as f64;
            let shares = UpgradeVerdict::ALL.iter().map(|verdict| {
                format!(
                    "{} {:.1} %",
                    verdict.as_str(),
                    100.0 * share(&all, *verdict)
                )
            });
            let shares: Vec<String> = shares.collect();
            println!(
                "{name}, {wordings} wordings: {wrong} of {WORLDS} worlds with a wrong verdict; {mean:.0} rows; {}",
                shares.join(", ")
            );
        }
    }
}
