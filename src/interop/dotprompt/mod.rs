//! Prompt files with front matter as projects: Dotprompt (`.prompt`, Handlebars) and Prompty (`.prompty`, Jinja or Mustache).
//!
//! The prompt becomes a template, its example values a row of the dataset, its model a model, its output schema a metric.

mod comment;
mod dotprompt_model;
mod example_row;
mod file;
mod front_matter;
mod jinja_text;
mod messages_1;
mod picoschema;
mod prompty;
mod prompty_file;
mod prompty_model;
mod prompty_schema;
mod prompty_values;
mod prompty_version;

pub use file::dotprompt;
