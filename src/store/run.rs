//! What is kept of a run, besides its trials: enough to repeat it and to read it without its files.

use super::StoreError;
use crate::{
    model::{
        AnswerKeys, AnswerOrigins, CutPrompts, EndpointWarning, ListedModel, MaxTruncated,
        ModelRef, Params, PolicySpec, RaisedMaxTokens, RowHeads, RowRecords, RunId, RunSeal, Shard,
        SliceColumn, Variant, VariantNameError, VariantNames, max_output_tokens,
    },
    outcome::GridRules,
    project::MetricSpec,
    source::did_you_mean,
};
use serde::{Deserialize, Deserializer, Serialize};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What is kept of a run, besides its trials.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema, Deserialize)]
pub struct RunInfo {
    pub id: RunId,
    pub experiment: String,
    /// Start, UTC, seconds since 1970.
    pub started_at: i64,
    /// `running`, `finished`, `stopped` or `failed`; `interrupted` where it is written as running and its process is gone.
    pub state: String,
    /// Variants in the order of the grid.
    pub variants: Vec<Variant>,
    /// The templates, by the index that variants name.
    pub templates: Vec<StoredTemplate>,
    pub baseline: usize,
    /// Models in the order of the grids.
    pub models: Vec<ModelRef>,
    pub rows: usize,
    /// Id, expected answer and cluster of each row, in the order of the grids; empty in lists of runs.
    #[serde(skip)]
    pub heads: Arc<RowHeads>,
    /// Columns by whose values scores are split; empty in lists of runs.
    #[serde(skip)]
    pub slices: Arc<Vec<SliceColumn>>,
    /// The rows themselves, in bundles.
    #[serde(skip)]
    pub records: Option<Arc<RowRecords>>,
    /// The dataset's file and hash.
    pub dataset: (PathBuf, String),
    pub samples: usize,
    pub seed: u64,
    pub params: Params,
    /// Metric names, the main one first.
    pub metrics: Vec<String>,
    /// The metrics as configured; empty in runs of earlier versions, and where a later version wrote one that is not known here.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "known_metrics"
    )]
    pub metric_specs: Vec<MetricSpec>,
    /// The score from which a row is correct by the main metric; `None` in runs of builds before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    #[serde(default)]
    pub max_truncated: MaxTruncated,
    /// Labels of the main metric, where it has a closed set.
    pub labels: Vec<String>,
    pub note: Option<String>,
    /// What was bought, where not every trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicySpec>,
    /// More room for answers that were cut, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<RaisedMaxTokens>,
    /// Which part of the trials, where not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Models whose server seems to have cut prompts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut_prompts: Vec<CutPrompts>,
    /// What makes answers of its models less sure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoint_warnings: Vec<EndpointWarning>,
    /// What the endpoints' lists said of its models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed_models: Vec<ListedModel>,
    /// Where the expected answers come from, where people labelled rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_origins: Option<AnswerOrigins>,
    /// Of a grid that was gathered from several runs, these and how many of its answers are of each; newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<(RunId, u64)>,
    /// Which rows of its dataset are sealed, where some are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<RunSeal>,
    /// What its answers and scores come from; `None` in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<AnswerKeys>,
    /// What made it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<RunOrigin>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct RunOrigin {
    /// The command, as it would be typed into a shell.
    pub command: Option<String>,
    /// Commit of the project's folder, where git follows it.
    pub commit: Option<String>,
    /// Whether files differed from the commit.
    pub dirty: bool,
    pub version: String,
}

/// A template as it was when the run was made.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema, Deserialize)]
pub struct StoredTemplate {
    /// Name (the file's stem).
    pub name: String,
    /// File, as the user would type it.
    #[serde(serialize_with = "crate::display::lossy_path")]
    pub path: PathBuf,
    pub source: String,
}

/// Metrics as they were kept; none where they are of a kind that is not known here.
fn known_metrics<'de, D: Deserializer<'de>>(kept: D) -> Result<Vec<MetricSpec>, D::Error> {
    let kept = serde_json::Value::deserialize(kept)?;
    Ok(serde_json::from_value(kept).unwrap_or_default())
}

impl RunInfo {
    /// The score from which a row is correct. A run that does not say goes by the usual name of its main metric.
    pub fn correct_from(&self) -> f64 {
        let graded = ["f1", "rouge_l", "similarity", "judge", "command"];
        let is_graded = |name: &String| graded.contains(&name.as_str());
        self.threshold
            .unwrap_or(if self.metrics.first().is_some_and(is_graded) {
                0.5
            } else {
                1.0
            })
    }

    /// What makes a cell of its grids correct, and a variant comparable.
    pub fn grid_rules(&self) -> GridRules {
        GridRules {
            threshold: self.correct_from(),
            max_truncated: self.max_truncated,
        }
    }

