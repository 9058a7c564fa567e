//! A policy replayed from the start on scores that are stored already: a resumed run, a report of one
//! that is over, and the proof on recorded grids all use it.

use super::{
    Elimination, Observations, PolicyConclusion, PolicyError, TrialAnswer, TrialSpace, policy,
};
#[cfg(test)]
use super::{Policy, VariantRow};
#[cfg(test)]
use crate::model::MaxTruncated;
use crate::model::{PolicySpec, VariantAliases};
use crate::outcome::Grid;

/// Where a replay came to.
#[derive(Debug)]
pub struct Replay {
    /// What the policy came to.
    pub conclusion: PolicyConclusion,
    /// When each variant was eliminated; empty where none ever is.
    pub eliminated: Vec<Option<Elimination>>,
    /// Whether the policy has ended; else some of its trials have no score.
    pub complete: bool,
    /// Trials that it bought.
    pub trials: usize,
}

/// Replay a policy on the grid of one of `models` models.
pub fn replay(
    spec: &PolicySpec,
    space: &TrialSpace,
    names: &VariantAliases,
    models: usize,
    grid: &Grid,
) -> Result<Replay, PolicyError> {
    let mut policy = policy(spec, space, names, models)?;
    let max_truncated = grid.rules().max_truncated;
    let mut observations = Observations::new(space.variants, space.rows, max_truncated);
    let mut trials = 0;
    let mut complete = true;
    while complete {
        let batch = policy.next(&observations);
        if batch.is_empty() {
            break;
        }
        for pair in batch {
            for sample in 0..space.samples {
                let cell = grid.cell(pair.variant as usize, pair.row as usize, sample);
                match TrialAnswer::of_cell(&cell) {
                    Some(answer) => observations.record(pair, answer),
                    None => complete &= !is_open(cell.state),
                }
                trials += usize::from(!is_open(cell.state));
            }
        }
    }
    Ok(Replay {
        conclusion: policy.conclude(&observations),
        eliminated: policy.eliminated().to_vec(),
        complete,
        trials,
    })
}

fn is_open(state: crate::outcome::CellState) -> bool {
    use crate::outcome::CellState::{Pending, Running};
    matches!(state, Pending | Running)
}

/// Replay a policy on scores from a function, to its end: what it saw, and how many pairs it bought.
#[cfg(test)]
pub(super) fn replay_policy(
    policy: &mut dyn Policy,
    variants: usize,
    rows: usize,
    samples: usize,
    score: &dyn Fn(VariantRow) -> Option<f64>,
) -> (Observations, usize) {
    let answer = |pair: VariantRow| {
        let score = Some(score(pair)?);
        Some(TrialAnswer {
            score,
            truncated: false,
        })
    };
    replay_answers(policy, variants, rows, samples, &answer)
}

/// The same on answers.
#[cfg(test)]
pub(super) fn replay_answers(
    policy: &mut dyn Policy,
    variants: usize,
    rows: usize,
    samples: usize,
    answer: &dyn Fn(VariantRow) -> Option<TrialAnswer>,
) -> (Observations, usize) {
    let mut observations = Observations::new(variants, rows, MaxTruncated::default());
    let mut bought = std::collections::HashSet::new();
    loop {
        let batch = policy.next(&observations);
        if batch.is_empty() {
            return (observations, bought.len());
        }
        for pair in batch {
            assert!(bought.insert(pair), "{pair:?} bought twice");
            for _ in 0..samples {
                if let Some(answer) = answer(pair) {
                    observations.record(pair, answer);
                }
            }
        }
    }
}
