//! The client and the engine against a real HTTP server that does what a script says.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its place should fail loudly"
)]

mod client;
mod faults;
