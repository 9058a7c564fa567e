//! Before a search without new candidates ends: those that left the race early get more rows, while there are calls.

use super::{CandidateState, Search, search::Phase};

/// Chance to be better than the leader below which a candidate gets no more rows.
const LOST: f64 = 0.1;

impl Search {
    /// The dropped candidate with the most expected gain goes on to twice its rows, as long as the best few keep what they can use.
    pub(super) fn second_chance(&mut self) -> Option<Phase> {
        let (rows, leader) = (self.board.rows(), self.leader());
        let all = self.board.candidates().iter().enumerate();
        let unfinished = all.filter(|(_, candidate)| {
            candidate.state == CandidateState::Dropped && candidate.tried() < rows
        });
        let gains = unfinished.map(|(c, _)| (c, self.board.gain(c, leader)));
        let (best, _) = gains
            .filter(|(_, gain)| gain.chance_above(0.0) >= LOST)
            .max_by(|(a, x), (b, y)| x.expected().total_cmp(&y.expected()).then(b.cmp(a)))?;
        let from = self.board.candidates()[best].tried();
        let to = self
            .board
            .end_of_cluster((2 * from).max(Search::FIRST_STAGE));
        let finalists = self.finalists();
        // The start alone is needed no further than the race goes.
        let last = if finalists.len() > 1 { rows } else { to };
        if self.cost_up_to(to, &[best]) + self.cost_up_to(last, &finalists) > self.left() {
            return None;
        }
        self.board.candidates[best].state = CandidateState::Racing;
        Some(self.race(vec![best], from..to))
    }
}
