//! JSONL, JSON, CSV, TSV and Parquet, compressed or not, one file or several → rows; seeded samples. Every error names
//! file and line.
//!
//! A file is scanned once, which checks it and remembers where its rows begin; rows are then read as they are asked for,
//! so that a dataset of any length costs little memory. Knows nothing of experiments or templates; `engine::Plan` reads
//! datasets and shots through it.

mod block;
#[cfg(feature = "parquet")]
mod columnar;
mod error;
mod file;
mod head;
mod opened;
mod profile;
mod rows;
mod scan;

pub use error::DatasetError;
pub use head::RowColumns;
pub use profile::{ColumnProfile, Profile, TextLengths};
pub use rows::Dataset;
