//! JSON in an answer: found wherever it stands, chosen by its shape, compared field by field.

mod choice;
mod field;
mod scan;

pub use choice::{JsonShape, json_validator, read_json};
pub use field::{FieldComparison, compare_fields, equal_json, value_at};
pub use scan::{Grammar, json_objects, json_values};
