//! What calls cost at most: the one place that adds it up, for `check`, the session, `batch` and the budget of a run.
//!
//! Pure arithmetic on token counts, request parameters and prices; `engine::PlanEstimator` renders the prompts of a plan
//! and counts them.

mod estimate;
mod unknown_cost;

pub use estimate::{CallGroup, CostEstimate, TokenEstimate, reserved_usd};
pub use unknown_cost::UnknownCost;
