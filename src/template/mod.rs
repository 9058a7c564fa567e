//! Template files: front matter, minijinja environment, roles, axes → variants, rendering.
//!
//! Errors carry file, line, column and excerpt. Knows no dataset and no endpoint; `engine::Plan` renders through it.

mod design;
mod error;
mod file;
mod format;
mod marker;
mod set;

pub use error::TemplateError;
pub use file::Template;
pub use format::Format;
pub use set::TemplateSet;
