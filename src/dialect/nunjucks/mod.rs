//! Nunjucks 3.2 as promptfoo configures it: nothing is escaped, and what is undefined prints as nothing.

mod ast;
mod call_arguments;
mod calls;
mod eval;
mod expression;
mod filter_lists;
mod filter_texts;
mod filter_values;
mod filters;
mod frame;
mod functions;
mod lexer;
mod list_methods;
mod loops;
mod operand;
mod operator_row;
mod parser;
mod sort;
mod survey;
mod template;
mod tests;
mod text_methods;
mod token_cursor;

pub(super) use template::Template;
