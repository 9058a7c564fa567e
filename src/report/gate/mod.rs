//! Gates: conditions on a report that a script can rely on, such as `score>=0.8` or `diff(new,base).low>-0.02`.
//!
//! `expr` reads what was typed, `facts` knows what may be named and its values, `gate` holds one against the other. What
//! names something that is not there is an error; what is there and has no value does not hold.

mod expr;
mod facts;
#[expect(clippy::module_inception, reason = "the noun of the folder")]
mod gate;

pub use facts::{GateError, GateFacts, ModelFacts};
pub use gate::{Gate, GateResult};
