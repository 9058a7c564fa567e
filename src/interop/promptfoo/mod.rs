//! A promptfoo configuration, with the files that it points to, as a project.
//!
//! Prompts become templates, tests the rows of a dataset with their assertions in a column, providers endpoints and models.
//! What cannot be taken over is told with its file and line.

mod assertions;
mod azure;
mod chat;
mod config;
mod environment;
mod expected;
mod model_rules;
mod nunjucks;
mod project;
mod prompts;
mod providers;
mod requests;
mod schemas;
mod templates;
mod tests;
mod values;

use super::files;

pub use config::promptfoo;
pub(super) use model_rules::is_reasoning;
