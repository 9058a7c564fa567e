//! What a variant made of a row, in one character or a few.

use crate::model::{CellState, Grid};

/// The samples of a cell, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CellTally {
    pub(super) right: usize,
    pub(super) wrong: usize,
    pub(super) unread: usize,
    pub(super) failed: usize,
    /// Sum of the scores.
    sum: f64,
}

impl CellTally {
    pub(super) fn of(grid: &Grid, variant: usize, row: usize) -> CellTally {
        let mut mark = CellTally::default();
        for s in 0..grid.samples() {
            let cell = grid.cell(variant, row, s);
            mark.sum += f64::from(cell.score.unwrap_or(0.0));
            match (cell.state, cell.score) {
                (CellState::Failed(_), _) => mark.failed += 1,
                (CellState::Scored, Some(score)) if score >= 0.5 => mark.right += 1,
                (CellState::Scored, _) => mark.wrong += 1,
                (CellState::Pending | CellState::Running | CellState::Unscored, _) => {}
                _ => mark.unread += 1,
            }
        }
        mark
    }

    pub(super) fn answered(&self) -> usize {
        self.right + self.wrong + self.unread
    }

    /// Mean score of the answers.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.answered() > 0).then(|| self.sum / self.answered() as f64)
    }

    /// `✓` right, `✗` wrong, `±` both, `~` unreadable, `!` failed, `·` not there.
    pub(super) fn sign(&self) -> char {
        match (self.right, self.wrong + self.unread) {
            (0, 0) if self.failed > 0 => '!',
            (0, 0) => '·',
            (_, 0) => '✓',
            (0, _) if self.wrong == 0 => '~',
            (0, _) => '✗',
            _ => '±',
        }
    }
}
