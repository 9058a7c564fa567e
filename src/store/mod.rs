//! SQLite: runs, trials, completions; resume and reuse.
use crate::model::*;
use std::path::{Path, PathBuf};

/// Stub error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

/// The store of a project. Cheap to clone; one writer thread behind it.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
}

/// What is kept of a run, besides its trials: enough to repeat it and to read it without its files.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct RunInfo {
    /// Its id.
    pub id: RunId,
    /// Experiment.
    pub experiment: String,
    /// Start, UTC, seconds since 1970.
    pub started_at: i64,
    /// `running`, `finished`, `stopped` or `failed`.
    pub state: String,
    /// Variants in the order of the grid.
    pub variants: Vec<Variant>,
    /// Source of each variant's template, front matter included.
    pub templates: Vec<StoredTemplate>,
    /// Index of the baseline.
    pub baseline: usize,
    /// Models in the order of the grids.
    pub models: Vec<ModelRef>,
    /// Row ids, in the order of the grids.
    pub row_ids: Vec<String>,
    /// Expected answers, in the same order.
    pub expected: Vec<Option<String>>,
    /// Clusters in the same order; empty where there are none.
    pub clusters: Vec<String>,
    /// The dataset's file and hash.
    pub dataset: (PathBuf, String),
    /// Samples a cell.
    pub samples: usize,
    /// Seed.
    pub seed: u64,
    /// Request parameters.
    pub params: Params,
    /// Metric names, the main one first.
    pub metrics: Vec<String>,
    /// Labels of the main metric, where it has a closed set.
    pub labels: Vec<String>,
    /// The user's note.
    pub note: Option<String>,
}

/// A template as it was when the run was made.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct StoredTemplate {
    /// Name (the file's stem).
    pub name: String,
    /// File, relative to the root.
    pub path: PathBuf,
    /// The whole file.
    pub source: String,
}

impl Store {
    /// Open or make the store at this path (`.wording/wording.db`).
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Ok(Store {
            path: path.to_owned(),
        })
    }
    /// A store in memory, for tests and `--no-store`.
    pub fn in_memory() -> Result<Store, StoreError> {
        unimplemented!()
    }
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// All runs, newest first, without rows.
    pub fn runs(&self) -> Result<Vec<RunInfo>, StoreError> {
        unimplemented!()
    }
    /// A run by id, an unambiguous start of one, or `latest`.
    pub fn run(&self, _id: &str) -> Result<RunInfo, StoreError> {
        unimplemented!()
    }
    /// The grid of one model of a run.
    pub fn grid(&self, _run: &RunId, _model: usize) -> Result<Grid, StoreError> {
        unimplemented!()
    }
    /// One trial with its texts.
    pub fn trial(&self, _run: &RunId, _id: TrialId) -> Result<Option<TrialRecord>, StoreError> {
        unimplemented!()
    }
    /// Every finished trial of a run with its texts, in the order of (model, variant, row, sample).
    pub fn each_trial(
        &self,
        _run: &RunId,
        _each: &mut dyn FnMut(TrialRecord),
    ) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Counts of a run.
    pub fn summary(&self, _run: &RunId) -> Result<Usage, StoreError> {
        unimplemented!()
    }
    /// Delete a run; completions stay, they were paid for.
    pub fn delete_run(&self, _run: &RunId) -> Result<(), StoreError> {
        unimplemented!()
    }
}
