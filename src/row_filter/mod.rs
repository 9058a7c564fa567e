//! Which rows are shown: a text, a `/regular expression/`, or a condition on a row such as `=score(plain) < 1 and label == "refund"`.
//!
//! `names` knows what a condition may name, `compile` makes a `condition` of an [expression](crate::expression), `filter` holds
//! rows against it. What is not known, such as the score of a cell without an answer, does not match, nor does its `not`.

mod compile;
mod condition;
mod filter;
mod finder;
mod functions;
mod kind;
mod names;
mod row_condition;

pub use condition::{RowContext, RowTexts};
pub use filter::{Filter, RowFilter};
pub use finder::TextFinder;
pub use functions::{FUNCTIONS, RowFunction};
pub use kind::RowKind;
pub(crate) use kind::{RowFacts, row_facts};
pub use names::{RowNames, quoted};
pub use row_condition::RowCondition;
