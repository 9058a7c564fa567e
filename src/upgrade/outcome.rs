//! What a comparison of models was told and came to. Plain data.

use crate::{
    model::{Failure, ModelRef},
    policy::{Band, SequentialVerdict, UntilResult},
};
use serde::Serialize;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpgradeRequest {
    /// The model that is to be replaced.
    pub from: ModelRef,
    /// The one in its place.
    pub to: ModelRef,
    /// Smaller differences of the mean score count as none; in (0, 1).
    pub margin: f64,
    /// Chance of any wrong verdict, over all wordings and all looks; in (0, 1).
    pub alpha: f64,
}

/// Whether the model that is to be replaced may be asked for answers that are not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromAccess {
    Callable,
    /// Its stored answers are all that there is, and why.
    StoredOnly(String),
}

/// Why the comparison ended before every wording had a verdict or all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpgradeEnding {
    /// A cap of the budget.
    Cap(String),
    /// The new model cannot be asked.
    Failed(String),
}

/// A refusal of requests by the new model.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub failure: Failure,
    /// Trials that were refused so.
    pub trials: usize,
    /// The parameters of the request that its message names.
    pub parameters: Vec<String>,
}

/// What holds of a wording, the worst first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum UpgradeVerdict {
    /// The new model has a lower mean score.
    Worse,
    /// The new model refuses every request, or there is no row with answers of both.
    NoAnswers,
    /// Too many answers of one model were cut at `max_tokens`.
    NotComparable,
    /// None of these is shown.
    Undecided,
    /// The difference is within the margin.
    Equivalent,
    /// The new model has a higher mean score.
    Better,
}

impl UpgradeVerdict {
    pub const ALL: &[UpgradeVerdict] = <UpgradeVerdict as strum::VariantArray>::VARIANTS;
    /// The names in files.
    pub const NAMES: &[&str] = <UpgradeVerdict as strum::VariantNames>::VARIANTS;

    /// Whether more rows cannot change it. The share of cut answers may fall, and answers may come.
    pub fn is_final(self) -> bool {
        use UpgradeVerdict::{Better, Equivalent, Worse};
        matches!(self, Worse | Equivalent | Better)
    }

    /// The name in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl From<SequentialVerdict> for UpgradeVerdict {
    fn from(verdict: SequentialVerdict) -> UpgradeVerdict {
        match verdict {
            SequentialVerdict::Better => UpgradeVerdict::Better,
            SequentialVerdict::Worse => UpgradeVerdict::Worse,
            SequentialVerdict::Equivalent => UpgradeVerdict::Equivalent,
            SequentialVerdict::Undecided => UpgradeVerdict::Undecided,
        }
    }
}

/// What the comparison of a wording came to.
#[derive(Debug, Clone, PartialEq)]
pub struct WordingOutcome {
    pub verdict: UpgradeVerdict,
    /// New minus old mean score, with an interval that holds at every look and for all wordings together.
    pub difference: Option<Band>,
    /// The rows that it was tried on, in the order in which they were.
    pub tried: Vec<u32>,
    /// Those of them with a score of both models.
    pub compared: usize,
    /// Those of them left out, as the old model has no scored answer.
    pub left_out: usize,
    /// Rows that would bring a verdict, if all were like those compared.
    pub rows_needed: Option<usize>,
}

impl WordingOutcome {
    pub(super) fn new(result: UntilResult, tried: Vec<u32>) -> WordingOutcome {
        let difference = result.intervals.first().map(|(_, band)| *band);
        WordingOutcome {
            verdict: match result.verdict {
                Some(verdict) => verdict.into(),
                None if result.not_comparable.is_empty() => UpgradeVerdict::Undecided,
                None => UpgradeVerdict::NotComparable,
            },
            difference,
            rows_needed: result.rows_needed,
            tried,
            compared: 0,
            left_out: 0,
        }
    }
}
