//! JSONL, JSON, CSV, TSV (and Parquet) → rows; sampling, splits.
use crate::model::Row;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Stub error.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

/// Which columns mean what.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// Column with the expected answer.
    pub answer: Option<String>,
    /// Column with the id.
    pub id: Option<String>,
    /// Column that groups rows.
    pub cluster: Option<String>,
}

/// The rows of a file, in its order (or a sample of them).
#[derive(Debug, Clone)]
pub struct Dataset {
    path: PathBuf,
    rows: Vec<Arc<Row>>,
    columns: Vec<String>,
    hash: String,
}

impl Dataset {
    /// Read a dataset; a named column that no row has is an error.
    pub fn read(_path: &Path, _columns: &Columns) -> Result<Dataset, DatasetError> {
        unimplemented!()
    }
    /// A dataset of rows at hand (tests, and the forms without a file).
    pub fn from_rows(rows: Vec<Row>) -> Dataset {
        let columns = rows
            .first()
            .map(|r| r.fields.keys().cloned().collect())
            .unwrap_or_default();
        Dataset {
            path: PathBuf::new(),
            rows: rows.into_iter().map(Arc::new).collect(),
            columns,
            hash: String::new(),
        }
    }
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// No rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// One row, by its place in this dataset (not its `index` in the file).
    pub fn row(&self, at: usize) -> Result<Arc<Row>, DatasetError> {
        Ok(self.rows[at].clone())
    }
    /// Column names, in the order of first appearance.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }
    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Hash of the file's bytes, hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }
    /// A seeded sample of at most `n` rows, in the order of the file.
    pub fn sample(self, _n: usize, _seed: u64) -> Dataset {
        unimplemented!()
    }
}
