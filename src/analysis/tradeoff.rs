//! Scores against what they cost: the lines of a leaderboard as points, and the front that none beats in both.

use super::{Leaderboard, LeaderboardLine};

/// What a score is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expense {
    /// Mean cost of a call, in USD.
    Cost,
    /// Mean tokens of a call, prompt and completion, where no price is known.
    Tokens,
    /// Median latency, in milliseconds.
    Latency,
}

/// A line of a leaderboard that has both figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeoffPoint {
    /// Its index in the leaderboard.
    pub line: usize,
    /// Mean score.
    pub score: f64,
    pub expense: f64,
    /// Whether no other has a higher score at no higher expense, or a lower expense at no lower score.
    pub is_front: bool,
}

/// Scores against one expense.
#[derive(Debug, Clone, PartialEq)]
pub struct Tradeoff {
    pub expense: Expense,
    /// In the order of the lines that were given.
    pub points: Vec<TradeoffPoint>,
    /// Lines with a score and without this expense.
    pub lacking: usize,
    /// Points that cannot be on the front: their scores are not of all rows, or of cut answers.
    pub not_comparable: usize,
}

impl Tradeoff {
    /// Some lines of a leaderboard. Costs are tokens where none of them has a price.
    pub fn new(board: &Leaderboard, lines: &[usize], expense: Expense) -> Tradeoff {
        let lines = || lines.iter().map(|at| (*at, &board.lines[*at]));
        let expense = match expense {
            Expense::Cost if lines().all(|(_, line)| line.cost_usd.is_none()) => Expense::Tokens,
            other => other,
        };
        let mut points: Vec<TradeoffPoint> = lines()
            .filter_map(|(at, line)| {
                Some(TradeoffPoint {
                    line: at,
                    score: line.score?,
                    expense: expense.of(line)?,
                    is_front: false,
                })
            })
            .collect();
        mark_front(board, &mut points);
        let scored = lines().filter(|(_, line)| line.score.is_some()).count();
        Tradeoff {
            expense,
            lacking: scored - points.len(),
            not_comparable: points
                .iter()
                .filter(|point| !board.lines[point.line].can_lead())
                .count(),
            points,
        }
    }

    /// The points that none beats, the least expense first.
    pub fn front(&self) -> impl Iterator<Item = &TradeoffPoint> {
        let mut front: Vec<&TradeoffPoint> = self.points.iter().filter(|p| p.is_front).collect();
        front.sort_by(|a, b| a.expense.total_cmp(&b.expense).then(a.line.cmp(&b.line)));
        front.into_iter()
    }
}

fn mark_front(board: &Leaderboard, points: &mut [TradeoffPoint]) {
    let mut order: Vec<usize> = (0..points.len())
        .filter(|at| board.lines[points[*at].line].can_lead())
        .collect();
    order.sort_by(|a, b| {
        let (a, b) = (&points[*a], &points[*b]);
        (a.expense.total_cmp(&b.expense)).then(b.score.total_cmp(&a.score))
    });
    // The last point of the front: those that cost more have to be better.
    let mut last: Option<(f64, f64)> = None;
    for at in order {
        let point = &mut points[at];
        let here = (point.expense, point.score);
        point.is_front = last.is_none_or(|last| here.1 > last.1 || here == last);
        if point.is_front {
            last = Some(here);
        }
    }
}

impl Expense {
    fn of(self, line: &LeaderboardLine) -> Option<f64> {
        match self {
            Expense::Cost => line.cost_usd,
            Expense::Tokens => Some(line.prompt_tokens? + line.completion_tokens.unwrap_or(0.0)),
            Expense::Latency => line.latency_ms.filter(|ms| *ms > 0.0),
        }
    }
}

impl LeaderboardLine {
    /// Whether its score can be held against others': it is of all rows, and of answers that were not cut.
    fn can_lead(&self) -> bool {
        !self.eliminated && !self.is_cut
    }
}
