//! Scores against cost and latency, over all variants and models of a run.

use super::RunReport;
use crate::{
    analysis::{Expense, Leaderboard, LeaderboardLine, LeaderboardPart, Tradeoff, TradeoffPoint},
    narrate::tradeoff,
};

/// What scores are held against.
const EXPENSES: [Expense; 2] = [Expense::Cost, Expense::Latency];

/// Scores against what they cost.
#[derive(Debug)]
pub(super) struct RunTradeoffs {
    pub(super) board: Leaderboard,
    /// Those with more than one point, and a front.
    pub(super) all: Vec<Tradeoff>,
}

impl RunReport {
    /// Scores against cost and latency; none where answers were only scored.
    pub(super) fn tradeoffs(&self) -> RunTradeoffs {
        let parts = self.models.iter().enumerate();
        let parts: Vec<LeaderboardPart<'_>> =
            parts.map(|(m, part)| part.board_part(m, 1)).collect();
        let board = Leaderboard::new(&parts);
        let ranked = board.ranked();
        let all = EXPENSES.map(|expense| Tradeoff::new(&board, &ranked, expense));
        let is_sent = !self.info.is_scored_only();
        RunTradeoffs {
            all: Vec::from(all)
                .into_iter()
                .filter(|tradeoff| {
                    is_sent && tradeoff.points.len() > 1 && tradeoff.front().next().is_some()
                })
                .collect(),
            board,
        }
    }

    /// The name of a line for readers, with its model where there are several.
    pub(super) fn line_name(&self, line: &LeaderboardLine) -> String {
        let name = &self.shown_names()[line.variant];
        match self.models.len() {
            1 => name.clone(),
            _ => format!("{name} · {}", self.models[line.model].model),
        }
    }

    /// Which variants no other beats, a sentence for cost and one for latency.
    pub(super) fn tradeoff_sentences(&self) -> Vec<String> {
        let RunTradeoffs { board, all } = self.tradeoffs();
        let named = |point: &TradeoffPoint| {
            let name = self.line_name(&board.lines[point.line]);
            (name, point.score, point.expense)
        };
        let of = |tradeoff: &Tradeoff| {
            let front: Vec<_> = tradeoff.front().map(named).collect();
            tradeoff::front(tradeoff, &front)
        };
        all.iter().map(of).collect()
    }
}
