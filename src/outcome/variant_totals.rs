//! Sums over the samples of one variant.

use super::{cell_state::CellState, packed_cell::PackedCell};

/// Sums over the samples of one variant.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VariantTotals {
    /// Samples with an answer, scored or not.
    pub answers: u64,
    /// Those that were cut at `max_tokens`, whatever was read in them.
    pub truncated: u64,
    /// Those in which nothing was read because they were cut.
    pub unread: u64,
    /// Samples with a score, readable or not.
    pub answered: u64,
    /// Sum of their scores.
    pub score: f64,
    pub failed: u64,
    pub prompt_tokens: u64,
    pub cached_tokens: u64,
    pub completion_tokens: u64,
    pub latency_ms: f64,
}

impl VariantTotals {
    pub(super) fn count(&mut self, cell: &PackedCell, sign: f64) {
        let add = |n: &mut u64, by: u64| {
            *n = if sign > 0.0 {
                *n + by
            } else {
                n.saturating_sub(by)
            };
        };
        if cell.state.is_answered() || cell.state.is_unscored() {
            add(&mut self.answers, 1);
            add(&mut self.truncated, u64::from(cell.truncated));
            add(
                &mut self.unread,
                u64::from(cell.state == CellState::Truncated),
            );
            add(&mut self.prompt_tokens, u64::from(cell.prompt));
            add(&mut self.cached_tokens, u64::from(cell.cached));
            add(&mut self.completion_tokens, u64::from(cell.completion));
            self.latency_ms += sign * f64::from(cell.latency_ms);
        }
        match cell.state {
            CellState::Pending
            | CellState::Running
            | CellState::Unscored
            | CellState::UnscoredUnreadable => {}
            CellState::Failed(_) => add(&mut self.failed, 1),
            CellState::Scored
            | CellState::Unreadable
            | CellState::Refused
            | CellState::Truncated => add(&mut self.answered, 1),
        }
        if cell.state.is_answered() {
            self.score += sign * cell.score;
        }
    }

    /// Mean score of the samples that have one.
    pub fn mean(&self) -> Option<f64> {
        (self.answered > 0).then(|| self.score / self.answered as f64)
    }
}
