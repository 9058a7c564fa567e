//! Each row: how mixed its answers are, how fragile it is, whether any variant gets it right; and agreement over all rows.

use super::{Agreement, AnalysisSpec, RowFinding, RowFindings, Sensitivity, answers::category};
use crate::{
    outcome::{Grid, row_profile},
    stats::{Coincidences, normalized_entropy},
};

/// Rows, agreement of answers, sensitivity to the wording.
pub(super) struct Rows {
    pub(super) rows: RowFindings,
    /// Of the variants that have answers: see [`VariantFinding::consensus`](super::VariantFinding::consensus).
    pub(super) consensus: Vec<(usize, Option<f64>)>,
    pub(super) agreement: Option<Agreement>,
    pub(super) sensitivity: Option<Sensitivity>,
}

pub(super) fn row_findings(grid: &Grid, spec: &AnalysisSpec) -> Rows {
    let (mut all, mut inside) = (Coincidences::default(), Coincidences::default());
    let (mut pss, mut excess) = (Mean::default(), Mean::default());
    let active: Vec<usize> = grid.answering().collect();
    let mut consensus = vec![Mean::default(); active.len()];
    let mut rows = RowFindings::new(grid.rows(), grid.comparable().count());
    for row in 0..grid.rows() {
        let mut tally = Vec::new();
        let mut by_variant: Vec<Vec<(u64, u32)>> = Vec::with_capacity(active.len());
        for &v in &active {
            let mut own = Vec::new();
            for s in 0..grid.samples() {
                if let Some(given) = category(grid, v, row, s) {
                    count(&mut own, u64::from(given), 1);
                }
            }
            inside.add(&own);
            own.iter().for_each(|(c, n)| count(&mut tally, *c, *n));
            by_variant.push(own);
        }
        for (mean, own) in consensus.iter_mut().zip(&by_variant) {
            share_of_consensus(&tally, own)
                .into_iter()
                .for_each(|x| mean.add(x, 1.0));
        }
        all.add(&tally);
        let profile = row_profile(grid, row);
        let weight = spec.weights.get(row).copied().unwrap_or(1.0);
        (profile.sensitivity.into_iter()).for_each(|x| pss.add(x, weight));
        profile
            .excess
            .into_iter()
            .for_each(|x| excess.add(x, weight));
        let counts: Vec<u32> = tally.iter().map(|(_, n)| *n).collect();
        let n: u32 = counts.iter().sum();
        let classes = spec.classes.map_or(n as usize, |k| k + 1);
        rows.push(&RowFinding {
            entropy: (n > 0).then(|| normalized_entropy(&counts, classes)),
            profile,
        });
    }
    Rows {
        rows,
        consensus: active
            .iter()
            .copied()
            .zip(consensus.iter().map(Mean::value))
            .collect(),
        agreement: agreement(&all, &inside, active.len() * grid.samples()),
        sensitivity: pss.value().map(|value| Sensitivity {
            value,
            excess: excess.value(),
        }),
    }
}

fn count(tally: &mut Vec<(u64, u32)>, category: u64, n: u32) {
    match tally.iter_mut().find(|(c, _)| *c == category) {
        Some((_, known)) => *known += n,
        None => tally.push((category, n)),
    }
}

/// The share of a variant's answers to a row that is the most frequent one of the other variants; of several equally frequent
/// ones each has its part. `None` where it or the others gave none.
fn share_of_consensus(all: &[(u64, u32)], own: &[(u64, u32)]) -> Option<f64> {
    let of_own = |category: u64| own.iter().find(|(c, _)| *c == category).map_or(0, |o| o.1);
    let others = all.iter().map(|(c, n)| (*c, n - of_own(*c)));
    let most = others.clone().map(|(_, n)| n).max().filter(|n| *n > 0)?;
    let answers: u32 = own.iter().map(|(_, n)| n).sum();
    let first: Vec<u64> = others.filter(|(_, n)| *n == most).map(|(c, _)| c).collect();
    let same: u32 = first.iter().map(|c| of_own(*c)).sum();
    (answers > 0).then(|| f64::from(same) / f64::from(answers) / first.len() as f64)
}

fn agreement(all: &Coincidences, inside: &Coincidences, ratings: usize) -> Option<Agreement> {
    let ((same, pairs), (same_inside, pairs_inside)) = (all.pairs(), inside.pairs());
    let between = pairs - pairs_inside;
    (between > 0.0).then(|| Agreement {
        raw: (same - same_inside) / between,
        itself: inside.raw(),
        fleiss_kappa: all.fleiss_kappa(ratings),
        krippendorff_alpha: all.alpha(),
    })
}

#[derive(Clone, Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, x: f64, weight: f64) {
        self.sum += weight * x;
        self.weight += weight;
    }

    fn value(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}
