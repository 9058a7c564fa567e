//! Each row: how mixed its answers are, how fragile it is, whether any variant gets it right; and agreement over all rows.

use super::{Agreement, AnalysisSpec, RowFinding, RowFindings, Sensitivity, answers::category};
use crate::{
    outcome::{Grid, row_profile},
    stats::{Coincidences, normalized_entropy},
};

/// Rows, agreement of answers, sensitivity to the wording.
pub(super) struct Rows {
    pub(super) rows: RowFindings,
    pub(super) agreement: Option<Agreement>,
    pub(super) sensitivity: Option<Sensitivity>,
}

pub(super) fn row_findings(grid: &Grid, spec: &AnalysisSpec) -> Rows {
    let (mut all, mut inside) = (Coincidences::default(), Coincidences::default());
    let (mut pss, mut excess) = (Mean::default(), Mean::default());
    let active: Vec<usize> = grid.comparable().collect();
    let mut rows = RowFindings::new(grid.rows(), active.len());
    for row in 0..grid.rows() {
        let mut tally = Vec::new();
        for &v in &active {
            let mut own = Vec::new();
            for s in 0..grid.samples() {
                if let Some(given) = category(grid, v, row, s) {
                    count(&mut own, u64::from(given), 1);
                }
            }
            inside.add(&own);
            own.iter().for_each(|(c, n)| count(&mut tally, *c, *n));
        }
        all.add(&tally);
        let profile = row_profile(grid, row);
        profile.sensitivity.into_iter().for_each(|x| pss.add(x));
        profile.excess.into_iter().for_each(|x| excess.add(x));
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

#[derive(Default)]
struct Mean {
    sum: f64,
    n: usize,
}

impl Mean {
    fn add(&mut self, x: f64) {
        self.sum += x;
        self.n += 1;
    }

    fn value(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }
}
