//! `wording mcp`: the tools of this program for coding agents, by the Model Context Protocol on standard input and output.
//!
//! A tool call is a command line: its arguments are checked, become the flags of a command, and the functions of
//! `commands` do the rest; the result is the document that `--format json` prints. This module has no rule of its own but
//! what a caller may do who is not a person: nothing is sent without a cap, programs of the project are not started, and
//! paths stay inside of the project.
//!
//! Nothing but the protocol is written to standard output.

mod allowance;
mod arguments;
mod call;
mod command_line;
mod docs;
mod document;
mod metric_setting;
mod project_path;
mod resources;
mod schemas;
mod serve;
mod server;
mod stdin;
mod tools;

pub use serve::serve;
