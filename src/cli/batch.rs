//! `wording batch`.

use super::{ExperimentArgs, OutputFormat};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `wording batch`
#[derive(Debug, Args)]
pub struct BatchArgs {
    #[command(subcommand)]
    pub command: BatchCommand,
}

/// What `wording batch` does.
#[derive(Debug, Subcommand)]
pub enum BatchCommand {
    /// Write request files in OpenAI batch format (for a provider, `vllm run-batch`, SGLang or Ray Data)
    Export(Box<BatchExportArgs>),
    /// Submit request files to the batch API of their endpoint
    Submit(BatchSubmitArgs),
    /// Show the status of batches
    Status(BatchStatusArgs),
    /// Fetch results and store their answers
    Fetch(BatchPickArgs),
    /// Cancel batches; completed answers can still be fetched
    Cancel(BatchPickArgs),
    /// Import answers from result files: in any order, in part, from several files
    Import(BatchImportArgs),
}

/// `wording batch export`
#[derive(Debug, Args)]
pub struct BatchExportArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Folder for the request files
    #[arg(short, long, value_name = "DIR", default_value = "batch")]
    pub output: PathBuf,
    /// Maximum number of requests per file [default: 50000, and 200 MB]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=50_000))]
    pub max_requests: Option<u64>,
    /// Overwrite existing request files
    #[arg(long)]
    pub force: bool,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch import`
#[derive(Debug, Args)]
pub struct BatchImportArgs {
    /// Result and error files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch submit`
#[derive(Debug, Args)]
pub struct BatchSubmitArgs {
    /// Folder written by `wording batch export`
    #[arg(default_value = "batch")]
    pub dir: PathBuf,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch status`
#[derive(Debug, Args)]
pub struct BatchStatusArgs {
    /// Batch ids [default: all submitted from here]
    pub ids: Vec<String>,
    /// Wait until they are finished
    #[arg(long)]
    pub wait: bool,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch fetch` and `cancel`
#[derive(Debug, Args)]
pub struct BatchPickArgs {
    /// Batch ids [default: all submitted from here that are not finished]
    pub ids: Vec<String>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
