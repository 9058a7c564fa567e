//! The statistics against independent implementations, by simulation, and under changes that must not matter.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod grids;
mod overlap;
mod properties;
mod reference;
mod simulation;
mod worked;
