//! What a project says, validated: its experiments as asked for.

use super::{AdviseSpec, EndpointSpec, MetricSpec, ToolCommandSpec, ToolSetSpec};
use crate::{
    model::{Axis, MaxTruncated, ModelRef, Params, RecordLimit, RequestTotals, SealRule},
    source::{SourcePlace, files_matching},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Debug, Clone)]
pub struct Project {
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// The project file, if there is one (none for a run from flags alone).
    pub file: Option<PathBuf>,
    /// Endpoints by name, `demo` included.
    pub endpoints: BTreeMap<String, EndpointSpec>,
    /// Experiments in the order of the file.
    pub experiments: Vec<ExperimentSpec>,
    /// `store = { prompts = false }`: whether the prompts of answers are stored with them.
    pub stores_prompts: bool,
}

/// Templates × dataset × models × sampling settings × metrics.
#[derive(Debug, Clone)]
pub struct ExperimentSpec {
    pub name: String,
    /// Template files or globs, relative to the project's root.
    pub templates: Vec<String>,
    /// The dataset, relative to the project's root; `-` is standard input.
    pub dataset: PathBuf,
    /// Column with the expected answer.
    pub answer: Option<String>,
    /// Column with the row's id.
    pub id: Option<String>,
    /// Column that groups rows that belong together.
    pub cluster: Option<String>,
    /// What separates the fields of a table; found by its first records where `None`.
    pub delimiter: Option<u8>,
    /// Most bytes of one record of a dataset.
    pub max_record: RecordLimit,
    /// Columns by whose values scores are split.
    pub slices: Vec<String>,
    /// Which rows no command shows until they are opened.
    pub sealed: Option<SealRule>,
    /// What `wording optimize` may change.
    pub optimize: OptimizeSpec,
    /// Shots file, relative to the root.
    pub shots: Option<PathBuf>,
    /// Journal of labels, relative to the root; see [`ExperimentSpec::labels_file`].
    pub labels: Option<PathBuf>,
    /// Model that embeds texts, for choosing shots by `similarity`.
    pub embeddings: Option<ModelRef>,
    pub models: Vec<ModelRef>,
    /// Columns of the dataset with outputs made elsewhere. Where there are some, there are no templates and no models.
    pub outputs: Vec<OutputColumn>,
    /// Name of the baseline variant; the first where `None`.
    pub baseline: Option<String>,
    /// A seeded sample of that many rows; all where `None`.
    pub rows: Option<usize>,
    /// A condition on rows, as typed: only those that meet it are used.
    pub rows_where: Option<String>,
    pub samples: usize,
    pub seed: u64,
    /// The largest share of answers cut at `max_tokens` with which a variant is compared with others.
    pub max_truncated: MaxTruncated,
    pub budget: Budget,
    pub params: Params,
    /// The tools that models may call: one set, or one for each level of the axis `tools`; none where empty.
    pub tools: Vec<ToolSetSpec>,
    /// Who answers their calls; nobody where `None`, and the call is the answer.
    pub tool_command: Option<ToolCommandSpec>,
    /// Axes for all templates: `[experiment.x.axes]`, lists among `params` included as `params.NAME`.
    pub axes: Vec<Axis>,
    /// Where each of them is written, by name.
    pub axis_places: BTreeMap<String, SourcePlace>,
    /// Where the files with rows and shots are named.
    pub data_places: DataPlaces,
    /// How shots are chosen where no axis says it.
    pub shots_default: ShotsSpec,
    /// `format = { sample = n }`: draw n formats as the axis `format`.
    pub format_sample: Option<usize>,
    /// Metrics, the first is the main one; never empty.
    pub metrics: Vec<MetricSpec>,
    /// Where each of them is written; empty where none is.
    pub metric_places: Vec<SourcePlace>,
    pub design: DesignSpec,
    /// What a person says about prompting or fine-tuning.
    pub advise: AdviseSpec,
}

/// What `wording optimize` may change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptimizeSpec {
    /// Parts of a prompt that may be reworded, by axis or by who speaks; all where none is named.
    pub edit: Vec<String>,
}

impl ExperimentSpec {
    /// The column with the expected answers; `expected` where none is named, as labels are exported into it.
    pub fn answer_column(&self) -> &str {
        self.answer.as_deref().unwrap_or("expected")
    }

