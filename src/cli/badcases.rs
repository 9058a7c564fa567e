//! `wording badcases`.

use super::OutputFormat;
use crate::model::ModelRef;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `wording badcases`
#[derive(Debug, Args)]
pub struct BadcasesArgs {
    /// Lists them by default.
    #[command(subcommand)]
    pub command: Option<BadcasesCommand>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t, global = true)]
    pub format: OutputFormat,
}

/// What to do with bad cases.
#[derive(Debug, Subcommand)]
pub enum BadcasesCommand {
    /// List bad cases
    List {
        /// Experiment [default: all]
        experiment: Option<String>,
    },
    /// Add bad cases
    Add(AddBadcasesArgs),
    /// Edit a bad case
    Edit {
        /// Number of the bad case
        number: i64,
        /// Correct answer
        #[arg(long, value_name = "TEXT")]
        answer: Option<String>,
        /// Note
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Delete bad cases
    Delete {
        /// Numbers of the bad cases
        #[arg(required = true)]
        numbers: Vec<i64>,
    },
    /// Export bad cases as rows with correct answers, one JSON object per line
    Export {
        /// Experiment (optional if there is only one)
        experiment: Option<String>,
        /// Output file, .jsonl [default: stdout]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// `wording badcases add`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct AddBadcasesArgs {
    /// Experiment (optional if there is only one)
    pub experiment: Option<String>,
    /// Id of a row of the dataset (repeatable)
    #[arg(long, value_name = "ID", group = "which")]
    pub row: Vec<String>,
    /// All rows that --variant and --model got wrong in the run
    #[arg(long, group = "which")]
    pub failing: bool,
    /// File of inputs from elsewhere, with the columns of the dataset; a column `output` has the wrong answer
    #[arg(long, value_name = "FILE", group = "which")]
    pub from: Option<PathBuf>,
    /// Correct answer [default: the expected answer]
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["failing", "from"])]
    pub answer: Option<String>,
    /// Note
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub note: String,
    /// Run with the wrong answers [default: the latest of the experiment]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Variant with the wrong answers [default: the best of the run]
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Model with the wrong answers [default: the first of the run]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
}
