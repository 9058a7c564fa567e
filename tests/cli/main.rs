//! The real binary in a temporary folder, as a user types it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot set up its place should fail loudly"
)]

mod advice;
mod bad_input;
mod batch;
mod data;
mod echo;
mod fewer;
mod import;
mod lint;
mod metrics;
mod models;
#[cfg(unix)]
mod pages;
mod place;
mod preference;
mod proxy;
mod resume;
mod reword;
#[cfg(unix)]
mod scale;
mod scoring;
mod secrets;
mod shards;
mod similarity;
mod store;
mod trainers;
mod tuning;
mod use_cases;
