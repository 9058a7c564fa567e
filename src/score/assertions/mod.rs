//! Assertions that a row brings along: a list in a column, each with its own value, weight and threshold, as promptfoo has
//! them. What they are, what each makes of an answer, and how they make one score and one verdict.

mod check;
mod list;
mod pattern;
mod rouge;
mod spec;
mod verdict;

pub use list::{AssertionOutcome, Assertions, ListError};
pub use spec::{Assertion, Check, KINDS};
pub use verdict::{AssertionVerdict, read_verdict};
