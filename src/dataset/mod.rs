//! JSONL, JSON, CSV and TSV → rows; seeded samples. Every error names file and line.
//!
//! Knows nothing of experiments or templates; `engine::Plan` reads datasets and shots through it.

mod error;
mod read;
mod rows;

pub use error::DatasetError;
pub use rows::{Columns, Dataset};
