//! `wording diff`, `report`, `plan`: what is written of runs.

use super::{BareArgs, OutputFormat, Overrides, SendArgs};
use clap::Args;
use std::path::PathBuf;

/// `wording diff`
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Before: a variant, a template file, REV:path of a git revision, a run or RUN/VARIANT
    #[arg(value_name = "A")]
    pub before: String,
    /// After: likewise; several are compared with A each
    #[arg(value_name = "B", required = true)]
    pub after: Vec<String>,
    /// Experiment of the project [default: the first that has both]
    #[arg(short, long, value_name = "NAME")]
    pub experiment: Option<String>,
    /// What to change for this time.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Everything by flags.
    #[command(flatten)]
    pub bare: BareArgs,
    /// How to send.
    #[command(flatten)]
    pub send: SendArgs,
    /// Exit with 1 unless it holds (may be given more than once)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// How to write.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// How a report is written.
#[derive(Debug, Clone, Default, Args)]
pub struct WriteArgs {
    /// Write to a file: .html .md .json .csv .xml (JUnit)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
    /// Leave inputs, expected answers and outputs out
    #[arg(long)]
    pub no_outputs: bool,
    /// Title of the report
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// A note to put at its top
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Rows that must be right, by their ids: exit with 1 unless they are, and a test case each in JUnit
    #[arg(long, value_name = "ROW,ROW", value_delimiter = ',')]
    pub require: Vec<String>,
}

/// `wording report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// A run's id, or the start of one
    #[arg(default_value = "latest")]
    pub run: String,
    /// Exit with 1 unless it holds (may be given more than once)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// Write one plot as SVG instead: scores, differences, effects, spread or shares
    #[arg(long, value_name = "PLOT")]
    pub plot: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub write: WriteArgs,
}

/// `wording plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The pilot: a run's id, or the start of one
    #[arg(default_value = "latest")]
    pub run: String,
    /// Calls to look ahead to, those of the pilot among them [default: the pilot's, and its doubles]
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    pub calls: Vec<u64>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
