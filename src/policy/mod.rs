//! Policies: which trials to send next, given the scores so far. The same engine, with another order of trials.
//!
//! Pure: a policy sees scores and names cells; it does not send, store or resume. For the same space and the same scores it
//! chooses the same cells, so that a stopped run is resumed by replaying the policy from the start. Its conclusion is computed
//! from the stored scores in the same way ([`replay`]).

mod conclusion;
mod condition;
mod extremes;
mod interface;
mod make;
mod observations;
mod power;
mod race;
mod replay;
mod rows_needed;
mod screening;
mod sparse;
mod trial_space;
mod until;

pub use conclusion::{
    Band, Elimination, PolicyConclusion, RaceResult, ScoreBand, SequentialVerdict, UntilResult,
};
pub use condition::{Condition, ConditionError};
pub use interface::{MARGIN, Policy};
pub use make::{PolicyError, policy, verdict_policy};
pub use observations::{Observations, TrialAnswer, VariantRow};
pub use power::{Double, Pilot, PowerProjection};
pub use replay::{Replay, replay};
pub use rows_needed::{HopedGain, RowsNeeded};
pub use trial_space::TrialSpace;
