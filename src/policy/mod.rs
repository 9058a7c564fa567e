//! Policies: which trials to buy next, given the scores so far. The same engine, with another order of trials.
//!
//! Pure: a policy sees scores and names cells; who sends, keeps and resumes is none of its business. From the same field and
//! the same scores it asks for the same cells, so that a run that was stopped goes on by asking again from the start. What it
//! came to is found again from the stored scores in the same way ([`replay`]).

mod conclusion;
mod condition;
mod extremes;
mod make;
mod observations;
mod power;
mod race;
mod replay;
mod sparse;
mod trial_space;
mod until;

pub use conclusion::{
    Band, Elimination, PolicyConclusion, RaceResult, ScoreBand, SequentialVerdict, UntilResult,
};
pub use condition::{Condition, ConditionError};
pub use make::{MARGIN, Policy, PolicyError, policy};
pub use observations::{Observations, VariantRow};
pub use power::{Double, Pilot, PowerProjection};
pub use replay::{Replay, replay};
pub use trial_space::TrialSpace;
