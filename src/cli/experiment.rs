//! Selecting an experiment and overriding its settings.

use super::values::positive;
use crate::model::ModelRef;
use clap::Args;
use std::path::PathBuf;

/// An experiment and overrides for this run.
#[derive(Debug, Clone, Default, Args)]
pub struct ExperimentArgs {
    /// Experiment of the project (optional if there is only one)
    pub experiment: Option<String>,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub bare: BareArgs,
}

/// Overrides of an experiment for this run.
#[derive(Debug, Clone, Default, Args)]
pub struct Overrides {
    /// Models to use instead of those of the experiment, each as endpoint/model
    #[arg(long, value_name = "A/B,C/D", value_delimiter = ',', alias = "model")]
    pub models: Vec<ModelRef>,
    /// Use only a random sample of N rows, drawn by the seed
    #[arg(long, value_name = "N", value_parser = positive)]
    pub rows: Option<usize>,
    /// Use only rows that meet a condition on their columns, such as 'language == "de"' (see docs/session.md, Filters)
    #[arg(long, value_name = "CONDITION")]
    pub rows_where: Option<String>,
    /// Samples per cell
    #[arg(long, value_name = "N", value_parser = positive)]
    pub samples: Option<usize>,
    /// Use only variants whose name matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub variants: Vec<String>,
    /// Random seed
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

const BARE: &str = "Without a project";

/// An experiment without a project file.
#[derive(Debug, Clone, Default, Args)]
pub struct BareArgs {
    /// Template file or glob (repeatable)
    #[arg(
        long = "template",
        help_heading = BARE,
        value_name = "GLOB",
        requires = "dataset",
        conflicts_with = "experiment"
    )]
    pub templates: Vec<String>,
    /// Dataset: .jsonl, .json, .csv, .tsv, or - for JSON lines on stdin
    #[arg(long, help_heading = BARE, value_name = "FILE", conflicts_with = "experiment")]
    pub dataset: Option<PathBuf>,
    /// Column with the expected answer
    #[arg(long, help_heading = BARE, value_name = "COLUMN", requires = "dataset")]
    pub answer: Option<String>,
    /// Column with the row id
    #[arg(long, help_heading = BARE, value_name = "COLUMN", requires = "dataset")]
    pub id: Option<String>,
    /// File of few-shot examples
    #[arg(long, help_heading = BARE, value_name = "FILE", requires = "dataset")]
    pub shots: Option<PathBuf>,
    /// Label to look for in the answers (repeatable) [default: compare the whole answer]
    #[arg(long = "label", help_heading = BARE, value_name = "LABEL", requires = "dataset")]
    pub labels: Vec<String>,
    /// Base URL of the server, for --models NAME/MODEL
    #[arg(long, help_heading = BARE, value_name = "URL", requires = "dataset")]
    pub base_url: Option<String>,
    /// Environment variable with the API key for --base-url
    #[arg(long, help_heading = BARE, value_name = "NAME", requires = "base_url")]
    pub api_key_env: Option<String>,
}
