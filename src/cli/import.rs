//! `wording import`.

use super::OutputFormat;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `wording import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ImportCommand,
}

/// What `wording import` takes over.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// A promptfoo configuration (promptfooconfig.yaml or .json), with the files that it points to
    ///
    /// Prompts become templates, tests the rows of a dataset with their assertions, providers endpoints and models. What
    /// cannot be taken over is listed with file and line, here and in IMPORT.md of the new project. The exit code is 1 where
    /// something that changes prompts or scores was left out.
    Promptfoo(ImportFileArgs),
    /// A prompt file with front matter: Dotprompt (.prompt) or Prompty (.prompty)
    ///
    /// The prompt becomes a template, its example values a row, its output schema a metric. The exit code is 1 where something
    /// that changes the prompt was left out.
    Dotprompt(ImportFileArgs),
}

/// The file, and where the project goes.
#[derive(Debug, Args)]
pub struct ImportFileArgs {
    /// The file to take over
    pub file: PathBuf,
    /// Folder for the new project
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write over files that are there
    #[arg(long)]
    pub force: bool,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
