//! The binary: [`wording::program::run`].

use std::process::ExitCode;

fn main() -> ExitCode {
    wording::program::run()
}
