//! What a written report holds and leaves out, and why it could not be written.

use super::{GateResult, Required};
use crate::store::StoreError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{}: unknown report format; use .html, .md, .json, .csv or .xml (JUnit)", .0.display())]
    Form(PathBuf),
    #[error("{}: this page is written as .html, .md or .json", .0.display())]
    PageForm(PathBuf),
    #[error("cannot write {}: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot write the report: {0}")]
    Part(#[from] std::io::Error),
    #[error("cannot write the report: {0}")]
    Csv(#[from] ::csv::Error),
    #[error("cannot write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[cfg(feature = "parquet")]
    #[error("cannot write the trials as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// Leave inputs, expected answers and outputs out.
    pub no_outputs: bool,
    pub title: Option<String>,
    /// A note of the user at the top.
    pub note: Option<String>,
    /// The command that creates the report again.
    pub command: Option<String>,
    /// Results of the gates.
    pub held: Vec<GateResult>,
    /// Rows that must be right.
    pub required: Required,
}
