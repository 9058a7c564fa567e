//! Gates: conditions on a report that a script can rely on, such as `score>=0.8` or `diff(new,base).low>-0.02`.
//!
//! `condition` reads what was typed, `names` knows what may be named, `facts` the values, `gate` holds one against the other. What
//! names something that is not there is an error; what is there and has no value does not hold.

mod condition;
mod error;
mod facts;
mod figures;
mod functions;
#[expect(clippy::module_inception, reason = "the noun of the folder")]
mod gate;
mod names;
mod paths;
mod shares;

pub use error::GateError;
pub(super) use facts::NOT_COMPARABLE;
pub use facts::{GateFacts, ModelFacts};
pub use gate::{Gate, GateResult};
pub use names::{BreakdownNames, GateNames};
