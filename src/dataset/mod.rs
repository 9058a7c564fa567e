//! JSONL, JSON, CSV, TSV, Parquet, Arrow and Excel, compressed or not, one file or several, and folders of Hugging Face → rows; seeded samples, sealed rows, parts. Every
//! error names file and line.
//!
//! A file is scanned once, which checks it and remembers where its rows begin; rows are then read as they are asked for,
//! so that a dataset of any length costs little memory. Knows nothing of experiments or templates; `engine::Plan` reads
//! datasets and shots through it.

#[cfg(feature = "parquet")]
mod arrow_file;
#[cfg(feature = "parquet")]
mod arrow_value;
mod column_name;
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
#[cfg(feature = "parquet")]
mod hub_features;
mod hub_files;
mod hub_folder;
#[cfg(any(feature = "excel", feature = "parquet"))]
mod large_integers;
mod moment;
mod name;
mod opened;
mod profile;
mod readers;
mod row_keys;
mod rows;
mod scan;
mod seal;
mod text_source;
#[cfg(feature = "excel")]
mod workbook;
#[cfg(feature = "excel")]
mod workbook_limits;

#[cfg(feature = "parquet")]
pub use columnar_write::{RewriteError, rewrite_parquet_column};
pub use content::content_hash;
pub use error::DatasetError;
pub use head::ReadOptions;
pub use name::{DatasetName, is_dataset_name};
pub use profile::{ColumnProfile, Profile, TextLengths};
pub use row_keys::{DrawPurpose, RowKeys, RowParts};
pub use rows::Dataset;
pub use seal::sealed_rows;
