//! Handlebars 4 as Dotprompt configures it: nothing is escaped, only its own helpers are known.

mod ast;
mod eval;
mod expression;
mod members;
mod parser;
mod paths;
mod scope;
mod survey;
mod template;
mod whitespace;

pub(super) use template::Template;
