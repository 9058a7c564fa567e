//! Which rows of a dataset are sealed, as data: the project writes it, `dataset` applies it, the store keeps it with a run.

use serde::{Deserialize, Serialize};

/// Which rows are sealed, and what a row is drawn by.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct SealRule {
    pub by: SealedBy,
    /// The seed of the draw: that of the project file, so that `--seed` seals no other rows.
    pub seed: u64,
    pub key: RowKeyColumns,
}

/// How sealed rows are told from others.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealedBy {
    /// A share of the rows, between 0 and 1.
    Share(f64),
    /// A column of true and false.
    Column(String),
}

/// What a row is drawn by: its cluster, else its id, else its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct RowKeyColumns {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Columns that do not belong to the content: the expected answer, outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
}

/// What a run knows of the seal of its dataset.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct RunSeal {
    pub rule: SealRule,
    /// Rows that are sealed.
    pub sealed: usize,
    /// Rows that are not.
    pub open: usize,
    /// The opening by which this run is one over the sealed rows alone; `None` where it is over the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<i64>,
}

impl RunSeal {
    /// All rows of the dataset.
    pub fn all(&self) -> usize {
        self.sealed + self.open
    }
}
