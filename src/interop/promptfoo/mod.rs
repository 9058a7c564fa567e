//! A promptfoo configuration, with the files that it points to, as a project.
//!
//! Prompts become templates, tests the rows of a dataset with their assertions in a column, providers endpoints and models.
//! What cannot be taken over is told with its file and line.

mod assertions;
mod chat;
mod chat_json;
mod config;
mod environment;
mod environment_files;
mod expected;
mod ignored;
mod nunjucks;
mod project;
mod prompt_files;
mod prompts;
mod providers;
mod requests;
mod schemas;
mod templates;
mod test_list;
mod tests;
mod values;
#[cfg(test)]
mod whole_configurations;

use super::files;

pub use config::promptfoo;
pub(super) use requests::is_reasoning;
