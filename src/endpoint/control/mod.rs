//! The controller of an endpoint's requests, and the simulator that it is tested against.

mod attempt;
mod attempts;
mod concurrency;
mod controller;
mod epoch;
mod pacing;
mod search;
#[cfg(test)]
mod simulation;

pub(crate) use attempt::{Ended, Ticket};
pub(crate) use attempts::Attempts;
pub(crate) use controller::{Admission, Controller};
