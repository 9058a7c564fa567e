//! Templates of other engines, run as they run there: Nunjucks (promptfoo), Handlebars (Dotprompt) and Mustache (Prompty).
//!
//! Values, truth, equality, numbers and filters of the first two are JavaScript's, those of Mustache are Python's. Knows no
//! project, no row and no role: a `Host` gives the names and functions. `template` renders through it, `interop` reads configurations with it.

mod error;
mod handlebars;
mod host;
mod json;
mod mustache;
mod number;
mod nunjucks;
mod output;
#[cfg(test)]
mod recorded;
mod script;
mod survey;
mod text;
mod value;

use error::Problem;
pub(crate) use error::{Failure, Meter, SyntaxError};
pub(crate) use host::Host;
pub(crate) use json::json_text;
pub(crate) use mustache::{
    Delimiters, MustacheText, float_text, is_python_space, is_true_in_python, python_text,
};
pub(crate) use output::Output;
pub use script::Dialect;
pub(crate) use script::Script;
pub(crate) use survey::Survey;
pub(crate) use text::replace_first;
pub(crate) use value::Value;
