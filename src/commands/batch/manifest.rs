//! The manifest of exported request files: models and maximum cost.

use crate::{display::visible, model::ModelRef, report::write_bytes};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Its name in the folder of the request files.
pub(super) const MANIFEST: &str = "batch.json";

/// The manifest of exported request files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) experiment: String,
    /// The most that all of them cost, where prices are known; at batch prices where these are.
    pub(super) usd_at_most: Option<f64>,
    /// Why that is not known, model by model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unknown_cost: Option<String>,
    pub(super) files: Vec<RequestFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RequestFile {
    /// Its name in the folder.
    pub(super) file: PathBuf,
    pub(super) requests: u64,
    pub(super) model: ModelRef,
    /// Path of the operation.
    pub(super) url: String,
}

/// What is said of costs that nothing bounds.
pub(super) fn unknown_cost_line(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| {
        format!("cost at most: unknown ({})\n", visible(why))
    })
}

impl Manifest {
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        Ok(write_bytes(&folder.join(MANIFEST), text.as_bytes())?)
    }

    pub(super) fn read(folder: &Path) -> anyhow::Result<Manifest> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).with_context(|| {
            format!(
                "cannot read {}; create it with `wording batch export -o {}`",
                path.display(),
                folder.display()
            )
        })?;
        serde_json::from_slice(&text).with_context(|| {
            format!(
                "{} was not written by `wording batch export`",
                path.display()
            )
        })
    }
}
