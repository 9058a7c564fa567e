//! `wording models`, `init`, `serve`, `data`, `schema`.

use super::OutputFormat;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `wording models`
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// Endpoint of the project [default: all]
    pub endpoint: Option<String>,
    /// Also try what a model supports, with eight tiny calls [default: the one that an experiment asks]
    #[arg(long, value_name = "MODEL", num_args = 0..=1, default_missing_value = "", requires = "endpoint")]
    pub probe: Option<String>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Folder to write into
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// `wording serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8811)]
    pub port: u16,
    /// Delay before an answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency_ms: u64,
    /// Pace of a stream; 0 is at once
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    pub tokens_per_second: f64,
    /// Script of faults (TOML)
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Answer with a constant, for measuring clients
    #[arg(long)]
    pub fast: bool,
    /// Folder in which to keep fine-tuning jobs and tuned models [default: they last as long as the server]
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// `wording data`
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The dataset: .jsonl, .json, .csv, .tsv or .parquet, packed (.gz, .zst) or not; a pattern for several files; - for
    /// JSON lines on stdin
    pub file: PathBuf,
    /// Column with the expected answer: counts rows that contradict each other
    #[arg(long, value_name = "COLUMN")]
    pub answer: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder into which to write a page for each command [default: the page of `wording` itself, on stdout]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// `wording schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// `wording diff -o x.json`
    Diff,
    /// `wording report -o x.json`
    Report,
    /// `wording run --format json`
    Run,
    /// wording.toml
    Project,
}
