//! The cells of one model as they are written by events, with sums over each variant.

use super::cells::{CHUNK, Packed};
pub use super::cells::{CellSummary, Cells, MajorityAnswer};
use crate::model::TrialRecord;
use crate::outcome::{AnswerId, CellState, Grid};
use std::{collections::HashMap, sync::Arc};

/// Sums over the samples of one variant.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Samples with an answer of any kind.
    pub answered: u64,
    /// Sum of their scores.
    pub score: f64,
    pub failed: u64,
    /// Unreadable, refused and truncated answers.
    pub unreadable: u64,
    /// Prompt tokens.
    pub prompt: u64,
    pub cached: u64,
    /// Completion tokens.
    pub completion: u64,
    pub latency_ms: f64,
}

impl Totals {
    fn count(&mut self, cell: &Packed, sign: f64) {
        let add = |n: &mut u64, by: u64| {
            *n = if sign > 0.0 {
                *n + by
            } else {
                n.saturating_sub(by)
            };
        };
        match cell.state {
            CellState::Pending | CellState::Running | CellState::Unscored => return,
            CellState::Failed(_) => return add(&mut self.failed, 1),
            CellState::Scored => {}
            CellState::Unreadable | CellState::Refused | CellState::Truncated => {
                add(&mut self.unreadable, 1);
            }
        }
        add(&mut self.answered, 1);
        add(&mut self.prompt, u64::from(cell.prompt));
        add(&mut self.cached, u64::from(cell.cached));
        add(&mut self.completion, u64::from(cell.completion));
        self.score += sign * f64::from(cell.score);
        self.latency_ms += sign * f64::from(cell.latency_ms);
    }
}

/// The cells of one model, for writing.
#[derive(Debug, Clone, Default)]
pub struct Board {
    cells: Cells,
    ids: HashMap<Arc<str>, AnswerId>,
    totals: Vec<Totals>,
}

impl Board {
    pub fn new(variants: usize, rows: usize, samples: usize) -> Board {
        let samples = samples.max(1);
        let per_chunk = (CHUNK / (variants * samples).max(1)).max(1);
        Board {
            cells: Cells {
                variants,
                rows,
                samples,
                per_chunk,
                chunks: vec![None; rows.div_ceil(per_chunk)],
                answers: Vec::new(),
            },
            ids: HashMap::new(),
            totals: vec![Totals::default(); variants],
        }
    }

    /// The cells, for reading.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Sums of a variant.
    pub fn totals(&self, variant: usize) -> Totals {
        self.totals.get(variant).copied().unwrap_or_default()
    }