    /// Whether answers that were cut are in it with more room than the experiment gives.
    pub fn has_raised_answers(&self) -> bool {
        self.raised
            .as_ref()
            .is_some_and(|raised| raised.answers > 0)
    }

    /// The limit of each variant's answers, in tokens; `None` where it is the server's. Of cut answers that were requested
    /// again, the higher one.
    pub fn max_tokens(&self) -> Vec<Option<u64>> {
        let raised = (self.raised.as_ref())
            .filter(|_| self.has_raised_answers())
            .map(|raised| raised.max_tokens);
        let variants = self.variants.iter();
        variants
            .map(|v| max_output_tokens(&[&self.params, &v.params]).max(raised))
            .collect()
    }

    /// Whether its rows are the sealed ones, which nothing shows but by an opening.
    pub fn is_of_sealed_rows(&self) -> bool {
        self.seal
            .as_ref()
            .is_some_and(|seal| seal.opening.is_some())
    }

    /// Whether its outputs were made elsewhere and only scored here: it has no templates.
    pub fn is_scored_only(&self) -> bool {
        self.templates.is_empty()
    }

    /// The variant that a name stands for: its own, or the one that reports show.
    pub fn variant_index(&self, name: &str) -> Result<usize, StoreError> {
        let names = VariantNames::new(&self.variants).aliases(self.baseline);
        names.find(name).map_err(|error| match error {
            VariantNameError::Unknown(name) => StoreError::NoVariant {
                run: self.id.0.clone(),
                near: did_you_mean(&name, names.all()),
                known: names.own().iter().take(16).cloned().collect(),
                name,
            },
            ambiguous => StoreError::VariantName {
                run: self.id.0.clone(),
                error: ambiguous,
            },
        })
    }

    /// The metrics, by their place, that are one field of another: `json.total`.
    pub fn field_metrics(&self) -> Vec<usize> {
        let is_field = |name: &String| {
            let of = |metric: &String| {
                let rest = name.strip_prefix(metric.as_str());
                rest.is_some_and(|rest| rest.starts_with('.'))
            };
            self.metrics.iter().any(of)
        };
        let metrics = self.metrics.iter().enumerate();
        metrics
            .filter(|(_, name)| is_field(name))
            .map(|(i, _)| i)
            .collect()
    }

    /// Trials that the run has; at most, where a policy buys them.
    pub fn planned(&self) -> u64 {
        let compared = self.models.len() as u64 * self.rows as u64 * self.samples as u64;
        let mine = self.shard.map_or(0..compared, |s| s.range(compared));
        let all = self.variants.len() as u64 * (mine.end - mine.start);
        let most = self.policy.as_ref().and_then(PolicySpec::calls);
        most.map_or(all, |most| most.min(all))
    }

    /// What is not the same in another run, so that their trials do not belong together; `None` where they do.
    pub fn differs_from(&self, other: &RunInfo) -> Option<&'static str> {
        let sources = |info: &RunInfo| -> Vec<String> {
            info.templates.iter().map(|t| t.source.clone()).collect()
        };
        let what = [
            (self.experiment != other.experiment, "the experiment"),
            (
                self.dataset.1 != other.dataset.1 || self.heads != other.heads,
                "the dataset",
            ),
            (self.variants != other.variants, "the variants"),
            (sources(self) != sources(other), "the text of a template"),
            (self.models != other.models, "the models"),
            (self.samples != other.samples, "the number of samples"),
            (self.params != other.params, "the request parameters"),
            (self.seed != other.seed, "the seed"),
            (self.metrics != other.metrics, "the metrics"),
        ];
        what.iter()
            .find(|(differs, _)| *differs)
            .map(|(_, what)| *what)
    }
}

/// The time since 1970, UTC.
pub fn unix_now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// A new name for a search: `s-` and what a run's name has.
pub fn search_id() -> String {
    let id = run_id(unix_now().as_millis() as u64).0;
    format!("s-{}", id.trim_start_matches("r-"))
}

/// A new name for a run: `r-` and ten characters of base 32 that sort by time, its milliseconds and seven random bits. A process
/// gives none twice, however fast its runs follow each other.
pub fn run_id(ms: u64) -> RunId {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    static LAST: AtomicU64 = AtomicU64::new(0);
    let drawn = (ms << 7) | (rand::random::<u64>() & 127);
    let next = |last: u64| drawn.max(last + 1);
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        Some(next(last))
    });
    let number = next(last.unwrap_or_default());
    let text: String = (0..10)
        .rev()
        .map(|i| char::from(DIGITS[(number >> (5 * i) & 31) as usize]))
        .collect();
    RunId(format!("r-{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_the_same_millisecond_have_names_of_their_own_that_sort_by_time() {
        let ids: Vec<RunId> = (0..2_000)
            .map(|i| run_id(1_790_000_000_000 + i / 500))
            .collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|two| two[0] != two[1]));
        assert!(ids.iter().all(|id| id.0.len() == 12));
    }
}
