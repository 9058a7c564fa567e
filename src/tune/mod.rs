//! The hand-over to fine-tuning: labelled rows → checked training files, and configurations of trainers.
//!
//! Pure: rows and prompts go in, texts come out. Knows no store, no endpoint and no verdict.

mod check;
mod example;
mod near;

pub use check::{CheckSpec, Checked, Conflict, Dropped, Reason, check};
pub use example::{Example, Origin, row_text};
pub use near::{Near, normal};
