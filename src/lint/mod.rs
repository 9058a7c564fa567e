//! The prompt lint: what in a wording is likely not meant, each with its place and the reason, each silenced by name in
//! the front matter (`silence = ["double-space"]`).
//!
//! Renders prompts, of real rows and of rows whose texts are marks, and looks at them. Sends nothing; knows no run.

mod chat;
mod context;
mod data;
mod input;
mod levels;
mod models;
mod plan;
mod probe;
mod room;
mod rules;
mod shots;
mod warning;
mod words;

pub use input::{LintInput, ModelChat, Window};
pub use plan::look_over;
pub use rules::lint;
pub use warning::Warning;
