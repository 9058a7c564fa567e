//! Whether another model can take the place of one: stored answers of the first and answers of the other to the same rows, row
//! by row, until each wording is equivalent, better or worse.
//!
//! [`Comparison`] is pure: it says which rows to compare next and what follows. [`Upgrade`] finds the answers in the store and sends
//! for those that are missing; what it does follows from the answers alone, so that it is resumed by doing it again.

mod comparison;
mod drive;
mod error;
mod findings;
mod outcome;
mod row_answers;
#[cfg(test)]
mod worlds;

pub use comparison::{Comparison, ComparisonSettings, PartScores, Side};
pub use drive::{Upgrade, UpgradeEvent, UpgradeInputs, stored_samples};
pub use error::UpgradeError;
pub use findings::{UpgradeFindings, UpgradePart, UpgradedWording};
pub use outcome::{
    FromAccess, Refusal, UpgradeEnding, UpgradeRequest, UpgradeVerdict, WordingOutcome,
};
pub use row_answers::RowAnswers;
