//! `wording import`.

use super::OutputFormat;
use clap::{Args, Subcommand};
use regex::Regex;
use std::path::PathBuf;

/// `wording import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub command: ImportCommand,
}

/// What `wording import` reads.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Import a promptfoo configuration (promptfooconfig.yaml or .json) and the files it references
    ///
    /// Prompts become templates, tests become dataset rows with their assertions, and providers become endpoints and models.
    /// What cannot be imported is listed with file and line, here and in IMPORT.md of the new project. The exit code is 1 if
    /// something that changes prompts or scores was left out.
    Promptfoo(ImportFileArgs),
    /// Import a prompt file with front matter: Dotprompt (.prompt) or Prompty (.prompty)
    ///
    /// The prompt becomes a template, its example values a row, and its output schema a metric. The exit code is 1 if something
    /// that changes the prompt was left out.
    Dotprompt(ImportFileArgs),
    /// Import OpenAI Evals: an export of the platform, or a registry of the open-source package
    ///
    /// Takes a file or a folder: evals, runs, output items and data as the API lists them (JSON or JSON Lines), or registry files
    /// (YAML) with their samples. Items become rows, runs become prompts, models and recorded outputs, testing criteria become
    /// assertions. The exit code is 1 if something that changes prompts or scores was left out.
    Evals(ImportFileArgs),
    /// Import recorded calls: traces of OpenTelemetry, Langfuse or Phoenix, stored completions of OpenAI, logs of Inspect
    ///
    /// Takes a file or a folder: spans as JSON (lines, lists or OTLP) with the GenAI or OpenInference attributes, exports of Langfuse and
    /// Phoenix (.jsonl, .json, .csv), stored completions with their messages, .eval and .json logs. Each input becomes a row once, with
    /// outputs, scores and annotations; the prompt becomes a template. The exit code is 1 if something was left out.
    Traces(ImportTracesArgs),
}

impl ImportCommand {
    /// What is imported, and where it goes.
    pub fn target(&self) -> &ImportTargetArgs {
        match self {
            ImportCommand::Promptfoo(args)
            | ImportCommand::Dotprompt(args)
            | ImportCommand::Evals(args) => &args.target,
            ImportCommand::Traces(args) => &args.target,
        }
    }
}

/// The file to import and what it may read.
#[derive(Debug, Args)]
pub struct ImportFileArgs {
    #[command(flatten)]
    pub target: ImportTargetArgs,
    /// Read files that it names, or links in it lead to, outside of its folder
    #[arg(long)]
    pub allow_outside: bool,
}

/// The traces to import, and what to keep out of the project.
#[derive(Debug, Args)]
pub struct ImportTracesArgs {
    #[command(flatten)]
    pub target: ImportTargetArgs,
    /// Replace what matches this regular expression by [redacted] in everything that is written (repeatable)
    #[arg(long, value_name = "REGEX")]
    pub redact: Vec<Regex>,
    /// Follow links in the folder that lead outside of it
    #[arg(long)]
    pub allow_outside: bool,
}

/// The file to import and the folder of the new project.
#[derive(Debug, Args)]
pub struct ImportTargetArgs {
    /// File to import
    pub file: PathBuf,
    /// Folder for the new project
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Overwrite existing files
    #[arg(long)]
    pub force: bool,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
