//! Policies: which trials to buy next, given the scores so far. The same engine, with another order of trials.
//!
//! Pure: a policy sees scores and names cells; who sends, keeps and resumes is none of its business. From the same field and
//! the same scores it asks for the same cells, so that a run that was stopped goes on by asking again from the start. What it
//! came to is found again from the stored scores in the same way ([`replay`]).

mod conclusion;
mod condition;
mod extremes;
mod field;
mod make;
mod outlook;
mod race;
mod replay;
mod seen;
mod sparse;
mod until;

pub use conclusion::{
    Band, Elimination, PolicyConclusion, RaceResult, ScoreBand, SequentialVerdict, UntilResult,
};
pub use condition::{Condition, ConditionError};
pub use field::TrialSpace;
pub use make::{MARGIN, Policy, PolicyError, policy};
pub use outlook::{Double, Pilot, PowerProjection};
pub use replay::{Replay, replay};
pub use seen::{Observations, VariantRow};
