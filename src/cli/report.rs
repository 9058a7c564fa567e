//! `wording diff`, `report`, `plan`.

use super::{BareArgs, OutputFormat, Overrides, SendArgs};
use clap::Args;
use std::path::PathBuf;

/// `wording diff`
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Before: a variant, a template file, REV:path at a git revision, a run or RUN/VARIANT
    #[arg(value_name = "A")]
    pub before: String,
    /// After: the same forms; each one is compared with A
    #[arg(value_name = "B", required = true)]
    pub after: Vec<String>,
    /// Experiment [default: the first that contains both]
    #[arg(short, long, value_name = "NAME")]
    pub experiment: Option<String>,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub bare: BareArgs,
    #[command(flatten)]
    pub send: SendArgs,
    /// Exit with code 1 unless this condition holds (repeatable)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    #[command(flatten)]
    pub write: WriteArgs,
}

/// Report output options.
#[derive(Debug, Clone, Default, Args)]
pub struct WriteArgs {
    /// Write to a file: .html .md .json .csv .xml (JUnit)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
    /// Omit inputs, expected answers and outputs
    #[arg(long)]
    pub no_outputs: bool,
    /// Report title
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Note at the top of the report
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Ids of rows that must be correct: exit with code 1 otherwise; each is a test case in JUnit
    #[arg(long, value_name = "ROW,ROW", value_delimiter = ',')]
    pub require: Vec<String>,
}

/// `wording report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Run id, a prefix of one, or `latest` [default: the current grid of the latest run's experiment, from whatever runs
    /// have its answers]
    pub run: Option<String>,
    /// Only rows that meet a condition on their columns, such as 'language == "de"' (see docs/session.md, Filters)
    #[arg(long = "where", value_name = "CONDITION", conflicts_with_all = ["run", "open_sealed"])]
    pub rows_where: Option<String>,
    /// Exit with code 1 unless this condition holds (repeatable)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// Report the latest run over the sealed rows, or the one named; each opening is recorded, with --note as its reason
    #[arg(long, conflicts_with = "bundle")]
    pub open_sealed: bool,
    /// Show precision, recall and F1 of each label, and the confusion matrices
    #[arg(long)]
    pub labels: bool,
    /// Show intervals and differences in each slice
    #[arg(long)]
    pub slices: bool,
    /// Write the run, its prompts, answers, labels, metrics and rows to a file that `wording open` shows
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plot", "output"])]
    pub bundle: Option<PathBuf>,
    /// Write a single plot as SVG: scores, differences, effects, spread, shares, cost or latency
    #[arg(long, value_name = "PLOT")]
    pub plot: Option<String>,
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `wording open`
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `wording plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Run to base the recommendation on: id, or a prefix of one
    #[arg(default_value = "latest")]
    pub run: String,
    /// Numbers of calls to project results for, including those of the run [default: 1, 2, 4 ... times the run's]
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    pub calls: Vec<u64>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
