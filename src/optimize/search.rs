//! The search: what to try or ask next, given the scores so far.
//!
//! In rounds. A writer sees failures of a parent on feedback rows and proposes candidates. They race on selection rows, all on the
//! same ones in the same order: each stage doubles the rows and keeps those that may still win. A candidate is adopted when it is
//! better than the incumbent by a test that holds at every look, at its share of the error of the whole search. Others that
//! look good are kept as parents; nothing is claimed of them.
//!
//! Pure: for the same scores and proposals it takes the same steps, so that a stopped search is resumed by taking them again.

use super::{
    Board, Candidate, CandidateId, CandidateState, Evidence, PartSizes, Proposal, SearchSettings,
    Step,
};
use crate::stats::Stream;
use rand::SeedableRng;
use std::{collections::BTreeMap, ops::Range};

/// Failures that a writer is shown, and feedback rows that are tried at once to find some.
const FAILURES: usize = 5;
const FEEDBACK_BATCH: usize = 8;
/// Most feedback rows that are tried for one proposal.
const MOST_FEEDBACK: usize = 24;
/// Chance to be better than the leader below which a candidate leaves the race, from the second stage on; a tie stays.
const HOPELESS: f64 = 0.5;
/// Chance to be better than the start from which a candidate is kept as a parent.
const PROMISING: f64 = 0.6;
/// Most of the calls that are left for the last comparison of the best few, as a share, and how few.
const FINAL_SHARE: f64 = 0.15;
const FINALISTS: usize = 4;
/// The search ends after so many rounds in a row without a new candidate.
const MOST_BARREN: usize = 5;
/// Every so many rounds two wordings are merged.
const MERGE_EVERY: usize = 3;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phase {
    /// A round begins.
    Begin,
    /// Failures of these are looked for.
    Failures(Vec<CandidateId>),
    /// These are in the race; they and those that they are compared with are tried up to the end of the stage.
    Race {
        alive: Vec<CandidateId>,
        beside: Vec<CandidateId>,
        stage: Range<usize>,
    },
    /// The best few meet on more rows, up to this place.
    Final {
        finalists: Vec<CandidateId>,
        to: usize,
    },
    End,
}

/// A search and all that it has seen.
#[derive(Debug)]
pub struct Search {
    settings: SearchSettings,
    pub(super) board: Board,
    pub(super) incumbent: CandidateId,
    feedback_rows: usize,
    /// Scores on feedback rows, by candidate, and how many of its failures were shown.
    feedback: BTreeMap<CandidateId, (Vec<Option<f64>>, usize)>,
    phase: Phase,
    round: usize,
    barren: usize,
    spent: u64,
    pub(super) rng: Stream,
}

impl Search {
    /// Selection rows of the first stage of a race; a cluster is tried whole.
    pub const FIRST_STAGE: usize = 10;

    /// Calls without which a search ends before anything is known of a candidate: failures are looked for, start and candidates are
    /// tried on the rows of the first stage, and as many pairs on the next ones; a share is left for the best few.
    pub fn least_calls(rows: &PartSizes, samples: u64) -> u64 {
        let stages = rows.selection.min(2 * Search::FIRST_STAGE);
        let pairs = rows.feedback.min(MOST_FEEDBACK) + (SearchSettings::PER_ROUND + 1) * stages;
        (pairs as f64 * samples as f64 / (1.0 - FINAL_SHARE)).ceil() as u64
    }

    /// `clusters`: of each selection row, in the order in which they are tried; those of a cluster stand together.
    pub fn new(settings: SearchSettings, clusters: Vec<u32>, feedback_rows: usize) -> Search {
        Search {
            settings,
            board: Board::new(clusters),
            incumbent: 0,
            feedback_rows,
            feedback: BTreeMap::new(),
            phase: Phase::Begin,
            round: 0,
            barren: 0,
            spent: 0,
            rng: Stream::seed_from_u64(settings.seed ^ 0x6f70_7469_6d69_7a65),
        }
    }

