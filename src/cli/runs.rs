//! `wording runs` and `export`: what the store has.

use super::OutputFormat;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `wording runs`
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// What to do with them; lists them by default.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t, global = true)]
    pub format: OutputFormat,
}

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List them, newest first
    List,
    /// What is kept of a run
    Show {
        /// A run's id, or the start of one
        #[arg(default_value = "latest")]
        run: String,
    },
    /// Make one run of its shards, by their ids or by their stores
    ///
    /// The shards have to be of the same templates, rows, models and seed. A trial that two of them have counts once; where their
    /// answers differ, nothing is merged. What no shard has stays open: `wording run --resume RUN` sends it. Everything that
    /// the stores have paid for is taken over. Exit code 1 where trials are open or failed.
    Merge {
        /// Runs of this project by their ids, and stores (.db files), of which the latest run of each shard is taken
        #[arg(required = true, value_name = "RUN|STORE")]
        parts: Vec<String>,
        /// A note to keep with the run
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Delete runs; answers already paid for are kept
    Delete {
        /// Their ids
        #[arg(required = true)]
        runs: Vec<String>,
    },
}

/// `wording export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// A run's id, or the start of one
    #[arg(default_value = "latest")]
    pub run: String,
    /// Form: a trial a line
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<ExportFormat>,
    /// File to write, .jsonl or .csv [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// JSON, one trial a line.
    Jsonl,
    /// CSV, one trial a line.
    Csv,
}
