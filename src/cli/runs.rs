//! `wording runs` and `export`.

use super::OutputFormat;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `wording runs`
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// Lists them by default.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// Show how worn each set of rows is: wordings compared on it, the gain that luck alone shows among so many, what to do next
    #[arg(long, conflicts_with = "check")]
    pub wear: bool,
    /// Check the store for damage and dangling references, and say what to do about them
    #[arg(long)]
    pub check: bool,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t, global = true)]
    pub format: OutputFormat,
}

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List runs, newest first
    List,
    /// Show what is stored for a run
    Show {
        /// Run id, or a prefix of one
        #[arg(default_value = "latest")]
        run: String,
    },
    /// Combine the shards of a run, given their ids or stores
    ///
    /// The shards must have the same templates, rows, models and seed. A trial in two shards counts once; if their answers
    /// differ, nothing is merged. Trials that no shard has stay open: `wording run --resume RUN` sends them. All answers in
    /// the stores are copied. The exit code is 1 if trials are open or failed.
    Merge {
        /// Run ids of this project, or stores (.db files): of each store, the latest run of each shard
        #[arg(required = true, value_name = "RUN|STORE")]
        parts: Vec<String>,
        /// Note to store with the run
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Delete runs; their answers stay in the store
    Delete {
        /// Run ids
        #[arg(required = true)]
        runs: Vec<String>,
    },
}

/// `wording export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Run id, or a prefix of one [default: latest]; with --to, the experiment (optional if there is only one)
    pub run: Option<String>,
    /// Output format, one trial per line
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<ExportFormat>,
    /// Export the experiment, with its prompts rendered, as files of another tool, into the folder of -o
    ///
    /// What the tool would send or score in another way is listed with file and line, and the exit code is 1.
    #[arg(
        long,
        value_enum,
        value_name = "TOOL",
        requires = "output",
        conflicts_with = "format"
    )]
    pub to: Option<ExportTool>,
    /// Output file, .jsonl, .csv or .parquet [default: stdout]; with --to, a folder
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Overwrite existing files of the folder
    #[arg(long, requires = "to")]
    pub force: bool,
}

/// Format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// JSON, one trial per line.
    Jsonl,
    /// CSV, one trial per line.
    Csv,
    /// Parquet, the columns of the CSV with their types.
    #[cfg(feature = "parquet")]
    Parquet,
    /// Spans of OpenTelemetry (OTLP in JSON), one trial per line.
    Otlp,
}

/// A tool that an experiment is exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportTool {
    /// A configuration with tests.
    Promptfoo,
    /// A task of Inspect with its samples.
    Inspect,
    /// Entries of the open-source registry of OpenAI's evals.
    Evals,
    /// Items of datasets.
    Langfuse,
}
