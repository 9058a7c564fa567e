//! What a search is after: a better wording, or the shortest one that is as good. Both try candidates on selection rows.

use super::{Board, CandidateId, Pieces, Search, Shortening, Step, regions::Texts};

/// A search of either kind.
#[derive(Debug)]
pub(super) enum Strategy {
    Better(Search),
    Shorter(Shortening, Pieces),
}

impl Strategy {
    pub(super) fn board(&self) -> &Board {
        match self {
            Strategy::Better(search) => search.board(),
            Strategy::Shorter(shortening, _) => shortening.board(),
        }
    }

    /// Calls for trials so far.
    pub(super) fn spent(&self) -> u64 {
        match self {
            Strategy::Better(search) => search.spent(),
            Strategy::Shorter(shortening, _) => shortening.spent(),
        }
    }

    pub(super) fn step(&mut self) -> Step {
        match self {
            Strategy::Better(search) => search.step(),
            Strategy::Shorter(shortening, _) => shortening.step(),
        }
    }

    /// End it before its own end, as no more may be spent.
    pub(super) fn close(&mut self) {
        match self {
            Strategy::Better(search) => search.close(),
            Strategy::Shorter(shortening, _) => shortening.close(),
        }
    }

    pub(super) fn take_scores(
        &mut self,
        candidates: &[CandidateId],
        scores: Vec<Vec<Option<f64>>>,
    ) {
        match self {
            Strategy::Better(search) => search.take_scores(candidates, scores),
            Strategy::Shorter(shortening, _) => shortening.take_scores(candidates, scores),
        }
    }

    /// The start, or the candidate that was accepted last.
    pub(super) fn incumbent(&self) -> CandidateId {
        match self {
            Strategy::Better(search) => search.incumbent(),
            Strategy::Shorter(shortening, _) => shortening.shortest(),
        }
    }

    /// The wording to put before the sealed rows; the start where there is none.
    pub(super) fn nominee(&self) -> CandidateId {
        match self {
            Strategy::Better(search) => search.nominee(),
            Strategy::Shorter(shortening, _) => shortening.shortest(),
        }
    }

    /// The difference to the start that selection promises of a candidate.
    pub(super) fn promised(&self, candidate: CandidateId) -> f64 {
        match (self, candidate) {
            (_, 0) => 0.0,
            (Strategy::Better(search), c) => search.board().gain(c, 0).expected(),
            (Strategy::Shorter(shortening, _), c) => shortening.board().gain(c, 0).mean,
        }
    }

    /// The texts of a candidate that the search made by itself, and what it leaves out; `None` of one that was written.
    pub(super) fn made(&self, candidate: CandidateId) -> Option<(Texts, String)> {
        let Strategy::Shorter(shortening, pieces) = self else {
            return None;
        };
        let has = shortening.pieces(candidate);
        let out = (1..).zip(has).filter(|(_, has)| !**has);
        let out: Vec<String> = out.map(|(number, _)| number.to_string()).collect();
        Some((pieces.texts(has), format!("leaves out {}", out.join(", "))))
    }
}
