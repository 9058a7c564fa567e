//! The cells of one model, for reading: written by events, read by drawings, shared with jobs.
//!
//! Cells lie row by row in chunks that are copied only when they are written while a job still reads them, so handing a
//! grid of millions of cells to a job costs nothing on the thread that draws. Knows no texts but answers.

use crate::outcome::{AnswerId, Cell, CellState, Grid};
use std::sync::Arc;

const NO_ANSWER: AnswerId = AnswerId::MAX;

/// Cells in a chunk, about.
pub(super) const CHUNK: usize = 8192;

#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    pub(super) score: f32,
    pub(super) answer: AnswerId,
    pub(super) latency_ms: f32,
    pub(super) prompt: u32,
    pub(super) cached: u32,
    pub(super) completion: u32,
    pub(super) state: CellState,
}

impl Packed {
    pub(super) const EMPTY: Packed = Packed {
        score: f32::NAN,
        answer: NO_ANSWER,
        latency_ms: 0.0,
        prompt: 0,
        cached: 0,
        completion: 0,
        state: CellState::Pending,
    };

    pub(super) fn of(cell: Cell) -> Packed {
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
pub enum MajorityAnswer {
    #[default]
    Nothing,
    Answer(AnswerId),
    /// A metric that reads no answer: this score, as bits.
    Score(u32),
    /// An answer that the metric could not read.
    Unreadable,
    Refused,
}

/// The samples of one wording on one row, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CellSummary {
    /// The most frequent answer; the first to come where several are as frequent.
    pub top: MajorityAnswer,
    /// How often it came.
    pub k: usize,
    /// Samples with an answer, truncated ones left out.
    pub answered: usize,
    pub kinds: usize,
    /// Samples on their way.
    pub running: usize,
    pub truncated: usize,
    /// Samples with an answer that has no score.
    pub unscored: usize,
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

impl CellSummary {
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
    pub(super) variants: usize,
    pub(super) rows: usize,
    pub(super) samples: usize,
    pub(super) per_chunk: usize,
    pub(super) chunks: Vec<Option<Arc<Vec<Packed>>>>,
    pub(super) answers: Vec<Arc<Vec<Arc<str>>>>,
}

impl Cells {
    pub fn variants(&self) -> usize {
        self.variants
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of samples a cell.
    pub fn samples(&self) -> usize {
        self.samples
    }

    pub(super) fn place(&self, variant: usize, row: usize) -> (usize, usize) {
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
    pub fn summary(&self, variant: usize, row: usize) -> CellSummary {
        let mut sum = CellSummary::default();
        let (mut score, mut latency) = (0.0f64, 0.0f64);
        let mut kinds: Vec<(MajorityAnswer, usize)> = Vec::new();
        for cell in self.samples_of(variant, row) {
            sum.prompt_tokens += u64::from(cell.prompt);
            sum.completion_tokens += u64::from(cell.completion);
            let top = match cell.state {
                CellState::Pending => continue,
                CellState::Unscored => {
                    sum.unscored += 1;
                    continue;
                }
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
                CellState::Scored if cell.answer != NO_ANSWER => {
                    MajorityAnswer::Answer(cell.answer)
                }
                CellState::Scored => MajorityAnswer::Score(cell.score.to_bits()),
                CellState::Unreadable => MajorityAnswer::Unreadable,
                CellState::Refused => MajorityAnswer::Refused,
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

    /// Samples in the chunks that were written: what going through every score takes.
    pub fn held(&self) -> usize {
        self.chunks.iter().flatten().map(|chunk| chunk.len()).sum()
    }

    /// Every score that there is: variant, row, score.
    pub fn each_score(&self, mut take: impl FnMut(usize, usize, f32)) {
        for (i, chunk) in self.chunks.iter().enumerate() {
            for (at, cell) in chunk.iter().flat_map(|chunk| chunk.iter().enumerate()) {
                if cell.state.is_answered() {
                    let place = at / self.samples;
                    let row = i * self.per_chunk + place / self.variants;
                    take(place % self.variants, row, cell.score);
                }
            }
        }
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
