//! What is known of a cell, and its number in the store.

use crate::model::{Completion, FailureKind, FinishReason, Outcome, Score, TrialRecord};

/// Added to the stored number of the state of an answer that was cut.
const TRUNCATED: u8 = 8;

/// What is known of a cell of the grid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CellState {
    #[default]
    Pending,
    Running,
    /// Answered, and the main metric read an answer.
    Scored,
    /// Answered, but the main metric found no answer in it.
    Unreadable,
    Refused,
    /// The answer was cut at `max_tokens` and no answer was read.
    Truncated,
    /// Answered, but the main metric has no score for it: it was not asked yet, could not say, or had nothing to compare with.
    Unscored,
    /// Unscored, and the main metric found no answer in it either.
    UnscoredUnreadable,
    /// No answer, for this reason.
    Failed(FailureKind),
}

impl CellState {
    /// Whether an answer came, readable or not, and was scored: such cells have a score.
    pub fn is_answered(self) -> bool {
        matches!(
            self,
            CellState::Scored | CellState::Unreadable | CellState::Refused | CellState::Truncated
        )
    }

    /// Whether an answer came that has no score.
    pub fn is_unscored(self) -> bool {
        matches!(self, CellState::Unscored | CellState::UnscoredUnreadable)
    }

    /// The state of a cell whose trial came to this.
    pub fn of(record: &TrialRecord) -> CellState {
        match &record.outcome {
            Outcome::Failed(failure) => CellState::Failed(failure.kind),
            Outcome::Completed(completion) => answered_state(completion, record.scores.main()),
        }
    }

    /// A stable number for the store, with whether the output was cut at `max_tokens`: 0 to 5 for answers, 8 more for cut
    /// ones, 16 and more for failures by kind.
    pub fn number(self, truncated: bool) -> u8 {
        let number = match self {
            CellState::Pending | CellState::Running => return u8::MAX,
            CellState::Failed(kind) => {
                let at = FailureKind::ALL.iter().position(|k| *k == kind);
                return 16 + at.unwrap_or(0) as u8;
            }
            CellState::Truncated => return 3,
            CellState::Scored => 0,
            CellState::Unreadable => 1,
            CellState::Refused => 2,
            CellState::Unscored => 4,
            CellState::UnscoredUnreadable => 5,
        };
        number + if truncated { TRUNCATED } else { 0 }
    }

    /// The state of that number, and whether the output was cut; `Pending` where there is none.
    pub fn from_number(number: u8) -> (CellState, bool) {
        let state = match number & !TRUNCATED {
            _ if number >= 16 => FailureKind::ALL
                .get(usize::from(number) - 16)
                .map_or(CellState::Pending, |kind| CellState::Failed(*kind)),
            0 => CellState::Scored,
            1 => CellState::Unreadable,
            2 => CellState::Refused,
            3 => CellState::Truncated,
            4 => CellState::Unscored,
            5 => CellState::UnscoredUnreadable,
            _ => CellState::Pending,
        };
        let truncated = number < 16 && (number & TRUNCATED != 0 || state == CellState::Truncated);
        (state, truncated)
    }
}

pub(super) fn answered_state(completion: &Completion, main: Option<&Score>) -> CellState {
    if let Some(score) = main.filter(|score| score.is_missing()) {
        match score.unreadable {
            true => CellState::UnscoredUnreadable,
            false => CellState::Unscored,
        }
    } else if !main.is_some_and(|score| score.unreadable) {
        CellState::Scored
    } else if completion.refusal.is_some() || completion.finish == FinishReason::ContentFilter {
        CellState::Refused
    } else if completion.is_truncated() {
        CellState::Truncated
    } else {
        CellState::Unreadable
    }
}
