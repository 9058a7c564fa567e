//! The functions of conditions on rows: the one table of them, for reading, for suggestions and for the docs.

use crate::outcome::{CellOutcome, CellSummary, RowChange};

/// A name that takes a variant.
#[derive(Debug)]
pub struct RowFunction {
    pub name: &'static str,
    pub meaning: &'static str,
    pub(super) test: RowTest,
}

/// What a function says of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum RowTest {
    /// Of the cell of a variant; `None` where that is not known.
    Cell(fn(&CellSummary) -> Option<bool>),
    /// Of what a variant changed against another, the baseline where none is named.
    Change(fn(RowChange) -> bool),
    /// A number of the cell.
    Number(fn(&CellSummary) -> Option<f64>),
    /// The majority answer of the cell.
    Answer,
    /// Whether a sample has this answer.
    Gave,
    /// Whether the answers of two variants differ.
    Differs,
    /// Whether the answers of two models differ.
    Disagrees,
    /// The score by a further metric, which its first argument names.
    Field,
    /// The value of a column, which its first argument names.
    Column,
}

const fn function(name: &'static str, meaning: &'static str, test: RowTest) -> RowFunction {
    RowFunction {
        name,
        meaning,
        test,
    }
}

/// The samples of a cell of which this can be said.
fn known(sum: &CellSummary, yes: bool) -> Option<bool> {
    (sum.scored() + sum.failed > 0).then_some(yes)
}

fn outcome(sum: &CellSummary, outcome: CellOutcome) -> Option<bool> {
    sum.mean().map(|_| sum.outcome() == outcome)
}

pub const FUNCTIONS: &[RowFunction] = &[
    function(
        "correct",
        "the score reaches the threshold",
        RowTest::Cell(|sum| sum.mean().map(|_| sum.is_correct())),
    ),
    function(
        "partly",
        "partly correct: a score above 0, below the threshold",
        RowTest::Cell(|sum| outcome(sum, CellOutcome::PartlyCorrect)),
    ),
    function(
        "wrong",
        "an answer was read, and its score is 0",
        RowTest::Cell(|sum| outcome(sum, CellOutcome::Wrong)),
    ),
    function(
        "unreadable",
        "unreadable, refused or cut off in any sample",
        RowTest::Cell(|sum| known(sum, sum.unreadable() > 0)),
    ),
    function(
        "refused",
        "refused in any sample",
        RowTest::Cell(|sum| known(sum, sum.refused > 0)),
    ),
    function(
        "cut_off",
        "cut off at the token limit in any sample",
        RowTest::Cell(|sum| known(sum, sum.truncated + sum.truncated_read > 0)),
    ),
    function(
        "failed",
        "at least one trial failed",
        RowTest::Cell(|sum| known(sum, sum.failed > 0)),
    ),
    function(
        "noisy",
        "samples have different answers",
        RowTest::Cell(|sum| known(sum, sum.distinct_answers > 1)),
    ),
    function(
        "answered",
        "has a score",
        RowTest::Cell(|sum| Some(sum.scored() > 0)),
    ),
    function(
        "fixed",
        "not correct under the baseline, correct here",
        RowTest::Change(|change| change == RowChange::Fixed),
    ),
    function(
        "broken",
        "correct under the baseline, not here",
        RowTest::Change(|change| change == RowChange::Broken),
    ),
    function(
        "improved",
        "a higher score on the same side of the threshold",
        RowTest::Change(|change| change == RowChange::Improved),
    ),
    function(
        "worsened",
        "a lower score on the same side of the threshold",
        RowTest::Change(|change| change == RowChange::Worsened),
    ),
    function(
        "differs",
        "another majority answer than the baseline's",
        RowTest::Differs,
    ),
    function(
        "disagrees",
        "another majority answer than at this model",
        RowTest::Disagrees,
    ),
    function("gave", "any sample has this answer", RowTest::Gave),
    function(
        "score",
        "mean score of the samples, 0 to 1",
        RowTest::Number(CellSummary::mean),
    ),
    function("field", "score by a further metric", RowTest::Field),
    function(
        "latency",
        "mean latency, ms",
        RowTest::Number(|sum| sum.mean().map(|_| f64::from(sum.latency_ms))),
    ),
    function(
        "agreement",
        "share of the samples with the majority answer",
        RowTest::Number(|sum| {
            (sum.answered > 0).then(|| sum.majority_count as f64 / sum.answered as f64)
        }),
    ),
    function("answer", "the majority answer, as read", RowTest::Answer),
    function("column", "the value of a column", RowTest::Column),
];
