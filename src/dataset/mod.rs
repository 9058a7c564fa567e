//! JSONL, JSON, CSV, TSV and Parquet, compressed or not, one file or several → rows; seeded samples, sealed rows, parts. Every
//! error names file and line.
//!
//! A file is scanned once, which checks it and remembers where its rows begin; rows are then read as they are asked for,
//! so that a dataset of any length costs little memory. Knows nothing of experiments or templates; `engine::Plan` reads
//! datasets and shots through it.

#[cfg(feature = "parquet")]
mod columnar;
#[cfg(feature = "parquet")]
mod columnar_value;
#[cfg(feature = "parquet")]
mod columnar_write;
mod content;
mod detect;
mod error;
mod file;
mod format;
mod guarded;
mod head;
mod opened;
mod profile;
mod readers;
mod row_keys;
mod rows;
mod scan;
mod seal;
mod text_source;

#[cfg(feature = "parquet")]
pub use columnar_write::{RewriteError, rewrite_parquet_column};
pub use content::content_hash;
pub use error::DatasetError;
pub use head::ReadOptions;
pub use opened::is_dataset_name;
pub use profile::{ColumnProfile, Profile, TextLengths};
pub use row_keys::{DrawPurpose, RowKeys, RowParts};
pub use rows::Dataset;
pub use seal::sealed_rows;
