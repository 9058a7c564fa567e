//! What an experiment is and what is changed in it for once.

use super::values::positive;
use crate::model::ModelRef;
use clap::Args;
use std::path::PathBuf;

/// Which experiment, and what to change in it for this time.
#[derive(Debug, Clone, Default, Args)]
pub struct ExperimentArgs {
    /// Experiment of the project (not needed where there is one)
    pub experiment: Option<String>,
    /// What to change for this time.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Everything by flags.
    #[command(flatten)]
    pub bare: BareArgs,
}

/// What to change in an experiment for this time.
#[derive(Debug, Clone, Default, Args)]
pub struct Overrides {
    /// Models to ask instead, `endpoint/model`
    #[arg(long, value_name = "A/B,C/D", value_delimiter = ',', alias = "model")]
    pub models: Vec<ModelRef>,
    /// Only a seeded sample of that many rows
    #[arg(long, value_name = "N", value_parser = positive)]
    pub rows: Option<usize>,
    /// Answers a cell
    #[arg(long, value_name = "N", value_parser = positive)]
    pub samples: Option<usize>,
    /// Only the variants whose name matches (may be given more than once)
    #[arg(long, value_name = "GLOB")]
    pub variants: Vec<String>,
    /// Seed of everything drawn
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// Everything by flags: an experiment without a project file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Without a project")]
pub struct BareArgs {
    /// Template file or glob (may be given more than once)
    #[arg(
        long = "template",
        value_name = "GLOB",
        requires = "dataset",
        conflicts_with = "experiment"
    )]
    pub templates: Vec<String>,
    /// Dataset: .jsonl, .json, .csv, .tsv, or - for JSON lines on stdin
    #[arg(long, value_name = "FILE", conflicts_with = "experiment")]
    pub dataset: Option<PathBuf>,
    /// Column with the expected answer
    #[arg(long, value_name = "COLUMN", requires = "dataset")]
    pub answer: Option<String>,
    /// Column with the row's id
    #[arg(long, value_name = "COLUMN", requires = "dataset")]
    pub id: Option<String>,
    /// File of worked examples
    #[arg(long, value_name = "FILE", requires = "dataset")]
    pub shots: Option<PathBuf>,
    /// A label to look for in the answers (may be given more than once) [default: compare the whole text]
    #[arg(long = "label", value_name = "LABEL", requires = "dataset")]
    pub labels: Vec<String>,
    /// Ask the server at this address, for --model endpoint/model
    #[arg(long, value_name = "URL", requires = "dataset")]
    pub base_url: Option<String>,
    /// Environment variable that holds the key for --base-url
    #[arg(long, value_name = "NAME", requires = "base_url")]
    pub api_key_env: Option<String>,
}
