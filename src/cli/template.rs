//! `wording render`, `check`, `reword`.

use super::values::positive;
use super::{ExperimentArgs, OutputFormat};
use crate::model::ModelRef;
use clap::Args;
use std::path::PathBuf;

/// `wording render`
#[derive(Debug, Args)]
pub struct RenderArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Only this row: id, or number, counted from 0 [default: the first; all with --format json]
    #[arg(long, value_name = "ROW")]
    pub row: Option<String>,
    /// Only this variant
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Show whitespace characters
    #[arg(long)]
    pub show_whitespace: bool,
    /// Output format: human-readable, or the messages exactly as sent, one prompt per line
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// All experiments of the project by default.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording reword`
#[derive(Debug, Args)]
pub struct RewordArgs {
    /// Template file, or name of a template of the project
    #[arg(value_name = "TEMPLATE")]
    pub template: PathBuf,
    /// Axis in its front matter to add levels to
    #[arg(long, value_name = "NAME")]
    pub axis: String,
    /// Level to paraphrase [default: the first]
    #[arg(long, value_name = "NAME")]
    pub level: Option<String>,
    /// Number of paraphrases
    #[arg(short, long, value_name = "N", default_value_t = 8, value_parser = positive)]
    pub n: usize,
    /// Model to use, `endpoint/model` [default: the first model of the experiment with the template]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
    /// Temperature [default: that of the endpoint]
    #[arg(long, value_name = "T")]
    pub temperature: Option<f64>,
    /// Write them into the front matter without confirmation
    #[arg(short, long)]
    pub yes: bool,
    /// Output format: the diff, or the paraphrases as JSON
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
