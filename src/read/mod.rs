//! Reading what a model answered: output → answer text (thoughts removed) → what a metric takes from it, and where it stands.
//!
//! Pure: knows texts, no rows, no metrics, no files. Spans are byte ranges of the text that a function was given.

mod answer;
mod fold;
mod json;
mod label;
mod logprobs;
mod normalize;
mod number;
mod reading;
mod thought;
mod thought_tag;
mod verdict;

pub use answer::{AnswerText, answer_text};
pub use json::{
    FieldComparison, Grammar, JsonShape, compare_fields, equal_json, json_objects, json_validator,
    json_values, read_json, value_at,
};
pub use label::{LabelReader, LabelSetError, LabelSpec};
pub use logprobs::{
    AnswerTokens, LabelChances, LabelPrefixes, LabelShares, UnknownShares, lists_alternatives,
    most_listed,
};
pub use normalize::normalize;
pub use number::{Decimal, NumberFormat, PercentValue, expected_number, read_number};
pub use reading::{Reading, Unreadable};
pub use verdict::{
    ChoiceMatch, Preference, RubricVerdict, judge_reason, read_choice, read_grade, read_preference,
    read_rubric_verdict,
};
