//! The integration tests, one binary: `cargo test --test integration cli::batch` runs a part of them.
//!
//! Assertions hold structure and figures. Prose (screens, messages, reports, prompts) is in `snapshots/`; CONTRIBUTING.md says
//! how to accept a change.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test whose setup fails should fail loudly"
)]

mod advice_recorded;
mod architecture;
mod cli;
mod contract;
mod cost_bound;
mod datasets;
mod fuzz;
mod http;
mod mcp;
mod policies;
mod reading;
mod reading_properties;
mod real;
mod render;
mod report;
mod screens;
mod statistics;
mod support;
