//! The controller against servers of many kinds, in simulated time.

mod cases;
mod run;
mod server;
