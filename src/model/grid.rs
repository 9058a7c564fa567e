//! The scores of one model's part of a run: variants × rows × samples, in columns, without texts.

use super::{Completion, FailureKind, FinishReason, Outcome, Score, TrialRecord};
use std::collections::HashMap;

/// Index of an answer in [`Grid::answers`].
pub type AnswerId = u32;

const NO_ANSWER: AnswerId = AnswerId::MAX;

/// What is known of a cell of the grid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CellState {
    #[default]
    Pending,
    Running,
    /// Answered, and the main metric read an answer.
    Scored,
    /// Answered, but the main metric found no answer in it.
    Unreadable,
    Refused,
    /// The answer was cut at `max_tokens` and no answer was read.
    Truncated,
    /// Answered, but the main metric has no score for it: it was not asked yet, or could not say.
    Unscored,
    /// No answer, for this reason.
    Failed(FailureKind),
}

impl CellState {
    /// Whether an answer came, readable or not, and was scored: such cells have a score.
    pub fn is_answered(self) -> bool {
        matches!(
            self,
            CellState::Scored | CellState::Unreadable | CellState::Refused | CellState::Truncated
        )
    }

    /// The state of a cell whose trial came to this.
    pub fn of(record: &TrialRecord) -> CellState {
        match &record.outcome {
            Outcome::Failed(failure) => CellState::Failed(failure.kind),
            Outcome::Completed(completion) => answered_state(completion, record.scores.main()),
        }
    }

    /// A stable number for the store: 0 to 4 for answers, 16 and more for failures by kind.
    pub fn number(self) -> u8 {
        match self {
            CellState::Pending | CellState::Running => u8::MAX,
            CellState::Scored => 0,
            CellState::Unreadable => 1,
            CellState::Refused => 2,
            CellState::Truncated => 3,
            CellState::Unscored => 4,
            CellState::Failed(kind) => {
                let at = FailureKind::ALL.iter().position(|k| *k == kind);
                16 + at.unwrap_or(0) as u8
            }
        }
    }

    /// The state of that number; `Pending` where there is none.
    pub fn from_number(number: u8) -> CellState {
        match number {
            0 => CellState::Scored,
            1 => CellState::Unreadable,
            2 => CellState::Refused,
            3 => CellState::Truncated,
            4 => CellState::Unscored,
            16.. => FailureKind::ALL
                .get(usize::from(number) - 16)
                .map_or(CellState::Pending, |kind| CellState::Failed(*kind)),
            _ => CellState::Pending,
        }
    }
}

/// One cell, by value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub state: CellState,
    /// Main score in [0, 1]; `None` unless answered.
    pub score: Option<f32>,
    /// What was read, where something was.
    pub answer: Option<AnswerId>,
    /// Latency of the answer.
    pub latency_ms: f32,
    /// Prompt tokens.
    pub prompt_tokens: u32,
    /// Prompt tokens that were cached.
    pub cached_tokens: u32,
    /// Completion tokens.
    pub completion_tokens: u32,
}

/// Scores of one model: variants × rows × samples. A cell is 29 bytes.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    variants: usize,
    rows: usize,
    samples: usize,
    state: Vec<CellState>,
    score: Vec<f32>,
    answer: Vec<AnswerId>,
    latency_ms: Vec<f32>,
    prompt_tokens: Vec<u32>,
    cached_tokens: Vec<u32>,
    completion_tokens: Vec<u32>,
    answers: Vec<String>,
    answer_ids: HashMap<String, AnswerId>,
}

impl Grid {
    /// An empty grid of that shape, every cell pending.
    pub fn new(variants: usize, rows: usize, samples: usize) -> Grid {
        let cells = variants * rows * samples;
        Grid {
            variants,
            rows,
            samples,
            state: vec![CellState::Pending; cells],
            score: vec![f32::NAN; cells],
            answer: vec![NO_ANSWER; cells],
            latency_ms: vec![0.0; cells],
            prompt_tokens: vec![0; cells],
            cached_tokens: vec![0; cells],
            completion_tokens: vec![0; cells],
            answers: Vec::new(),
            answer_ids: HashMap::new(),
        }
    }

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

    /// The distinct answers read so far; an [`AnswerId`] is an index into it.
    pub fn answers(&self) -> &[String] {
        &self.answers
    }