    /// The number for an answer, a new one where it was not seen before.
    fn intern(&mut self, text: &str) -> AnswerId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let text: Arc<str> = text.into();
        let id = self.ids.len() as AnswerId;
        if (id as usize).is_multiple_of(CHUNK) {
            self.cells.answers.push(Arc::default());
        }
        if let Some(last) = self.cells.answers.last_mut() {
            Arc::make_mut(last).push(Arc::clone(&text));
        }
        self.ids.insert(text, id);
        id
    }

    fn write(&mut self, variant: usize, row: usize, sample: usize, cell: Packed) {
        let cells = &mut self.cells;
        if variant >= cells.variants || row >= cells.rows || sample >= cells.samples {
            return;
        }
        let (chunk, at) = cells.place(variant, row);
        let size = cells.per_chunk * cells.variants * cells.samples;
        let chunk = cells.chunks[chunk].get_or_insert_with(|| Arc::new(vec![Packed::EMPTY; size]));
        let place = &mut Arc::make_mut(chunk)[at + sample];
        if let Some(totals) = self.totals.get_mut(variant) {
            totals.count(place, -1.0);
            totals.count(&cell, 1.0);
        }
        *place = cell;
    }

    /// Mark a sample as on its way, or as not sent; one that is answered stays.
    pub fn mark(&mut self, variant: usize, row: usize, sample: usize, state: CellState) {
        if !self.cells.cell(variant, row, sample).state.is_answered() {
            let cell = Packed {
                state,
                ..Packed::EMPTY
            };
            self.write(variant, row, sample, cell);
        }
    }

    /// Whatever is on its way is not any more.
    pub fn settle(&mut self) {
        for chunk in self.cells.chunks.iter_mut().flatten() {
            if chunk.iter().any(|c| c.state == CellState::Running) {
                for cell in Arc::make_mut(chunk) {
                    if cell.state == CellState::Running {
                        cell.state = CellState::Pending;
                    }
                }
            }
        }
    }

    /// Write a finished trial of this model into its cell.
    pub fn record(&mut self, record: &TrialRecord) {
        let (v, r, s) = (record.id.variant, record.id.row, record.id.sample);
        let mut one = Grid::new(1, 1, 1);
        let mut at_zero = record.clone();
        (at_zero.id.variant, at_zero.id.row, at_zero.id.sample) = (0, 0, 0);
        one.record(&at_zero);
        self.copy(&one, (0, 0, 0), (v as usize, r as usize, s as usize));
    }

    /// Copy a cell of a grid to a place of this board.
    pub fn copy(&mut self, grid: &Grid, from: (usize, usize, usize), to: (usize, usize, usize)) {
        let mut cell = grid.cell(from.0, from.1, from.2);
        if cell.state == CellState::Pending {
            return;
        }
        cell.answer = cell.answer.map(|a| self.intern(grid.answer_text(a)));
        self.write(to.0, to.1, to.2, Packed::of(cell));
    }

    /// A board of a whole grid.
    pub fn of_grid(grid: &Grid) -> Board {
        let mut board = Board::new(grid.variants(), grid.rows(), grid.samples());
        for v in 0..grid.variants() {
            for r in 0..grid.rows() {
                for s in 0..grid.samples() {
                    board.copy(grid, (v, r, s), (v, r, s));
                }
            }
        }
        board
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Completion, Outcome, Score, Scores, TrialId};

    fn answer(board: &mut Board, v: u32, r: u32, s: u32, text: &str, value: f32) {
        board.record(&TrialRecord {
            id: TrialId {
                variant: v,
                model: 0,
                row: r,
                sample: s,
            },
            outcome: Outcome::Completed(Completion {
                text: text.into(),
                latency_ms: 10.0,
                ..Completion::default()
            }),
            scores: Scores(vec![Score {
                value,
                answer: Some(text.into()),
                unreadable: false,
            }]),
            reused: false,
            attempts: 1,
            cost_usd: None,
        });
    }

    #[test]
    fn identical_answers_are_counted_and_the_most_frequent_is_shown() {
        let mut board = Board::new(2, 3, 5);
        for (s, text) in ["bug", "billing", "bug", "bug", "billing"]
            .iter()
            .enumerate()
        {
            answer(
                &mut board,
                1,
                2,
                s as u32,
                text,
                f32::from(u8::from(*text == "bug")),
            );
        }
        let sum = board.cells().summary(1, 2);
        let MajorityAnswer::Answer(id) = sum.top else {
            panic!("{sum:?}")
        };
        assert_eq!(board.cells().answer_text(id), "bug");
        assert_eq!((sum.k, sum.answered, sum.kinds), (3, 5, 2));
        assert_eq!(sum.right(), None);
        assert!((sum.score.unwrap() - 0.6).abs() < 1e-6);
        assert_eq!(board.totals(1).answered, 5);
    }

    #[test]
    fn an_answer_without_a_score_enters_no_mean_until_it_has_one() {
        let mut board = Board::new(1, 2, 1);
        answer(&mut board, 0, 0, 0, "a", f32::NAN);
        answer(&mut board, 0, 1, 0, "b", 1.0);
        let cell = board.cells().cell(0, 0, 0);
        assert_eq!((cell.state, cell.score), (CellState::Unscored, None));
        assert_eq!((board.totals(0).answered, board.totals(0).score), (1, 1.0));
        assert_eq!(board.cells().summary(0, 0).unscored, 1);
        answer(&mut board, 0, 0, 0, "a", 0.5);
        assert_eq!((board.totals(0).answered, board.totals(0).score), (2, 1.5));
        assert_eq!(board.cells().summary(0, 0).unscored, 0);
    }

    #[test]
    fn a_copy_for_a_job_does_not_see_what_comes_later() {
        let mut board = Board::new(1, 20_000, 1);
        answer(&mut board, 0, 19_999, 0, "a", 1.0);
        let copy = board.cells().clone();
        answer(&mut board, 0, 19_999, 0, "b", 0.0);
        answer(&mut board, 0, 0, 0, "b", 0.0);
        assert_eq!(copy.summary(0, 19_999).score, Some(1.0));
        assert_eq!(copy.summary(0, 0).answered, 0);
        assert_eq!(board.cells().summary(0, 19_999).score, Some(0.0));
        assert_eq!(
            board.totals(0).answered,
            2,
            "a cell written twice counts once"
        );
    }

    #[test]
    fn a_grid_goes_there_and_back() {
        let mut board = Board::new(2, 3, 2);
        answer(&mut board, 0, 1, 1, "x", 1.0);
        board.mark(1, 2, 0, CellState::Running);
        let grid = board.cells().to_grid();
        let again = Board::of_grid(&grid);
        assert_eq!(again.cells().summary(0, 1), board.cells().summary(0, 1));
        assert_eq!(again.cells().summary(1, 2).running, 1);
        board.settle();
        assert_eq!(board.cells().summary(1, 2).running, 0);
    }
}
