//! Assertions of a row, as in promptfoo: a list in a column, each with its own value, weight and threshold; their verdicts,
//! combined into one score and one verdict.

mod check;
mod code_units;
mod fuzzy;
mod list;
mod pattern;
mod pattern_escapes;
mod pattern_translator;
mod promptfoo;
mod rouge;
mod spec;
mod tool_names;
mod verdict;

pub use list::{AssertionOutcome, Assertions, ListError, assertion_items, row_threshold};
pub(super) use promptfoo::promptfoo_value;
pub use promptfoo::promptfoo_verdict;
pub use spec::{Assertion, Check, KINDS, OWN_KINDS};
pub use verdict::AssertionVerdict;
