//! Each row: how mixed its answers are, how fragile it is, whether anybody gets it right; and agreement over all rows.

use super::{Agreement, AnalysisSpec, RowFinding, Sensitivity, answers::category};
use crate::{
    model::Grid,
    stats::{Coincidences, mean_pair_difference, normalized_entropy, pair_differences},
};

/// Rows, agreement of answers, sensitivity to the wording.
pub(super) struct Rows {
    pub(super) rows: Vec<RowFinding>,
    pub(super) agreement: Option<Agreement>,
    pub(super) sensitivity: Option<Sensitivity>,
}

/// Go through the rows of a grid.
pub(super) fn row_findings(grid: &Grid, spec: &AnalysisSpec) -> Rows {
    let (variants, samples) = (grid.variants(), grid.samples());
    let active: Vec<usize> = (0..variants)
        .filter(|v| {
            (0..grid.rows()).any(|row| (0..samples).any(|s| grid.cell(*v, row, s).score.is_some()))
        })
        .collect();
    let graded = grid.scores().iter().any(|x| *x > 0.0 && *x < 1.0);
    let right_from = if graded { 0.5 } else { 1.0 };
    let (mut all, mut inside) = (Coincidences::default(), Coincidences::default());
    let (mut pss, mut excess) = (Mean::default(), Mean::default());
    let mut rows = Vec::with_capacity(grid.rows());
    for row in 0..grid.rows() {
        let mut tally = Vec::new();
        let mut cells = Vec::with_capacity(active.len());
        let (mut right, mut of) = (0, 0);
        for &v in &active {
            let mut own = Vec::new();
            let mut scores = Vec::with_capacity(samples);
            for s in 0..samples {
                let cell = grid.cell(v, row, s);
                if let Some(score) = cell.score {
                    of += 1;
                    right += usize::from(score >= right_from);
                    scores.push(f64::from(score));
                }
                if let Some(given) = category(grid, spec, v, row, s) {
                    count(&mut own, given, 1);
                }
            }
            inside.add(&own);
            own.iter().for_each(|(c, n)| count(&mut tally, *c, *n));
            if !scores.is_empty() {
                cells.push(scores);
            }
        }
        all.add(&tally);
        let mut means: Vec<f64> = cells
            .iter()
            .map(|c| c.iter().sum::<f64>() / c.len() as f64)
            .collect();
        let complete = cells.len() == active.len();
        let mut fragility = mean_pair_difference(&mut means);
        if means.len() > 1 {
            pss.add(fragility);
        }
        if samples > 1
            && let Some((between, within)) = pair_differences(&cells)
        {
            fragility = between - within;
            excess.add(fragility);
        }
        let counts: Vec<u32> = tally.iter().map(|(_, n)| *n).collect();
        let n: u32 = counts.iter().sum();
        let classes = spec.classes.map_or(n as usize, |k| k + 1);
        rows.push(RowFinding {
            entropy: (n > 0).then(|| normalized_entropy(&counts, classes)),
            fragility,
            right,
            of,
            hopeless: complete && of > 0 && right == 0,
        });
    }
    Rows {
        rows,
        agreement: agreement(&all, &inside, active.len() * samples),
        sensitivity: pss.value().map(|value| Sensitivity {
            value,
            excess: excess.value(),
        }),
    }
}

fn count(tally: &mut Vec<(u32, u32)>, category: u32, n: u32) {
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
