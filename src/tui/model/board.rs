//! The cells of one model as the session shows them: written by events, read by drawings, shared with jobs.
//!
//! Cells lie row by row in chunks that are copied only when they are written while a job still reads them, so handing a
//! grid of millions of cells to a job costs nothing on the thread that draws. Knows no texts but answers.

use crate::model::{AnswerId, Cell, CellState, Grid, TrialRecord};
use std::{collections::HashMap, sync::Arc};

const NO_ANSWER: AnswerId = AnswerId::MAX;

/// Cells in a chunk, about.
const CHUNK: usize = 8192;

#[derive(Debug, Clone, Copy)]
struct Packed {
    score: f32,
    answer: AnswerId,
    latency_ms: f32,
    prompt: u32,
    cached: u32,
    completion: u32,
    state: CellState,
}

impl Packed {
    const EMPTY: Packed = Packed {
        score: f32::NAN,
        answer: NO_ANSWER,
        latency_ms: 0.0,
        prompt: 0,
        cached: 0,
        completion: 0,
        state: CellState::Pending,
    };

    fn of(cell: Cell) -> Packed {
        Packed {
            score: cell.score.unwrap_or(f32::NAN),
            answer: cell.answer.unwrap_or(NO_ANSWER),
            latency_ms: cell.latency_ms,
            prompt: cell.prompt_tokens,
            cached: cell.cached_tokens,
            completion: cell.completion_tokens,
            state: cell.state,
        }
    }

    fn cell(self) -> Cell {
        Cell {
            state: self.state,
            score: self.state.is_answered().then_some(self.score),
            answer: (self.answer != NO_ANSWER).then_some(self.answer),
            latency_ms: self.latency_ms,
            prompt_tokens: self.prompt,
            cached_tokens: self.cached,
            completion_tokens: self.completion,
        }
    }
}

/// What a cell holds most often, over its samples. Errors and truncated answers are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Top {
    /// Nothing yet.
    #[default]
    Nothing,
    /// This answer.
    Answer(AnswerId),
    /// A metric that reads no answer: this score, as bits.
    Score(u32),
    /// An answer that the metric could not read.
    Unreadable,
    /// A refusal.
    Refused,
}

/// The samples of one wording on one row, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Summary {
    /// The most frequent answer; the first to come where several are as frequent.
    pub top: Top,
    /// How often it came.
    pub k: usize,
    /// Samples with an answer, truncated ones left out.
    pub answered: usize,
    /// Distinct answers.
    pub kinds: usize,
    /// Samples on their way.
    pub running: usize,
    /// Truncated answers.
    pub truncated: usize,
    /// Failed samples.
    pub failed: usize,
    /// Why the last of them failed.
    pub failure: Option<crate::model::FailureKind>,
    /// Mean score of the answered ones.
    pub score: Option<f32>,
    /// Mean latency of the answered ones.
    pub latency_ms: f32,
    /// Prompt tokens of all samples.
    pub prompt_tokens: u64,
    /// Completion tokens of all samples.
    pub completion_tokens: u64,
}

impl Summary {
    /// Right in all samples answered (`Some(true)`), wrong in all, or neither.
    pub fn right(&self) -> Option<bool> {
        match self.score? {
            s if s >= 1.0 - 1e-6 => Some(true),
            s if s <= 1e-6 => Some(false),
            _ => None,
        }
    }
}

/// The cells, for reading. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    variants: usize,
    rows: usize,
    samples: usize,
    per_chunk: usize,
    chunks: Vec<Option<Arc<Vec<Packed>>>>,
    answers: Vec<Arc<Vec<Arc<str>>>>,
}

