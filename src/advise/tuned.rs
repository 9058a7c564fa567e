//! A tuned model compared with its base, in one grid.

use crate::{
    analysis::{AnalysisSpec, Interval, Truncation, analyse},
    outcome::Grid,
};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct TunedRow {
    /// What it is: `base, best prompt`, `tuned, bare prompt`, `tuned, best prompt`.
    pub what: &'static str,
    pub model: String,
    pub variant: String,
    pub score: Option<Interval>,
    /// Compared with the base and its best prompt, on shared rows; `None` for that itself.
    pub difference: Option<Interval>,
    /// By Holm.
    pub p_adjusted: Option<f64>,
    /// Fixed and broken rows compared with the base.
    pub flips: (usize, usize),
    pub prompt_tokens: f64,
    /// Its answers that were cut at `max_tokens`.
    pub truncation: Truncation,
}

impl TunedRow {
    /// By how much it differs from the base, where its own cut answers may turn out right or wrong.
    pub(crate) fn bounds(&self) -> Option<Interval> {
        let (d, cut) = (self.difference?, self.truncation.share());
        Some(Interval {
            value: d.value,
            low: d.low - cut,
            high: d.high + cut,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Tuned {
    pub rows: Vec<TunedRow>,
}

impl Tuned {
    /// The larger difference of the tuned model to the base.
    pub fn best_difference(&self) -> Option<Interval> {
        self.best_row()?.difference
    }

    /// The row of the tuned model with the larger difference to the base.
    pub(crate) fn best_row(&self) -> Option<&TunedRow> {
        let value = |r: &TunedRow| r.difference.map_or(f64::NEG_INFINITY, |d| d.value);
        let compared = self.rows.iter().filter(|r| r.difference.is_some());
        compared.max_by(|a, b| value(a).total_cmp(&value(b)))
    }
}

pub(super) struct TunedSide<'a> {
    pub(super) model: &'a str,
    pub(super) grid: &'a Grid,
}

/// Put the base's best wording, and the tuned model with the bare and with the best wording, into one grid and analyse it.
/// The best is the base's best, so the luck of choosing it favors the base.
pub fn compare_tuned(
    base: (&str, &Grid),
    tuned: (&str, &Grid),
    names: &[&str],
    (bare, best): (usize, usize),
    spec: &AnalysisSpec,
) -> Tuned {
    let base = TunedSide {
        model: base.0,
        grid: base.1,
    };
    let tuned = TunedSide {
        model: tuned.0,
        grid: tuned.1,
    };
    let mut lines = vec![
        ("base, best prompt", &base, best),
        ("tuned, bare prompt", &tuned, bare),
    ];
    if bare != best {
        lines.push(("tuned, best prompt", &tuned, best));
    }
    let (rows, samples) = (base.grid.rows(), base.grid.samples());
    let mut grid = Grid::new(lines.len(), rows, samples).with_rules(base.grid.rules());
    for (v, (_, side, from)) in lines.iter().enumerate() {
        for row in 0..rows {
            for sample in 0..samples {
                grid.copy(side.grid, (*from, row, sample), (v, row, sample));
            }
        }
    }
    let found = analyse(
        &grid,
        &AnalysisSpec {
            baseline: 0,
            axes: Vec::new(),
            keys: Vec::new(),
            max_tokens: (lines.iter())
                .map(|(.., from)| spec.max_tokens.get(*from).copied().flatten())
                .collect(),
            ..spec.clone()
        },
    );
    let rows = lines
        .iter()
        .zip(&found.variants)
        .map(|((what, side, from), f)| TunedRow {
            what,
            model: side.model.to_owned(),
            variant: names.get(*from).copied().unwrap_or("").to_owned(),
            score: f.score,
            difference: f.difference.as_ref().map(|d| d.interval),
            p_adjusted: f.difference.as_ref().map(|d| d.p_adjusted),
            flips: f
                .difference
                .as_ref()
                .map_or((0, 0), |d| (d.changes.fixed, d.changes.broken)),
            prompt_tokens: f.prompt_tokens,
            truncation: f.truncation,
        })
        .collect();
    Tuned { rows }
}