    /// The same with other calls, before its first step.
    pub(super) fn set_calls(&mut self, calls: u64) {
        self.settings.calls = calls;
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The start, or the candidate that was adopted last.
    pub fn incumbent(&self) -> CandidateId {
        self.incumbent
    }

    /// Calls for trials so far.
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// Most candidates: as many as the calls carry to 25 rows each.
    pub fn most_candidates(&self) -> usize {
        let first = Search::FIRST_STAGE as u64 * self.settings.samples * 5 / 2;
        (self.settings.calls / first.max(1)).max(1) as usize
    }

    /// Calls of a step.
    fn cost(&self, step: &Step) -> u64 {
        let pairs = match step {
            Step::Select { candidates, places } => candidates.len() * places.len(),
            Step::Feedback { places, .. } => places.len(),
            Step::Propose(_) | Step::End => 0,
        };
        pairs as u64 * self.settings.samples
    }

    /// Those that a race is held beside: the start, the incumbent and the leader.
    pub(super) fn race(&self, alive: Vec<CandidateId>, stage: Range<usize>) -> Phase {
        Phase::Race {
            alive,
            beside: vec![0, self.incumbent, self.leader()],
            stage,
        }
    }

    pub(super) fn left(&self) -> u64 {
        self.settings.calls.saturating_sub(self.spent)
    }

    /// The next step. What it asks for is handed back by the `take_…` that fits, before the next is asked for.
    pub fn step(&mut self) -> Step {
        loop {
            match self.phase.clone() {
                Phase::End => return Step::End,
                Phase::Begin => self.phase = self.begin(),
                Phase::Failures(parents) => {
                    let step = self.look_for_failures(parents);
                    if self.cost(&step) <= self.left() {
                        return step;
                    }
                    self.phase = self.last();
                }
                Phase::Race {
                    alive,
                    beside,
                    stage,
                } => {
                    let all = beside.iter().chain(&alive).copied().collect();
                    match self.board.behind(all, stage.end) {
                        Some(step) if self.cost(&step) <= self.left() => return step,
                        Some(_) => {
                            self.retire(alive, CandidateState::Undecided);
                            self.phase = self.last();
                        }
                        None => self.phase = self.judge(alive, stage),
                    }
                }
                Phase::Final { finalists, to } => match self.board.behind(finalists, to) {
                    Some(step) => return step,
                    None => {
                        self.adopt_the_shown();
                        self.phase = Phase::End;
                    }
                },
            }
        }
    }

    /// A round begins, or the search comes to its end.
    fn begin(&mut self) -> Phase {
        let reserve = self.reserve();
        let round = (self.settings.per_round * Search::FIRST_STAGE) as u64 * self.settings.samples;
        let is_full = self.board.candidates.len() > self.most_candidates();
        if self.left() < reserve + round || is_full {
            return self.last();
        }
        if self.barren == MOST_BARREN {
            return self.second_chance().unwrap_or_else(|| self.last());
        }
        self.round += 1;
        let leader = self.leader();
        let mut parents = vec![self.parent(leader)];
        if self.round.is_multiple_of(MERGE_EVERY)
            && let Some(other) = self.specialist(leader)
        {
            parents = vec![leader, other];
        }
        Phase::Failures(parents)
    }

    /// The next feedback rows, until there are failures enough to show.
    fn look_for_failures(&mut self, parents: Vec<CandidateId>) -> Step {
        let parent = parents[0];
        let threshold = self.settings.threshold;
        let (scores, shown) = self.feedback.entry(parent).or_default();
        let failed = |score: &Option<f64>| score.is_some_and(|score| score < threshold);
        let fresh: Vec<usize> = (*shown..scores.len())
            .filter(|at| failed(&scores[*at]))
            .collect();
        let most = (*shown + MOST_FEEDBACK).min(self.feedback_rows);
        if fresh.len() < FAILURES && scores.len() < most {
            let to = (scores.len() + FEEDBACK_BATCH).min(most);
            return Step::Feedback {
                candidate: parent,
                places: scores.len()..to,
            };
        }
        let mut failures: Vec<usize> = fresh;
        if failures.len() < FAILURES {
            // Shown before, the earliest first.
            failures.extend((0..*shown).filter(|at| failed(&scores[*at])));
        }
        failures.truncate(FAILURES);
        *shown = scores.len();
        Step::Propose(Proposal {
            round: self.round,
            wanted: match parents.len() {
                1 => self
                    .settings
                    .per_round
                    .min(self.most_candidates() + 1 - self.board.candidates.len()),
                _ => 1,
            },
            parents,
            failures,
        })
    }

    /// After a stage: who is adopted, who leaves, and how far the others go.
    fn judge(&mut self, mut alive: Vec<CandidateId>, stage: Range<usize>) -> Phase {
        self.adopt_the_shown();
        alive.retain(|c| self.board.candidates[*c].state == CandidateState::Racing);
        let leader = self.leader();
        let gains: BTreeMap<CandidateId, Evidence> = alive
            .iter()
            .map(|c| (*c, self.board.gain(*c, leader)))
            .collect();
        alive.sort_by(|a, b| gains[b].mean.total_cmp(&gains[a].mean).then(a.cmp(b)));
        let stays = |c: &CandidateId| match stage.start {
            0 => gains[c].mean >= 0.0,
            _ => gains[c].chance_above(0.0) >= HOPELESS,
        };
        let most = alive.len().div_ceil(2);
        let (mut stay, mut go): (Vec<CandidateId>, Vec<CandidateId>) =
            alive.into_iter().partition(stays);
        if stage.start == 0 || stay.len() > 1 {
            go.extend(stay.split_off(most.min(stay.len())));
        }
        self.retire(go, CandidateState::Dropped);
        let reserve = self.reserve();
        let rows = self.board.rows();
        let to = self.board.end_of_cluster(2 * stage.end).min(rows);
        let cost = (stay.len() as u64 + 3) * (to - stage.end) as u64 * self.settings.samples;
        if stay.is_empty() || stage.end >= rows {
            self.retire(stay, CandidateState::Dropped);
            return Phase::Begin;
        }
        if self.left() < reserve + cost {
            self.retire(stay, CandidateState::Undecided);
            return Phase::Begin;
        }
        self.race(stay, stage.end..to)
    }

    /// End it, as no more may be spent: what was seen is judged, and those in the race leave it.
    pub fn close(&mut self) {
        self.adopt_the_shown();
        let racing = |c: &CandidateId| self.board.candidates[*c].state == CandidateState::Racing;
        let racing = (0..self.board.candidates.len()).filter(racing).collect();
        self.retire(racing, CandidateState::Undecided);
        self.phase = Phase::End;
    }

    /// Out of the race: kept as a parent where it looks good, else as `otherwise` has it.
    fn retire(&mut self, candidates: Vec<CandidateId>, otherwise: CandidateState) {
        for c in candidates {
            let is_promising = self.board.candidates[c].tried() > Search::FIRST_STAGE
                && self.board.gain(c, 0).chance_above(0.0) >= PROMISING;
            self.board.candidates[c].state = match is_promising {
                true => CandidateState::Kept,
                false => otherwise,
            };
        }
    }

    /// Adopt the one that is shown to be better than the incumbent; the one with the most gain, where several are.
    fn adopt_the_shown(&mut self) {
        loop {
            // Each candidate has an equal share of the error, and each incumbent that they are compared with half of the rest.
            let adopted = self
                .board
                .candidates
                .iter()
                .filter(|c| c.state == CandidateState::Adopted);
            let share = 0.5f64.powi(adopted.count() as i32 + 1);
            let alpha = self.settings.alpha * share / self.most_candidates() as f64;
            let shown = (1..self.board.candidates.len()).filter(|c| {
                let state = self.board.candidates[*c].state;
                matches!(state, CandidateState::Racing | CandidateState::Kept)
            });
            let shown = shown
                .map(|c| (c, self.board.gain(c, self.incumbent)))
                .filter(|(_, gain)| gain.is_better(alpha))
                .max_by(|a, b| a.1.expected().total_cmp(&b.1.expected()));
            let Some((best, _)) = shown else { return };
            self.board.candidates[best].state = CandidateState::Adopted;
            self.incumbent = best;
        }
    }

    /// Those that meet at the end: the start, the incumbent, and the best few.
    pub(super) fn finalists(&self) -> Vec<CandidateId> {
        let mut best: Vec<(CandidateId, f64)> = (self.parents().into_iter())
            .filter(|c| *c != 0)
            .map(|c| (c, self.board.gain(c, 0).expected()))
            .collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(FINALISTS);
        let mut finalists = vec![0, self.incumbent];
        finalists.extend(best.iter().map(|(c, _)| *c));
        finalists.sort_unstable();
        finalists.dedup();
        finalists
    }

    /// Calls that bring these up to a place of the order.
    pub(super) fn cost_up_to(&self, to: usize, candidates: &[CandidateId]) -> u64 {
        let rows: usize = (candidates.iter())
            .map(|c| to.saturating_sub(self.board.candidates[*c].tried()))
            .sum();
        rows as u64 * self.settings.samples
    }

    /// Calls that are left for the end: what the best few can still use, up to a share.
    fn reserve(&self) -> u64 {
        let most = (FINAL_SHARE * self.settings.calls as f64) as u64;
        most.min(self.cost_up_to(self.board.rows(), &self.finalists()))
    }

    /// The best few on as many rows as the calls allow.
    fn last(&mut self) -> Phase {
        let finalists = self.finalists();
        if finalists.len() == 1 {
            return Phase::End;
        }
        let to = (1..=self.board.rows()).rev().find(|to| {
            self.cost_up_to(*to, &finalists) <= self.left() && self.board.end_of_cluster(*to) == *to
        });
        Phase::Final {
            finalists,
            to: to.unwrap_or(0),
        }
    }

    /// Scores of a [`Step::Select`]: of each candidate at each place.
    pub fn take_scores(&mut self, candidates: &[CandidateId], scores: Vec<Vec<Option<f64>>>) {
        for (c, scores) in candidates.iter().zip(scores) {
            self.spent += scores.len() as u64 * self.settings.samples;
            self.board.candidates[*c].push(scores);
        }
    }

    /// Scores of a [`Step::Feedback`].
    pub fn take_feedback(&mut self, candidate: CandidateId, scores: Vec<Option<f64>>) {
        self.spent += scores.len() as u64 * self.settings.samples;
        self.feedback.entry(candidate).or_default().0.extend(scores);
    }

    /// How many candidates came of a [`Step::Propose`]; their numbers.
    pub fn take_candidates(&mut self, proposal: &Proposal, n: usize) -> Range<CandidateId> {
        let from = self.board.candidates.len();
        let new = || Candidate::new(proposal.parents.clone(), self.round, CandidateState::Racing);
        self.board
            .candidates
            .extend(std::iter::repeat_with(new).take(n));
        let alive: Vec<CandidateId> = (from..from + n).collect();
        let to = self.board.end_of_cluster(Search::FIRST_STAGE);
        self.barren = match n {
            0 => self.barren + 1,
            _ => 0,
        };
        self.phase = match n {
            0 => Phase::Begin,
            _ => self.race(alive, 0..to),
        };
        from..from + n
    }
}