    /// Main scores, `(variant · rows + row) · samples + sample`; NaN where there is none.
    pub fn scores(&self) -> &[f32] {
        &self.score
    }

    fn at(&self, variant: usize, row: usize, sample: usize) -> usize {
        debug_assert!(variant < self.variants && row < self.rows && sample < self.samples);
        (variant * self.rows + row) * self.samples + sample
    }

    pub fn cell(&self, variant: usize, row: usize, sample: usize) -> Cell {
        let i = self.at(variant, row, sample);
        Cell {
            state: self.state[i],
            score: self.state[i].is_answered().then_some(self.score[i]),
            answer: (self.answer[i] != NO_ANSWER).then_some(self.answer[i]),
            latency_ms: self.latency_ms[i],
            prompt_tokens: self.prompt_tokens[i],
            cached_tokens: self.cached_tokens[i],
            completion_tokens: self.completion_tokens[i],
        }
    }

    /// The main score of a cell alone; `None` unless answered.
    pub fn score(&self, variant: usize, row: usize, sample: usize) -> Option<f32> {
        let i = self.at(variant, row, sample);
        self.state[i].is_answered().then_some(self.score[i])
    }

    /// The text of an answer.
    pub fn answer_text(&self, answer: AnswerId) -> &str {
        self.answers.get(answer as usize).map_or("", String::as_str)
    }

    /// Mark a cell as on its way (or, with `Pending`, as not).
    pub fn set_state(&mut self, variant: usize, row: usize, sample: usize, state: CellState) {
        let i = self.at(variant, row, sample);
        self.state[i] = state;
    }

    /// The number for an answer, a new one if it was not seen before.
    pub fn intern(&mut self, answer: &str) -> AnswerId {
        if let Some(&id) = self.answer_ids.get(answer) {
            return id;
        }
        let id = self.answers.len() as AnswerId;
        self.answers.push(answer.to_owned());
        self.answer_ids.insert(answer.to_owned(), id);
        id
    }

    pub fn set(&mut self, variant: usize, row: usize, sample: usize, cell: Cell) {
        let i = self.at(variant, row, sample);
        self.state[i] = cell.state;
        self.score[i] = cell.score.unwrap_or(f32::NAN);
        self.answer[i] = cell.answer.unwrap_or(NO_ANSWER);
        self.latency_ms[i] = cell.latency_ms;
        self.prompt_tokens[i] = cell.prompt_tokens;
        self.cached_tokens[i] = cell.cached_tokens;
        self.completion_tokens[i] = cell.completion_tokens;
    }

    /// Write a finished trial of this grid's model into its cell.
    pub fn record(&mut self, record: &TrialRecord) {
        let (variant, row, sample) = (
            record.id.variant as usize,
            record.id.row as usize,
            record.id.sample as usize,
        );
        let cell = match &record.outcome {
            Outcome::Failed(failure) => Cell {
                state: CellState::Failed(failure.kind),
                score: None,
                answer: None,
                latency_ms: 0.0,
                prompt_tokens: 0,
                cached_tokens: 0,
                completion_tokens: 0,
            },
            Outcome::Completed(completion) => {
                let score = record.scores.main();
                let answer = score
                    .and_then(|score| score.answer.as_deref())
                    .map(|a| self.intern(a));
                Cell {
                    state: answered_state(completion, score),
                    score: Some(score.map_or(0.0, |score| score.value)).filter(|s| !s.is_nan()),
                    answer,
                    latency_ms: completion.latency_ms as f32,
                    prompt_tokens: completion.usage.prompt.min(u64::from(u32::MAX)) as u32,
                    cached_tokens: completion.usage.cached.min(u64::from(u32::MAX)) as u32,
                    completion_tokens: completion.usage.completion.min(u64::from(u32::MAX)) as u32,
                }
            }
        };
        self.set(variant, row, sample, cell);
    }
}

fn answered_state(completion: &Completion, main: Option<&Score>) -> CellState {
    if main.is_some_and(Score::is_missing) {
        CellState::Unscored
    } else if !main.is_some_and(|score| score.unreadable) {
        CellState::Scored
    } else if completion.refusal.is_some() || completion.finish == FinishReason::ContentFilter {
        CellState::Refused
    } else if completion.finish == FinishReason::Length {
        CellState::Truncated
    } else {
        CellState::Unreadable
    }
}
