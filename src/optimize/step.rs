//! The steps of a search, and what bounds it.

use super::CandidateId;
use std::ops::Range;

/// What bounds a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchSettings {
    pub seed: u64,
    /// Chance to adopt any candidate that is no better, over the whole search.
    pub alpha: f64,
    /// Most calls for trials, those on sealed rows not counted.
    pub calls: u64,
    /// Calls that a pair of wording and row takes: the samples.
    pub samples: u64,
    /// Candidates that are asked for in a round.
    pub per_round: usize,
    /// A row is a failure below this score.
    pub threshold: f64,
}

impl SearchSettings {
    /// Candidates that are asked for in a round.
    pub const PER_ROUND: usize = 4;
}

/// What the search wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Try each of these on the selection rows at these places of their order.
    Select {
        candidates: Vec<CandidateId>,
        places: Range<usize>,
    },
    /// Try one on the feedback rows at these places of their order.
    Feedback {
        candidate: CandidateId,
        places: Range<usize>,
    },
    /// Make candidates from a parent, or merge two.
    Propose(Proposal),
    End,
}

/// What a writer is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub round: usize,
    /// One wording to change, or two to merge.
    pub parents: Vec<CandidateId>,
    /// Places of feedback rows that the parents failed on.
    pub failures: Vec<usize>,
    pub wanted: usize,
}
