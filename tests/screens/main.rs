//! The session: drawn into a buffer, and the real binary in a pseudo-terminal.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot set up its place should fail loudly"
)]

mod advice;
mod chance;
mod drawn;
mod found;
mod leave;
mod picture;
mod race;
mod real;
mod reword;
mod snapshot;
mod stage;
mod walk;
