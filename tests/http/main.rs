//! The client and the engine against a real HTTP server that does what a script says.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot set up its place should fail loudly"
)]

mod ask;
mod client;
mod dialects;
mod equal;
mod faults;
mod files;
mod pause;
mod retries;
mod tls;
