//! An endpoint that is a program: one process, lines of JSON in and out, several calls at once, answers in any order.
//!
//! [`ProgramLink`] is to it what `http` is to a server; the process is started with the first call, and again after it has ended.

mod answer;
mod calls;
mod identity;
mod line;
mod link;
mod process;
mod tools;

pub(super) use identity::program_identity;
pub(super) use link::ProgramLink;
pub use tools::{ToolProgram, ToolSlot, tool_command_identity};
