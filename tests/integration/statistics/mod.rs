//! The statistics against independent implementations, by simulation, and under changes that must not matter.

mod grids;
mod labels;
mod overlap;
mod properties;
mod ratings;
mod reference;
mod selection;
mod simulation;
mod worked;
