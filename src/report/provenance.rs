//! Provenance of a report: runs, files and their hashes, commit, models, parameters, versions, commands.

use crate::{diff::template_hash, display::utc, narrate::labels::count, store::RunInfo};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Provenance {
    /// Version of wording that wrote the report.
    pub version: String,
    /// The command that creates the report again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    pub runs: Vec<RunProvenance>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RunProvenance {
    pub run: String,
    pub started: String,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Git commit of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// With uncommitted changes.
    pub dirty: bool,
    pub dataset: String,
    pub dataset_hash: String,
    /// Templates: file, and start of the hash of its text.
    pub templates: Vec<(String, String)>,
    pub rows: usize,
    pub samples: usize,
    pub seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    pub params: serde_json::Map<String, serde_json::Value>,
    /// Metrics, the main one first.
    pub metrics: Vec<String>,
    /// The models, and the other names under which they answered, with the number of answers.
    pub models: Vec<(String, Vec<(String, usize)>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of a grid gathered from several runs, these and how many of its answers are of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<(String, u64)>,
}

/// Names under which models answered, by the index of the requested model.
pub(super) type ServedBy = Vec<BTreeMap<String, usize>>;

impl Provenance {
    pub fn new(runs: &[(&RunInfo, &ServedBy)], command: Option<String>) -> Provenance {
        let runs = runs.iter();
        Provenance {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command,
            runs: runs
                .map(|(info, served)| RunProvenance::new(info, served))
                .collect(),
        }
    }

    /// The command that created a run, where it is not that of the report.
    pub(super) fn run_command<'a>(&self, run: &'a RunProvenance) -> Option<&'a String> {
        let command = run.command.as_ref();
        command.filter(|c| self.command.as_ref() != Some(c))
    }
}

impl RunProvenance {
    fn new(info: &RunInfo, served: &ServedBy) -> RunProvenance {
        let origin = info.origin.as_ref();
        let used = |t: usize| info.variants.iter().any(|v| v.template == t);
        let templates = info.templates.iter().enumerate().filter(|(t, _)| used(*t));
        let models = info.models.iter().enumerate().map(|(m, model)| {
            let names = served.get(m).into_iter().flatten();
            let names = names.map(|(name, n)| (name.clone(), *n)).collect();
            (model.to_string(), names)
        });
        RunProvenance {
            run: info.id.0.clone(),
            started: utc(info.started_at),
            state: info.state.clone(),
            command: origin.and_then(|o| o.command.clone()),
            version: origin.map(|o| o.version.clone()),
            commit: origin.and_then(|o| o.commit.clone()),
            dirty: origin.is_some_and(|o| o.dirty),
            dataset: info.dataset.0.display().to_string(),
            dataset_hash: info.dataset.1.clone(),
            templates: templates
                .map(|(_, t)| (t.path.display().to_string(), template_hash(t)))
                .collect(),
            rows: info.rows,
            samples: info.samples,
            seed: info.seed,
            shard: info.shard.map(|s| s.to_string()),
            params: info.params.clone(),
            metrics: info.metrics.clone(),
            models: models.collect(),
            note: info.note.clone(),
            sources: (info.sources.iter())
                .map(|(run, answers)| (run.0.clone(), *answers))
                .collect(),
        }
    }

    /// How many answers are of which run.
    pub(super) fn source_counts(&self) -> String {
        let counts = self.sources.iter();
        let counts = counts.map(|(run, n)| format!("{} of {run}", count(*n as usize, "answer")));
        counts.collect::<Vec<_>>().join(", ")
    }

    /// Names and values for a reader.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let list = |all: Vec<String>| all.join(", ");
        let models = self.models.iter().map(|(model, served)| {
            let names = served
                .iter()
                .map(|(name, n)| format!("{name} ({})", count(*n, "answer")));
            match list(names.collect()).as_str() {
                "" => model.clone(),
                names => format!("{model}, answered as {names}"),
            }
        });
        let templates = self.templates.iter();
        let hash = &self.dataset_hash;
        let run = match &self.sources[..] {
            [] => format!("{}, {} UTC, {}", self.run, self.started, self.state),
            _ => format!("current grid, {}", self.source_counts()),
        };
        let mut lines = vec![
            ("run", run),
            (
                "dataset",
                format!(
                    "{}, {} × {}, blake3 {}",
                    self.dataset,
                    count(self.rows, "row"),
                    count(self.samples, "sample"),
                    hash.get(..16).unwrap_or(hash)
                ),
            ),
            (
                "templates",
                list(
                    templates
                        .map(|(path, hash)| format!("{path} {hash}"))
                        .collect(),
                ),
            ),
            ("models", list(models.collect())),
            (
                "parameters",
                format!(
                    "{}, seed {}",
                    serde_json::Value::Object(self.params.clone()),
                    self.seed
                ),
            ),
            ("metrics", list(self.metrics.clone())),
        ];
        if let Some(commit) = &self.commit {
            let dirty = if self.dirty {
                ", with uncommitted changes"
            } else {
                ""
            };
            lines.push(("commit", format!("{commit}{dirty}")));
        }
        lines.extend(self.note.iter().map(|note| ("note", note.clone())));
        lines
    }
}