    /// The journal of labels: that of `labels`, else `labels/NAME.jsonl` in the project's folder.
    pub fn labels_file(&self, root: &Path) -> PathBuf {
        match &self.labels {
            Some(path) => root.join(path),
            None => root.join("labels").join(self.journal_name()),
        }
    }

    /// The journal of ratings: `ratings/NAME.jsonl` in the project's folder.
    pub fn ratings_file(&self, root: &Path) -> PathBuf {
        root.join("ratings").join(self.journal_name())
    }

    /// Files of the experiment that have the name of a dataset and are none: labels, ratings, tools.
    pub fn files_beside_data(&self, root: &Path) -> Vec<PathBuf> {
        let globs = self.tools.iter().flat_map(|set| &set.files);
        // The globs were read already, so they are well-formed.
        let tools = globs.filter_map(|glob| files_matching(&root.join(glob)).ok());
        let journals = [self.labels_file(root), self.ratings_file(root)];
        tools.flatten().chain(journals).collect()
    }

    /// A file name for what people say about this experiment, unlike that of any other.
    pub fn journal_name(&self) -> String {
        let mut name = String::new();
        for c in self.name.chars() {
            match c {
                '.' if name.is_empty() => name += "%2e",
                '.' | '-' | '_' | ' ' => name.push(c),
                c if c.is_alphanumeric() => name.push(c),
                c => name += &format!("%{:02x}", c as u32),
            }
        }
        name + ".jsonl"
    }
}

/// What separates the fields of a table, as it is typed.
pub fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [one] if one.is_ascii() && !one.is_ascii_alphanumeric() && !b"\"\r\n".contains(one) => {
            Ok(*one)
        }
        _ if text == "\\t" => Ok(b'\t'),
        _ => Err(format!(
            "a delimiter is one ASCII character and not a letter, digit or quote, for example \";\"; this is {text:?}"
        )),
    }
}

/// A column with outputs made elsewhere, compared as a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputColumn {
    pub variant: String,
    pub column: String,
}

impl From<&str> for OutputColumn {
    /// A column that is called by its own name.
    fn from(column: &str) -> OutputColumn {
        OutputColumn {
            variant: column.to_owned(),
            column: column.to_owned(),
        }
    }
}

/// Where an experiment names its files; `None` where it does not, or was made of flags.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DataPlaces {
    /// `dataset = …`
    pub dataset: Option<SourcePlace>,
    /// `shots = …`
    pub shots: Option<SourcePlace>,
}

/// How shots are chosen and ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct ShotsSpec {
    /// How many; all that there are where `None`.
    pub count: Option<usize>,
    /// `first`, `random`, `balanced`, `bm25`, `mmr`, `similarity`.
    pub select: String,
    /// `given`, `reverse`, `shuffle:N`, `nearest-last`, `by-label`.
    pub order: String,
}

impl Default for ShotsSpec {
    fn default() -> Self {
        ShotsSpec {
            count: None,
            select: "first".into(),
            order: "given".into(),
        }
    }
}

/// Hard caps of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Budget {
    pub calls: Option<u64>,
    pub usd: Option<f64>,
    pub time: Option<Duration>,
}

impl Budget {
    /// What is left of the caps after so much; the time is not looked at.
    pub fn after(self, spent: RequestTotals) -> Budget {
        Budget {
            calls: self.calls.map(|cap| cap.saturating_sub(spent.calls)),
            usd: self.usd.map(|cap| (cap - spent.usd).max(0.0)),
            ..self
        }
    }

    /// The caps of both: of each the lower one.
    pub fn at_most(self, other: &Budget) -> Budget {
        Budget {
            calls: [self.calls, other.calls].into_iter().flatten().min(),
            usd: [self.usd, other.usd].into_iter().flatten().reduce(f64::min),
            time: [self.time, other.time].into_iter().flatten().min(),
        }
    }
}

/// How axes are combined into variants.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum DesignSpec {
    #[default]
    Full,
    /// The baseline, and each other level alone.
    OneAtATime,
    /// That many distinct variants by seed.
    Random { variants: usize },
    /// An orthogonal array for main effects.
    Orthogonal,
}
