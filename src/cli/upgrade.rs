//! `wording upgrade`.

use super::{
    ExperimentArgs, OutputFormat,
    values::{chance, not_negative, positive},
};
use crate::model::ModelRef;
use clap::Args;
use std::path::PathBuf;

/// `wording upgrade`
#[derive(Debug, Args)]
pub struct UpgradeArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Model that is to be replaced, `endpoint/model`; its stored answers are the record
    #[arg(long, value_name = "MODEL")]
    pub from: ModelRef,
    /// Model in its place, `endpoint/model`
    #[arg(long, value_name = "MODEL")]
    pub to: ModelRef,
    /// Differences of the mean score within it count as none, as a share (0.02: two points)
    #[arg(long, value_name = "SHARE", default_value_t = 0.02, value_parser = chance)]
    pub margin: f64,
    /// Chance of any wrong verdict, over all wordings and all looks
    #[arg(long, value_name = "ALPHA", default_value_t = 0.05, value_parser = chance)]
    pub alpha: f64,
    /// Send nothing to the model that is to be replaced; rows without a stored answer of it are left out
    #[arg(long)]
    pub stored_only: bool,
    /// Stop after this many calls of both models together; a judge has the budget of its metric in each batch of rows
    #[arg(long, value_name = "N")]
    pub budget_calls: Option<u64>,
    /// Stop before spending more than this on both models together
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub budget_usd: Option<f64>,
    /// Maximum number of requests in flight per endpoint
    #[arg(long, value_name = "N", value_parser = positive)]
    pub max_in_flight: Option<usize>,
    /// Exit with code 1 unless this condition holds, e.g. 'worse == 0' (repeatable)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// Write the page to a file: .html .md .json
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Omit inputs, expected answers and outputs from it
    #[arg(long)]
    pub no_outputs: bool,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
