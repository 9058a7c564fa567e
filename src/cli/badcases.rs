//! `wording badcases`.

use super::OutputFormat;
use crate::model::ModelRef;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `wording badcases`
#[derive(Debug, Args)]
pub struct BadcasesArgs {
    /// What to do with them; lists them by default.
    #[command(subcommand)]
    pub command: Option<BadcasesCommand>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t, global = true)]
    pub format: OutputFormat,
}

/// What to do with bad cases.
#[derive(Debug, Subcommand)]
pub enum BadcasesCommand {
    /// List them
    List {
        /// Experiment [default: all]
        experiment: Option<String>,
    },
    /// Keep some
    Add(AddBadcasesArgs),
    /// Correct one
    Edit {
        /// Its number
        number: i64,
        /// The right answer
        #[arg(long, value_name = "TEXT")]
        answer: Option<String>,
        /// A note
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Forget some
    Delete {
        /// Their numbers
        #[arg(required = true)]
        numbers: Vec<i64>,
    },
    /// Write them as rows with their answers, a JSON object a line
    Export {
        /// Experiment (not needed where there is one)
        experiment: Option<String>,
        /// File to write, .jsonl [default: stdout]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// `wording badcases add`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct AddBadcasesArgs {
    /// Experiment (not needed where there is one)
    pub experiment: Option<String>,
    /// A row of the dataset, by its id
    #[arg(long, value_name = "ID", group = "which")]
    pub row: Vec<String>,
    /// All rows that a wording got wrong in a run
    #[arg(long, group = "which")]
    pub failing: bool,
    /// Inputs from elsewhere: a file with the columns of the dataset; a column `output` is the wrong answer
    #[arg(long, value_name = "FILE", group = "which")]
    pub from: Option<PathBuf>,
    /// The right answer [default: the expected one]
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["failing", "from"])]
    pub answer: Option<String>,
    /// A note
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
    /// Wrong answers of this run [default: the latest of the experiment]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Wrong answers of this wording [default: the best of the run]
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Wrong answers of this model [default: the first of the run]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
}
