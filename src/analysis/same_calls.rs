//! Axes of request parameters that change nothing that can be seen: their endpoint may ignore the parameter.

use super::AxisLevels;
use crate::outcome::{Cell, CellState, Grid};

impl AxisLevels {
    /// The pairs of variants that differ in this axis alone.
    pub(super) fn pairs(&self, others: &[&AxisLevels]) -> Vec<(usize, usize)> {
        let n = self.level_of.len();
        (0..n)
            .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
            .filter(|(a, b)| {
                self.level_of[*a] != self.level_of[*b]
                    && others.iter().all(|o| o.level_of[*a] == o.level_of[*b])
            })
            .collect()
    }
}

/// How many pairs of calls there are to these pairs of variants, the same row and sample in both, where all have the same
/// answer and the same numbers of tokens; `None` where any pair differs, one of the two failed alone, or there is none.
pub(super) fn same_calls(grid: &Grid, pairs: &[(usize, usize)]) -> Option<usize> {
    let mut same = 0;
    for (a, b) in pairs {
        for row in 0..grid.rows() {
            for sample in 0..grid.samples() {
                let [a, b] = [a, b].map(|variant| grid.cell(*variant, row, sample));
                let failed = [a, b].map(|cell| matches!(cell.state, CellState::Failed(_)));
                let is_pending =
                    |cell: &Cell| matches!(cell.state, CellState::Pending | CellState::Running);
                // A parameter that an endpoint refuses is not ignored.
                if failed[0] != failed[1] && !is_pending(&a) && !is_pending(&b) {
                    return None;
                }
                if !a.state.is_answered() || !b.state.is_answered() {
                    continue;
                }
                let is_same = a.state == b.state
                    && a.answer == b.answer
                    && a.score == b.score
                    && a.truncated == b.truncated
                    && a.prompt_tokens == b.prompt_tokens
                    && a.completion_tokens == b.completion_tokens;
                if !is_same {
                    return None;
                }
                same += 1;
            }
        }
    }
    (same > 0).then_some(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{AnalysisSpec, analyse},
        model::FailureKind,
    };

    /// Four variants: two wordings × two values of a parameter, over four rows; `None` where a call failed.
    fn found(tokens: impl Fn(usize, usize) -> Option<u32>, axis: &str) -> Vec<Option<usize>> {
        let mut grid = Grid::new(4, 4, 1);
        for (variant, row) in (0..4).flat_map(|v| (0..4).map(move |row| (v, row))) {
            let cell = Cell {
                state: match tokens(variant, row) {
                    Some(_) => CellState::Scored,
                    None => CellState::Failed(FailureKind::Timeout),
                },
                score: tokens(variant, row).map(|_| f64::from(u8::from(variant < 2 || row > 1))),
                answer: None,
                truncated: false,
                latency_ms: (variant * 10) as f32,
                prompt_tokens: 5 + (variant / 2) as u32,
                cached_tokens: 0,
                completion_tokens: tokens(variant, row).unwrap_or(0),
            };
            grid.set(variant, row, 0, cell);
        }
        let axes = [("wording", [0, 0, 1, 1]), (axis, [0, 1, 0, 1])];
        let axes = axes.map(|(name, level_of)| AxisLevels {
            name: name.into(),
            levels: vec!["a".into(), "b".into()],
            level_of: level_of.to_vec(),
        });
        let spec = AnalysisSpec {
            axes: axes.to_vec(),
            ..AnalysisSpec::default()
        };
        let effects = analyse(&grid, &spec).effects;
        effects.axes.iter().map(|axis| axis.same_calls).collect()
    }

    #[test]
    fn a_parameter_that_changes_nothing_is_found_and_one_token_shows_an_effect() {
        let row_alone = |_, row| Some(row as u32);
        assert_eq!(found(row_alone, "params.seed"), [None, Some(8)]);
        assert_eq!(found(row_alone, "tone"), [None, None]);
        let one_more = |variant, row| Some(u32::from((variant, row) == (3, 3)));
        assert_eq!(found(one_more, "params.seed"), [None, None]);
        let lost = |variant, row| ((variant, row) != (3, 3)).then_some(1);
        assert_eq!(found(lost, "params.seed"), [None, None]);
        let neither = |_, row| (row > 0).then_some(1);
        assert_eq!(found(neither, "params.seed"), [None, Some(6)]);
    }
}
