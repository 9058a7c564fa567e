//! One sample of a cell: by value, and as a grid holds it.

use super::cell_state::CellState;

/// Number of a distinct answer in a grid; its text: [`Grid::answer_text`](super::Grid::answer_text).
pub type AnswerId = u32;

const NO_ANSWER: AnswerId = AnswerId::MAX;

/// One sample of a cell, by value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub state: CellState,
    /// Main score in [0, 1]; `None` unless answered.
    pub score: Option<f64>,
    /// What the metric read, where it read something.
    pub answer: Option<AnswerId>,
    /// Whether the output was cut at `max_tokens`, whatever was read in it.
    pub truncated: bool,
    pub latency_ms: f32,
    pub prompt_tokens: u32,
    pub cached_tokens: u32,
    pub completion_tokens: u32,
}

/// One sample as it is held: 32 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackedCell {
    pub(super) score: f64,
    pub(super) answer: AnswerId,
    pub(super) latency_ms: f32,
    pub(super) prompt: u32,
    pub(super) cached: u32,
    pub(super) completion: u32,
    pub(super) state: CellState,
    pub(super) truncated: bool,
}

impl PackedCell {
    pub(super) const EMPTY: PackedCell = PackedCell {
        score: f64::NAN,
        answer: NO_ANSWER,
        latency_ms: 0.0,
        prompt: 0,
        cached: 0,
        completion: 0,
        state: CellState::Pending,
        truncated: false,
    };

    pub(super) fn new(cell: Cell) -> PackedCell {
        PackedCell {
            score: cell.score.unwrap_or(f64::NAN),
            answer: cell.answer.unwrap_or(NO_ANSWER),
            latency_ms: cell.latency_ms,
            prompt: cell.prompt_tokens,
            cached: cell.cached_tokens,
            completion: cell.completion_tokens,
            state: cell.state,
            truncated: cell.truncated,
        }
    }

    pub(super) fn answer_id(&self) -> Option<AnswerId> {
        (self.answer != NO_ANSWER).then_some(self.answer)
    }

    pub(super) fn cell(self) -> Cell {
        Cell {
            state: self.state,
            score: self.state.is_answered().then_some(self.score),
            answer: self.answer_id(),
            truncated: self.truncated,
            latency_ms: self.latency_ms,
            prompt_tokens: self.prompt,
            cached_tokens: self.cached,
            completion_tokens: self.completion,
        }
    }
}