impl Cells {
    /// Number of variants.
    pub fn variants(&self) -> usize {
        self.variants
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of samples a cell.
    pub fn samples(&self) -> usize {
        self.samples
    }

    fn place(&self, variant: usize, row: usize) -> (usize, usize) {
        let at = row % self.per_chunk;
        (
            row / self.per_chunk,
            (at * self.variants + variant) * self.samples,
        )
    }

    /// The samples of a cell; empty where none came yet or there is no such cell.
    fn samples_of(&self, variant: usize, row: usize) -> &[Packed] {
        if variant >= self.variants || row >= self.rows {
            return &[];
        }
        let (chunk, at) = self.place(variant, row);
        match self.chunks.get(chunk) {
            Some(Some(chunk)) => chunk.get(at..at + self.samples).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// One sample of a cell.
    pub fn cell(&self, variant: usize, row: usize, sample: usize) -> Cell {
        self.samples_of(variant, row)
            .get(sample)
            .copied()
            .unwrap_or(Packed::EMPTY)
            .cell()
    }

    /// The text of an answer.
    pub fn answer_text(&self, answer: AnswerId) -> &str {
        let at = answer as usize;
        self.answers
            .get(at / CHUNK)
            .and_then(|chunk| chunk.get(at % CHUNK))
            .map_or("", |text| text)
    }

    /// A cell's samples, counted.
    pub fn summary(&self, variant: usize, row: usize) -> Summary {
        let mut sum = Summary::default();
        let (mut score, mut latency) = (0.0f64, 0.0f64);
        let mut kinds: Vec<(Top, usize)> = Vec::new();
        for cell in self.samples_of(variant, row) {
            sum.prompt_tokens += u64::from(cell.prompt);
            sum.completion_tokens += u64::from(cell.completion);
            let top = match cell.state {
                CellState::Pending => continue,
                CellState::Running => {
                    sum.running += 1;
                    continue;
                }
                CellState::Failed(kind) => {
                    sum.failed += 1;
                    sum.failure = Some(kind);
                    continue;
                }
                CellState::Truncated => {
                    sum.truncated += 1;
                    score += f64::from(cell.score);
                    latency += f64::from(cell.latency_ms);
                    continue;
                }
                CellState::Scored if cell.answer != NO_ANSWER => Top::Answer(cell.answer),
                CellState::Scored => Top::Score(cell.score.to_bits()),
                CellState::Unreadable => Top::Unreadable,
                CellState::Refused => Top::Refused,
            };
            sum.answered += 1;
            score += f64::from(cell.score);
            latency += f64::from(cell.latency_ms);
            match kinds.iter_mut().find(|(t, _)| *t == top) {
                Some((_, n)) => *n += 1,
                None => kinds.push((top, 1)),
            }
        }
        let n = sum.answered + sum.truncated;
        if n > 0 {
            sum.score = Some((score / n as f64) as f32);
            sum.latency_ms = (latency / n as f64) as f32;
        }
        sum.kinds = kinds.len();
        for (top, k) in kinds {
            if k > sum.k {
                (sum.top, sum.k) = (top, k);
            }
        }
        sum
    }

    /// The same as a grid, for the analysis.
    pub fn to_grid(&self) -> Grid {
        let mut grid = Grid::new(self.variants, self.rows, self.samples);
        for text in self.answers.iter().flat_map(|chunk| chunk.iter()) {
            grid.intern(text);
        }
        for row in 0..self.rows {
            for variant in 0..self.variants {
                for (sample, cell) in self.samples_of(variant, row).iter().enumerate() {
                    if cell.state != CellState::Pending {
                        grid.set(variant, row, sample, cell.cell());
                    }
                }
            }
        }
        grid
    }
}

/// Sums over the samples of one variant.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Samples with an answer of any kind.
    pub answered: u64,
    /// Sum of their scores.
    pub score: f64,
    /// Failed ones.
    pub failed: u64,
    /// Unreadable, refused and truncated answers.
    pub unreadable: u64,
    /// Prompt tokens.
    pub prompt: u64,
    /// Of them cached.
    pub cached: u64,
    /// Completion tokens.
    pub completion: u64,
    /// Sum of latencies.
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
            CellState::Pending | CellState::Running => return,
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
    /// All cells pending.
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
        let Top::Answer(id) = sum.top else {
            panic!("{sum:?}")
        };
        assert_eq!(board.cells().answer_text(id), "bug");
        assert_eq!((sum.k, sum.answered, sum.kinds), (3, 5, 2));
        assert_eq!(sum.right(), None);
        assert!((sum.score.unwrap() - 0.6).abs() < 1e-6);
        assert_eq!(board.totals(1).answered, 5);
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
