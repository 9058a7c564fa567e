//! Template files: front matter, minijinja environment, roles, axes → variants, rendering.
//!
//! Errors carry file, line, column and excerpt. Knows no dataset and no endpoint; `engine::Plan` renders through it.

mod chance;
mod chat;
mod chat_parts;
mod dependencies;
mod design;
mod edit;
mod environment;
mod error;
mod file;
mod filters;
mod fixed_axes;
mod format;
mod marker;
mod media;
mod media_type;
mod messages;
mod nesting;
mod origins;
mod paraphrase;
mod render_context;
mod replies;
mod reply_bounds;
mod sandbox;
mod scripted;
mod segments;
mod set;
mod tool_history;
mod tools;
mod trace;
mod variants;

pub(crate) use chat::messages as chat_messages;
pub use error::TemplateError;
pub use file::{LINT_RULES, Template};
pub use filters::dump;
pub(crate) use filters::{JinjaName, has_name, undeclared_names};
pub use format::FieldFormat;
pub(crate) use media_type::image_type;
pub(crate) use messages::is_python_break;
pub use paraphrase::{Rejected, Rewording, has_placeholder, wording};
pub(crate) use sandbox::run_bounded;
pub use segments::Segment;
pub use set::TemplateSet;
pub use trace::Traced;
pub use variants::{MOST_VARIANTS, Variants};
