//! What is kept of a run, besides its trials: enough to repeat it and to read it without its files.

use crate::model::{ModelRef, Params, PolicySpec, RowHeads, RunId, Variant};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};

/// What is kept of a run, besides its trials.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunInfo {
    /// Its id.
    pub id: RunId,
    /// Experiment.
    pub experiment: String,
    /// Start, UTC, seconds since 1970.
    pub started_at: i64,
    /// `running`, `finished`, `stopped` or `failed`. A run that is `running` and not on its way was killed.
    pub state: String,
    /// Variants in the order of the grid.
    pub variants: Vec<Variant>,
    /// The templates, by the index that variants name.
    pub templates: Vec<StoredTemplate>,
    /// Index of the baseline.
    pub baseline: usize,
    /// Models in the order of the grids.
    pub models: Vec<ModelRef>,
    /// Number of rows.
    pub rows: usize,
    /// Id, expected answer and cluster of each row, in the order of the grids; empty in lists of runs.
    #[serde(skip)]
    pub heads: Arc<RowHeads>,
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
    /// What was bought, where not every trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicySpec>,
    /// What made it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<RunOrigin>,
}

/// What made a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrigin {
    /// The command, as it would be typed into a shell.
    pub command: Option<String>,
    /// Commit of the project's folder, where git follows it.
    pub commit: Option<String>,
    /// Whether files differed from the commit.
    pub dirty: bool,
    /// Version of wording.
    pub version: String,
}

/// A template as it was when the run was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredTemplate {
    /// Name (the file's stem).
    pub name: String,
    /// File, as the user would type it.
    pub path: PathBuf,
    /// The whole file.
    pub source: String,
}

impl RunInfo {
    /// Trials that the run has; at most, where a policy buys them.
    pub fn planned(&self) -> u64 {
        let all = self.variants.len() as u64
            * self.models.len() as u64
            * self.rows as u64
            * self.samples as u64;
        let most = self.policy.as_ref().and_then(PolicySpec::calls);
        most.map_or(all, |most| most.min(all))
    }
}
