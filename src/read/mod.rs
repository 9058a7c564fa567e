//! Reading what a model answered: output → answer text (thoughts removed) → what a metric takes from it, and where it stands.
//!
//! Pure: knows texts, no rows, no metrics, no files. Spans are byte ranges of the text that a function was given.

mod json;
mod number;
mod reading;
mod verdict;

pub use json::{
    Grammar, JsonShape, compare_fields, json_objects, json_validator, read_json, value_at,
};
pub use number::{Decimal, NumberFormat, PercentValue, expected_number, read_number};
pub use reading::{Reading, Unreadable};
pub use verdict::{
    Preference, RubricVerdict, judge_reason, read_grade, read_preference, read_rubric_verdict,
};
