//! Programs that a project names: what runs one, how it is started and ended, and which may be started on this machine.
//!
//! At the bottom: knows neither metrics nor endpoints, which bring the lines that are exchanged.

mod allowed;
mod command;
mod process;
mod running;
mod stderr_tail;

pub use allowed::AllowedCommands;
pub use command::ProgramCommand;
pub use process::{ChildPipes, ChildProcess, StartError};
pub use running::RunningPrograms;
pub use stderr_tail::StderrTail;

/// Text as it may stand inside a sentence of an error: the end of what a program wrote to stderr, or nothing.
pub fn stderr_note(stderr: &str) -> String {
    match stderr {
        "" => String::new(),
        text => format!("; stderr: {text}"),
    }
}
