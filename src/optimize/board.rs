//! The wordings of a search with their scores, and what these say about the gain of one over another.

use super::{Candidate, CandidateId, CandidateState, Evidence, Step};

/// The wordings of a search, tried on selection rows in one order.
#[derive(Debug)]
pub struct Board {
    pub(super) candidates: Vec<Candidate>,
    /// The cluster at each place of the order of selection rows; equal ones stand together.
    clusters: Vec<u32>,
    largest: f64,
}

impl Board {
    /// `clusters`: of each selection row, in the order in which they are tried; those of a cluster stand together.
    pub(super) fn new(clusters: Vec<u32>) -> Board {
        let largest = clusters.chunk_by(|a, b| a == b).map(<[u32]>::len).max();
        Board {
            candidates: vec![Candidate::new(Vec::new(), 0, CandidateState::Start)],
            clusters,
            largest: largest.unwrap_or(1) as f64,
        }
    }

    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Selection rows.
    pub(super) fn rows(&self) -> usize {
        self.clusters.len()
    }

    /// What the scores say about the gain of one over another, on the rows that both were tried on.
    pub fn gain(&self, new: CandidateId, base: CandidateId) -> Evidence {
        let (new, base) = (&self.candidates[new], &self.candidates[base]);
        let most = new.tried().min(base.tried());
        let mut units = Vec::new();
        let mut from = 0;
        for cluster in self.clusters[..most].chunk_by(|a, b| a == b) {
            let to = from + cluster.len();
            let known = (from..to).filter_map(|at| Some(new.score(at)? - base.score(at)?));
            let (sum, n) = known.fold((0.0, 0.0), |(sum, n), d| (sum + d, n + 1.0));
            if n > 0.0 {
                units.push((sum / n, n / self.largest));
            }
            from = to;
        }
        Evidence::of(units)
    }

    /// The place where the cluster that a place is in ends.
    pub(super) fn end_of_cluster(&self, place: usize) -> usize {
        let mut to = place.min(self.clusters.len());
        while to > 0 && to < self.clusters.len() && self.clusters[to] == self.clusters[to - 1] {
            to += 1;
        }
        to
    }

    /// Those of these that were tried least, up to a place: the step that brings them on.
    pub(super) fn behind(&self, mut candidates: Vec<CandidateId>, to: usize) -> Option<Step> {
        candidates.sort_unstable();
        candidates.dedup();
        let tried = |c: &CandidateId| self.candidates[*c].tried();
        let from = candidates.iter().map(tried).min()?;
        if from >= to {
            return None;
        }
        candidates.retain(|c| tried(c) == from);
        // They stop where one that is ahead stands, to go on with it.
        let ahead = self.candidates.iter().map(Candidate::tried);
        let next = ahead.filter(|tried| *tried > from && *tried < to).min();
        Some(Step::Select {
            candidates,
            places: from..next.unwrap_or(to),
        })
    }
}
