//! The wordings that others are made from: their gains, the leader, and the specialists beside it.

use super::{CandidateId, CandidateState, Search};
use rand::RngExt;

impl Search {
    /// The one with the most gain over the start to be expected: the start, kept and adopted ones.
    pub fn leader(&self) -> CandidateId {
        let parents = self.parents();
        let expected = |c: CandidateId| match c {
            0 => 0.0,
            c => self.board.gain(c, 0).expected(),
        };
        let best = parents
            .into_iter()
            .max_by(|a, b| expected(*a).total_cmp(&expected(*b)).then(b.cmp(a)));
        best.unwrap_or(0)
    }

    /// Those that others may be made from.
    pub(super) fn parents(&self) -> Vec<CandidateId> {
        let may = |c: &CandidateId| {
            !matches!(
                self.board.candidates[*c].state,
                CandidateState::Racing | CandidateState::Dropped | CandidateState::Undecided
            )
        };
        (0..self.board.candidates.len()).filter(may).collect()
    }

    /// The leader more often than not, else one that is right where the leader is not.
    pub(super) fn parent(&mut self, leader: CandidateId) -> CandidateId {
        match self.rng.random::<f64>() < 0.6 {
            true => leader,
            false => self.specialist(leader).unwrap_or(leader),
        }
    }

    /// A kept wording, drawn by the rows on which it scores more than the leader (the Pareto front by rows of Agrawal et al. 2025
    /// draws alike).
    pub(super) fn specialist(&mut self, leader: CandidateId) -> Option<CandidateId> {
        let ahead = |c: CandidateId| {
            let (new, base) = (&self.board.candidates[c], &self.board.candidates[leader]);
            let places = 0..new.tried().min(base.tried());
            places
                .filter(
                    |at| matches!((new.score(*at), base.score(*at)), (Some(a), Some(b)) if a > b),
                )
                .count()
        };
        let others: Vec<(CandidateId, usize)> = (self.parents().into_iter())
            .filter(|c| *c != leader && *c != 0)
            .map(|c| (c, ahead(c)))
            .filter(|(_, rows)| *rows > 0)
            .collect();
        let all: usize = others.iter().map(|(_, rows)| rows).sum();
        if all == 0 {
            return None;
        }
        let mut at = self.rng.random_range(0..all);
        others
            .into_iter()
            .find(|(_, rows)| {
                let is = at < *rows;
                at = at.saturating_sub(*rows);
                is
            })
            .map(|(c, _)| c)
    }

    /// The wording to put before the sealed rows: the one with the most gain to be expected; the start where none has any.
    pub fn nominee(&self) -> CandidateId {
        self.leader()
    }
}
