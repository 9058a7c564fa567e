//! The search for the shortest wording that is as good as the start: which pieces to leave out next, given the scores so far.
//!
//! First a screening: half of the pieces are left out at a time, which gives an estimate of what each does. Then deletion, from
//! the pieces that do least: a group of them is left out, and accepted when it is shown to be no more than the margin worse than the
//! start, and than the shortest wording accepted so far: by a test that holds at every look, or by one at the last row. A group that is not is halved;
//! a piece that cannot be left out alone stays. What has not been decided when the calls run out stays too, and is named.
//!
//! Pure, as [`Search`](super::Search) is: the same scores take the same steps.

use super::{
    Board, Candidate, CandidateId, CandidateState, Evidence, Step,
    evidence::critical,
    screening::{design, effects},
};
use serde::{Deserialize, Serialize};

/// Share of the calls for the screening, and the fewest rows that it is worth.
const SCREENING_SHARE: f64 = 0.35;
const LEAST_SCREENED: usize = 6;
/// Selection rows of the first stage of a test.
const FIRST_STAGE: usize = 20;
/// Chance to be within the margin below which a test is given up.
const HOPELESS: f64 = 0.1;
/// Standard deviation of the effects of pieces, before any is seen.
const PRIOR_DEVIATION: f64 = 0.05;
/// A piece is first left out with others where it is this likely to do less than half of the margin.
const LIKELY: f64 = 0.5;

/// What bounds a shortening.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShorteningSettings {
    /// Chance that a step accepts a wording that is worse by more than the margin, were its rows not those of the screening.
    pub alpha: f64,
    /// The loss that is accepted, in (0, 1).
    pub margin: f64,
    /// Most calls for trials, those on sealed rows not counted.
    pub calls: u64,
    /// Calls that a pair of wording and row takes: the samples.
    pub samples: u64,
}

impl ShorteningSettings {
    /// Calls without which nothing can be tried: the screening at its least, and one test.
    pub fn least_calls(pieces: usize, samples: u64) -> u64 {
        let runs = (pieces + 1).next_power_of_two();
        (runs * LEAST_SCREENED + 2 * FIRST_STAGE) as u64 * samples
    }

    /// Rows that can show a difference to be within the margin, at this one-sided level, where no answer changes: the score
    /// interval of paired proportions is then z² / (n + z²) wide to each side (Tango 1998).
    pub fn rows_needed(margin: f64, alpha: f64) -> usize {
        let z2 = critical(alpha).powi(2);
        (z2 * (1.0 - margin) / margin).ceil() as usize
    }
}

/// What having a piece does to the score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PieceEffect {
    /// Mean difference of scores over wordings that have half of the other pieces, and its standard error.
    pub effect: f64,
    pub error: f64,
}

