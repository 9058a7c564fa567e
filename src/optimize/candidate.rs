//! A wording in the search: where it came from, what it scored, what became of it.

use serde::{Deserialize, Serialize};

/// A wording in the search, by its number: 0 is the start.
pub type CandidateId = usize;

/// The name of a candidate: `start`, `c12`.
pub fn candidate_name(c: CandidateId) -> String {
    match c {
        0 => "start".into(),
        c => format!("c{c}"),
    }
}

/// What became of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateState {
    /// The wording that was there before.
    Start,
    /// In the race of its round.
    Racing,
    /// Not shown to be better, and good enough to make others from.
    Kept,
    /// Better than the incumbent, at the level of the whole search.
    Adopted,
    /// It can hardly win any more.
    Dropped,
    /// Tried to see what its pieces do.
    Screened,
    /// Calls or money left no room for the rows that would have decided.
    Undecided,
}

impl CandidateState {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            CandidateState::Start => "start",
            CandidateState::Racing => "in the race",
            CandidateState::Kept => "kept",
            CandidateState::Adopted => "adopted",
            CandidateState::Dropped => "dropped",
            CandidateState::Screened => "screened",
            CandidateState::Undecided => "undecided",
        }
    }
}

/// A wording in the search.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it was made from: nothing, one wording, or two that were merged.
    pub parents: Vec<CandidateId>,
    /// The round that it came up in, from 1; 0 of the start.
    pub round: usize,
    pub state: CandidateState,
    /// Its score at each place of the order of the selection rows, as far as it was tried; `None` where it has none.
    scores: Vec<Option<f64>>,
}

impl Candidate {
    pub(super) fn new(parents: Vec<CandidateId>, round: usize, state: CandidateState) -> Candidate {
        Candidate {
            parents,
            round,
            state,
            scores: Vec::new(),
        }
    }

    /// Selection rows that it was tried on: the first of the order.
    pub fn tried(&self) -> usize {
        self.scores.len()
    }

    /// Score at a place of the order.
    pub fn score(&self, place: usize) -> Option<f64> {
        self.scores.get(place).copied().flatten()
    }

    /// Mean score over the rows with one.
    pub fn mean(&self) -> Option<f64> {
        let known: Vec<f64> = self.scores.iter().flatten().copied().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }

    pub(super) fn push(&mut self, scores: impl IntoIterator<Item = Option<f64>>) {
        self.scores.extend(scores);
    }
}
