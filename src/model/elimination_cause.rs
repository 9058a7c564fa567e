//! Why a variant left a race.

/// Why a variant left a race.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EliminationCause {
    /// Others scored higher.
    Score,
    /// Another had the same score on every row that tells variants apart.
    SameScores,
    /// Too many of its answers were cut at `max_tokens` to compare it with others.
    CutAnswers,
}
