//! `wording render`, `check`, `reword`: before anything is sent.

use super::values::positive;
use super::{ExperimentArgs, OutputFormat};
use crate::model::ModelRef;
use clap::Args;
use std::path::PathBuf;

/// `wording render`
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Which experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Only this row: its id, or its number from 0 [default: the first; all with --format json]
    #[arg(long, value_name = "ROW")]
    pub row: Option<String>,
    /// Only this variant
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Make white space visible
    #[arg(long)]
    pub show_whitespace: bool,
    /// Form on stdout: for reading, or the messages exactly as sent, one prompt a line
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which experiment; all of the project where none is named.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording reword`
#[derive(Debug, Args)]
pub struct RewordArgs {
    /// Template file, or the name of a template of the project
    #[arg(value_name = "TEMPLATE")]
    pub template: PathBuf,
    /// Axis of its front matter to find more levels for
    #[arg(long, value_name = "NAME")]
    pub axis: String,
    /// Level to paraphrase [default: the first]
    #[arg(long, value_name = "NAME")]
    pub level: Option<String>,
    /// How many
    #[arg(short, long, value_name = "N", default_value_t = 8, value_parser = positive)]
    pub n: usize,
    /// Whom to ask, `endpoint/model` [default: the first model of the experiment that has the template]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
    /// Temperature of the asking [default: the endpoint's own]
    #[arg(long, value_name = "T")]
    pub temperature: Option<f64>,
    /// Write them into the front matter without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Form on stdout: the difference, or the paraphrases as JSON
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
