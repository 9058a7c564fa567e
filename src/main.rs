//! The binary: [`wording::program::run`].

use std::process::ExitCode;

/// The allocator of musl takes one lock for all threads; others are good enough, and keep less memory than this one.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wording::program::run()
}
