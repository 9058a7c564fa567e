//! Mustache as Prompty 2 runs it: chevron 0.14, a renderer of Python. Values print as Python prints them, and what is not in three
//! braces is escaped for HTML.
//!
//! chevron runs a flat list of tags over a stack of scopes. It is followed here step by step, oddities too: what differs from the
//! specification of Mustache is sent as chevron sends it.

mod eval;
mod parser;
mod python;
mod scope;
mod survey;
mod template;

pub(crate) use parser::Delimiters;
pub(crate) use python::{
    float_text, is_space as is_python_space, is_true_in_python, text as python_text,
};
pub(crate) use template::MustacheText;
pub(super) use template::Template;
