//! One file a subcommand: wires parts together, holds no logic.
//!
//! `main` calls one function of these for what was typed and turns its [`Exit`] into the exit code;
//! every error ends the process with code 2.

mod access_text;
pub mod advise;
pub mod badcases;
pub mod batch;
mod calls;
pub mod check;
mod confirm;
pub mod context;
pub mod data;
pub mod diff;
pub mod diff_operands;
pub mod export;
mod export_to;
pub mod gates;
pub mod history;
pub mod import;
pub mod init;
mod init_local;
mod interface_params;
pub mod interrupts;
pub mod keys;
pub mod label;
pub mod list;
pub mod log;
mod merge;
pub mod models;
pub mod new;
pub mod optimize;
mod origin;
pub mod output;
pub mod plan;
mod prices;
mod programs;
pub mod progress;
pub mod rate;
pub mod remote_call;
pub mod render;
pub mod report;
pub mod reword;
pub mod run;
pub mod runs;
pub mod schema;
pub mod score;
mod sealed;
pub mod serve;
pub mod session;
pub mod shell;
pub mod texts;
pub mod tune;
mod typed_command;
mod user_folder;

pub use output::Exit;
