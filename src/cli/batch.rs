//! `wording batch`.

use super::{ExperimentArgs, OutputFormat};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `wording batch`
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BatchCommand,
}

/// What `wording batch` does.
#[derive(Debug, Subcommand)]
pub enum BatchCommand {
    /// Write request files of the OpenAI batch form (for a provider, `vllm run-batch`, SGLang or Ray Data)
    Export(Box<BatchExportArgs>),
    /// Send request files to the batch interface of their endpoint
    Submit(BatchSubmitArgs),
    /// How the batches stand
    Status(BatchStatusArgs),
    /// Fetch results and keep the answers in them
    Fetch(BatchPickArgs),
    /// End batches before their time; what is answered can be fetched
    Cancel(BatchPickArgs),
    /// Keep the answers in result files: in any order, in parts, from several files
    Import(BatchImportArgs),
}

/// `wording batch export`
#[derive(Debug, Args)]
pub struct BatchExportArgs {
    /// Which experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Folder for the request files
    #[arg(short, long, value_name = "DIR", default_value = "batch")]
    pub output: PathBuf,
    /// Most requests in a file [default: 50000, and 200 MB]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=50_000))]
    pub max_requests: Option<u64>,
    /// Write over request files that are there
    #[arg(long)]
    pub force: bool,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch import`
#[derive(Debug, Args)]
pub struct BatchImportArgs {
    /// Result and error files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch submit`
#[derive(Debug, Args)]
pub struct BatchSubmitArgs {
    /// Folder that `wording batch export` wrote
    #[arg(default_value = "batch")]
    pub dir: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch status`
#[derive(Debug, Args)]
pub struct BatchStatusArgs {
    /// Batches, by their ids [default: all that were submitted here]
    pub ids: Vec<String>,
    /// Wait until they are over
    #[arg(long)]
    pub wait: bool,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording batch fetch` and `cancel`
#[derive(Debug, Args)]
pub struct BatchPickArgs {
    /// Batches, by their ids [default: all that were submitted here and are not done with]
    pub ids: Vec<String>,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
