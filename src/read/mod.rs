//! Reading what a model answered: output → answer text (thoughts removed) → what a metric takes from it, and where it stands.
//!
//! Pure: knows texts, no rows, no metrics, no files. Spans are byte ranges of the text that a function was given.

mod number;
mod reading;

pub use number::{Decimal, NumberFormat, PercentValue, expected_number, read_number};
pub use reading::{Reading, Unreadable};
