//! Grids for tests: drawn, or from lists of scores.

use wording::{
    analysis::AnalysisSpec,
    model::FailureKind,
    outcome::{Cell, CellState, Grid},
    stats::mix,
};

/// Numbers that depend on a seed and a place alone.
pub(crate) struct Draw(pub u64);

impl Draw {
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(1);
        (mix(self.0) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit().max(1e-300), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    pub(crate) fn coin(&mut self, p: f64) -> f64 {
        f64::from(u8::from(self.unit() < p))
    }
}

/// How to analyse, with so many resamples.
pub(crate) fn spec(resamples: usize) -> AnalysisSpec {
    AnalysisSpec {
        resamples,
        threads: 2,
        ..AnalysisSpec::default()
    }
}

/// A grid of these scores, `scores[variant][row][sample]`; `None` is a failed trial. The answer of a cell is its score.
pub(crate) fn grid(scores: &[Vec<Vec<Option<f64>>>]) -> Grid {
    let samples = scores[0].first().map_or(1, Vec::len);
    let mut grid = Grid::new(scores.len(), scores[0].len(), samples);
    for (v, rows) in scores.iter().enumerate() {
        for (row, cells) in rows.iter().enumerate() {
            for (s, score) in cells.iter().enumerate() {
                let answer = score.map(|x| grid.intern(&format!("{x}")));
                let state = if score.is_some() {
                    CellState::Scored
                } else {
                    CellState::Failed(FailureKind::Timeout)
                };
                grid.set(
                    v,
                    row,
                    s,
                    Cell {
                        state,
                        score: *score,
                        answer,
                        truncated: false,
                        latency_ms: 10.0,
                        prompt_tokens: 5,
                        cached_tokens: 0,
                        completion_tokens: 1,
                    },
                );
            }
        }
    }
    grid
}

/// A grid from a function of variant, row and sample.
pub(crate) fn drawn(
    variants: usize,
    rows: usize,
    samples: usize,
    mut score: impl FnMut(usize, usize, usize) -> f64,
) -> Grid {
    let scores: Vec<Vec<Vec<Option<f64>>>> = (0..variants)
        .map(|v| {
            (0..rows)
                .map(|r| (0..samples).map(|s| Some(score(v, r, s))).collect())
                .collect()
        })
        .collect();
    grid(&scores)
}
