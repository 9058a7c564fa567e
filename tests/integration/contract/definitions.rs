//! The definitions of `docs/statistics.md`, written down a second time and naively.

use std::collections::BTreeMap;

pub(super) const CHANGES: [&str; 6] = [
    "broken",
    "fixed",
    "worsened",
    "improved",
    "answer_changed",
    "unchanged",
];

/// A cell as it was recorded: scores of the answered samples, and the answer that came most often.
pub(super) type Cell = (Vec<f64>, String);

pub(super) type Changes = BTreeMap<&'static str, usize>;

/// What the definitions make of a grid.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// For each variant but the first: rows by what changed from the first variant to it.
    pub changes: Vec<Changes>,
    /// For each variant: rows at or above the threshold, above 0, at 0 (unreadable ones too).
    pub cells: Vec<[usize; 3]>,
    pub flipping: usize,
    pub fragile: usize,
    pub always_wrong: usize,
    pub ever_correct: usize,
    pub scored: usize,
}

fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len() as f64
}

fn mean_distance(pairs: &[(f64, f64)]) -> f64 {
    pairs.iter().map(|(a, b)| (a - b).abs()).sum::<f64>() / pairs.len().max(1) as f64
}

fn pairs_within(scores: &[f64]) -> Vec<(f64, f64)> {
    (0..scores.len())
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .map(|(i, j)| (scores[i], scores[j]))
        .collect()
}

fn fragility(cells: &[&Cell], samples: usize) -> f64 {
    let means: Vec<f64> = cells.iter().map(|c| mean(&c.0)).collect();
    let plain = mean_distance(&pairs_within(&means));
    if samples == 1 {
        return plain;
    }
    let all: Vec<(usize, f64)> = cells
        .iter()
        .enumerate()
        .flat_map(|(v, c)| c.0.iter().map(move |s| (v, *s)))
        .collect();
    let between: Vec<(f64, f64)> = all
        .iter()
        .flat_map(|a| all.iter().filter(|b| a.0 < b.0).map(|b| (a.1, b.1)))
        .collect();
    let within: Vec<f64> = cells
        .iter()
        .filter(|c| c.0.len() > 1)
        .map(|c| mean_distance(&pairs_within(&c.0)))
        .collect();
    if between.is_empty() || within.is_empty() {
        return plain;
    }
    mean_distance(&between) - mean(&within)
}

/// Count a grid, rows of cells; `None` where no sample of a cell has a score.
pub(super) fn count(grid: &[Vec<Option<Cell>>], threshold: f64, samples: usize) -> Counts {
    let variants = grid[0].len();
    let correct = |cell: &Cell| mean(&cell.0) >= threshold - 1e-6;
    let mut counts = Counts {
        changes: (1..variants)
            .map(|_| CHANGES.iter().map(|c| (*c, 0)).collect())
            .collect(),
        cells: vec![[0; 3]; variants],
        ..Counts::default()
    };
    for row in grid {
        let known: Vec<&Cell> = row.iter().flatten().collect();
        for (v, cell) in row.iter().enumerate() {
            let Some(cell) = cell else { continue };
            let kind = match mean(&cell.0) {
                _ if correct(cell) => 0,
                m if m > 0.0 => 1,
                _ => 2,
            };
            counts.cells[v][kind] += 1;
            if let (Some(base), true) = (&row[0], v > 0) {
                let (was, is) = (mean(&base.0), mean(&cell.0));
                let change = match (correct(base), correct(cell)) {
                    (true, false) => "broken",
                    (false, true) => "fixed",
                    _ if is < was - 1e-6 => "worsened",
                    _ if is > was + 1e-6 => "improved",
                    _ if base.1 != cell.1 => "answer_changed",
                    _ => "unchanged",
                };
                *counts.changes[v - 1].get_mut(change).unwrap() += 1;
            }
        }
        let right = known.iter().filter(|c| correct(c)).count();
        counts.scored += usize::from(!known.is_empty());
        counts.ever_correct += usize::from(right > 0);
        counts.flipping += usize::from(right > 0 && right < known.len());
        counts.always_wrong += usize::from(right == 0 && known.len() == variants);
        counts.fragile += usize::from(fragility(&known, samples) > 0.25);
    }
    counts
}

/// The counts as a person sees them: `4 fixed, 1 broken, …`.
pub(super) fn phrase(changes: &Changes) -> String {
    let graded = match (changes["improved"], changes["worsened"]) {
        (0, 0) => String::new(),
        (i, w) => format!("{i} improved, {w} worsened, "),
    };
    format!(
        "{} fixed, {} broken, {graded}{} with another answer, {} unchanged",
        changes["fixed"], changes["broken"], changes["answer_changed"], changes["unchanged"]
    )
}
