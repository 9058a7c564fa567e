//! What a model at an endpoint supports, found out with about twenty tiny calls.
//!
//! A parameter that is accepted without an error is not yet supported: the answer has to show its effect.

mod answers;
mod client_probe;
mod feature;
mod interfaces;
mod levels;
mod parallel;
mod params;
mod probing;
mod roles;

pub use client_probe::Probe;
pub use feature::{Feature, Support};
pub use levels::VariedParam;
