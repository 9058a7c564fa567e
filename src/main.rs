//! The binary: its allocator, and [`wording::program::run`].

use std::process::ExitCode;

/// Trials are many small allocations on one thread that are freed on another, at which this one is good.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wording::program::run()
}
