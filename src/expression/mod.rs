//! The language of conditions: numbers, texts, names with arguments, fields and a model, arithmetic, comparisons, `and`, `or`, `not`.
//!
//! Gates ([`crate::report`]) are conditions on a report, filters ([`crate::row_filter`]) conditions on a row; both are written in
//! it. It knows no name: what a name means, and whether it is a number, is up to them.

mod arguments;
mod error;
mod parser;
mod syntax;

pub(crate) use arguments::{Argument, longest_variant};
pub use error::ExpressionError;
pub(crate) use syntax::{Expr, ExprKind, Named, Op};