impl PieceEffect {
    /// Shrunk towards none, by a normal prior of standard deviation 0.05.
    fn expected(&self) -> f64 {
        let prior = PRIOR_DEVIATION.powi(2);
        self.effect * prior / (prior + self.error.powi(2))
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// All runs of the design are tried up to this place.
    Screen {
        to: usize,
    },
    /// The next group is taken.
    Next,
    /// A candidate is tested, up to this place.
    Test {
        candidate: CandidateId,
        group: Vec<usize>,
        to: usize,
    },
    End,
}

/// A shortening and all that it has seen.
#[derive(Debug)]
pub struct Shortening {
    settings: ShorteningSettings,
    board: Board,
    /// Of each candidate, the pieces that it has.
    pieces: Vec<Vec<bool>>,
    design: Vec<Vec<bool>>,
    effects: Vec<PieceEffect>,
    /// Groups to leave out, the next last.
    queue: Vec<Vec<usize>>,
    shortest: CandidateId,
    phase: Phase,
    spent: u64,
}

impl Shortening {
    /// `clusters`: as of [`Search::new`](super::Search::new); a wording of so many pieces.
    pub fn new(settings: ShorteningSettings, clusters: Vec<u32>, pieces: usize) -> Shortening {
        let design = design(pieces);
        let mut board = Board::new(clusters);
        let screened = || Candidate::new(vec![0], 0, CandidateState::Screened);
        board
            .candidates
            .extend(std::iter::repeat_with(screened).take(design.len() - 1));
        let of_run = settings.calls as f64 * SCREENING_SHARE
            / (design.len() as u64 * settings.samples) as f64;
        let to = board.end_of_cluster((of_run as usize).clamp(LEAST_SCREENED, FIRST_STAGE * 4));
        Shortening {
            settings,
            pieces: design.clone(),
            design,
            effects: Vec::new(),
            queue: Vec::new(),
            shortest: 0,
            phase: Phase::Screen { to },
            spent: 0,
            board,
        }
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Which pieces a candidate has.
    pub fn pieces(&self, candidate: CandidateId) -> &[bool] {
        &self.pieces[candidate]
    }

    /// What each piece does, by the screening; none before its end.
    pub fn effects(&self) -> &[PieceEffect] {
        &self.effects
    }

    /// The start, or the shortest wording that was accepted.
    pub fn shortest(&self) -> CandidateId {
        self.shortest
    }

    /// Calls for trials so far.
    pub fn spent(&self) -> u64 {
        self.spent
    }

    fn cost(&self, step: &Step) -> u64 {
        match step {
            Step::Select { candidates, places } => {
                (candidates.len() * places.len()) as u64 * self.settings.samples
            }
            _ => 0,
        }
    }

    /// The next step: [`Step::Select`] or [`Step::End`]. Its scores are handed back by [`Shortening::take_scores`].
    pub fn step(&mut self) -> Step {
        loop {
            match self.phase.clone() {
                Phase::End => return Step::End,
                Phase::Screen { to } => {
                    let all: Vec<CandidateId> = (0..self.design.len()).collect();
                    match self.board.behind(all, to) {
                        Some(step) if self.cost(&step) <= self.left() => return step,
                        Some(_) => self.close(),
                        None => self.screened(to),
                    }
                }
                Phase::Next => self.phase = self.next(),
                Phase::Test {
                    candidate,
                    group,
                    to,
                } => {
                    let all = vec![0, self.shortest, candidate];
                    match self.board.behind(all, to) {
                        Some(step) if self.cost(&step) <= self.left() => return step,
                        Some(_) => self.close(),
                        None => self.phase = self.judge(candidate, group, to),
                    }
                }
            }
        }
    }

    fn left(&self) -> u64 {
        self.settings.calls.saturating_sub(self.spent)
    }

    /// End it: what the calls or the money leave no room for stays undecided.
    pub fn close(&mut self) {
        if let Phase::Test {
            candidate, group, ..
        } = std::mem::replace(&mut self.phase, Phase::End)
        {
            self.board.candidates[candidate].state = CandidateState::Undecided;
            self.queue.push(group);
        }
    }

    /// Of each piece, whether the search ended before a test decided that it is left out or stays; of none while it goes on.
    pub fn undecided(&self) -> Vec<bool> {
        let is_screened = !self.effects.is_empty();
        let has_ended = self.phase == Phase::End;
        let mut undecided = vec![has_ended && !is_screened; self.pieces[0].len()];
        if has_ended {
            for piece in self.queue.iter().flatten() {
                undecided[*piece] = true;
            }
        }
        undecided
    }

    /// The screening is over: the pieces that do least are left out together first, the others alone.
    fn screened(&mut self, to: usize) {
        let scores: Vec<Vec<Option<f64>>> = (0..self.design.len())
            .map(|run| {
                (0..to)
                    .map(|at| self.board.candidates[run].score(at))
                    .collect()
            })
            .collect();
        let found = effects(&self.design, &scores).into_iter();
        self.effects = found
            .map(|(effect, error)| PieceEffect {
                effect,
                // Scores are at most 1 apart.
                error: error.min(1.0),
            })
            .collect();
        let mut order: Vec<usize> = (0..self.effects.len()).collect();
        let expected = |piece: &usize| self.effects[*piece].expected();
        order.sort_by(|a, b| expected(a).total_cmp(&expected(b)).then(a.cmp(b)));
        let (idle, useful): (Vec<usize>, Vec<usize>) = order
            .into_iter()
            .partition(|piece| expected(piece) < LIKELY * self.settings.margin);
        self.queue = useful.into_iter().rev().map(|piece| vec![piece]).collect();
        if !idle.is_empty() {
            self.queue.push(idle);
        }
        self.phase = Phase::Next;
    }

    /// Leave out the next group, beside what is left out already.
    fn next(&mut self) -> Phase {
        let Some(group) = self.queue.pop() else {
            return Phase::End;
        };
        let mut pieces = self.pieces[self.shortest].clone();
        group.iter().for_each(|piece| pieces[*piece] = false);
        let mut all = self.board.candidates.iter().zip(&self.pieces);
        let is_refused = all.any(|(c, has)| c.state == CandidateState::Dropped && *has == pieces);
        if is_refused {
            self.halve(&group);
            return Phase::Next;
        }
        let round = self.board.candidates.len() + 1 - self.design.len();
        let candidate = self.board.candidates.len();
        self.board.candidates.push(Candidate::new(
            vec![self.shortest],
            round,
            CandidateState::Racing,
        ));
        self.pieces.push(pieces);
        Phase::Test {
            candidate,
            group,
            to: self.board.end_of_cluster(FIRST_STAGE),
        }
    }

    /// After a stage of a test: accepted, given up, or on to more rows.
    fn judge(&mut self, candidate: CandidateId, group: Vec<usize>, to: usize) -> Phase {
        let margin = self.settings.margin;
        let gains = [0, self.shortest].map(|base| self.board.gain(candidate, base));
        let alpha = self.settings.alpha / 2.0;
        let is_last = to >= self.board.rows();
        let is_shown = |gain: &Evidence| {
            gain.is_above(-margin, alpha) || (is_last && gain.is_above_at_last(-margin, alpha))
        };
        if gains.iter().all(is_shown) {
            self.board.candidates[candidate].state = CandidateState::Adopted;
            self.shortest = candidate;
            return Phase::Next;
        }
        let is_hopeless = gains
            .iter()
            .any(|gain| gain.chance_above(-margin) < HOPELESS);
        if !is_hopeless && !is_last {
            let to = self.board.end_of_cluster(2 * to);
            return Phase::Test {
                candidate,
                group,
                to,
            };
        }
        self.board.candidates[candidate].state = CandidateState::Dropped;
        self.halve(&group);
        Phase::Next
    }

    /// A group that cannot go is tried by halves; a piece that cannot go alone stays.
    fn halve(&mut self, group: &[usize]) {
        if group.len() > 1 {
            let half = group.len().div_ceil(2);
            self.queue.push(group[half..].to_vec());
            self.queue.push(group[..half].to_vec());
        }
    }

    /// Scores of a [`Step::Select`]: of each candidate at each place.
    pub fn take_scores(&mut self, candidates: &[CandidateId], scores: Vec<Vec<Option<f64>>>) {
        for (c, scores) in candidates.iter().zip(scores) {
            self.spent += scores.len() as u64 * self.settings.samples;
            self.board.candidates[*c].push(scores);
        }
    }
}
