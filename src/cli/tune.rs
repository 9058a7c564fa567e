//! `wording advise`, `tune`, `history`.

use super::values::{above_zero, not_negative, one_of, positive, share};
use super::{OutputFormat, YesNo};
use crate::{
    model::ModelRef,
    project::{Changes, Deployment, Resources, Task},
    tune::TrainingFormat,
};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `wording advise`
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// Experiment of the project (optional if there is only one)
    pub experiment: Option<String>,
    /// Run to use [default: the latest of the experiment]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub said: SaidArgs,
    /// Write to a file, .md or .json
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

const FACTS: &str = "Facts that only you know";

/// Facts that only the user knows; they override `[experiment.NAME.advise]`.
#[derive(Debug, Clone, Default, Args)]
pub struct SaidArgs {
    /// Target score, from 0 to 1
    #[arg(long, help_heading = FACTS, value_name = "SCORE", value_parser = share)]
    pub target: Option<f64>,
    /// File of labelled rows not used for evaluation
    #[arg(long, help_heading = FACTS, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Number of labelled rows, if they are not in a file here
    #[arg(long, help_heading = FACTS, value_name = "N")]
    pub labelled: Option<usize>,
    /// Task difficulty
    #[arg(long, help_heading = FACTS, value_name = "WORD", value_parser = one_of::<Task>())]
    pub task: Option<Task>,
    /// What you can train with
    #[arg(long, help_heading = FACTS, value_name = "WORD", value_parser = one_of::<Resources>())]
    pub resources: Option<Resources>,
    /// Where the model will run
    #[arg(long, help_heading = FACTS, value_name = "WORD", value_parser = one_of::<Deployment>())]
    pub deployment: Option<Deployment>,
    /// How often the task changes
    #[arg(long, help_heading = FACTS, value_name = "WORD", value_parser = one_of::<Changes>())]
    pub changes: Option<Changes>,
    /// Parameters of the model to tune, in billions
    #[arg(long, help_heading = FACTS, value_name = "N", value_parser = above_zero)]
    pub parameters_b: Option<f64>,
    /// Memory of the largest GPU, in GB
    #[arg(long, help_heading = FACTS, value_name = "N", value_parser = above_zero)]
    pub gpu_memory_gb: Option<f64>,
    /// Calls per month
    #[arg(long, help_heading = FACTS, value_name = "N", value_parser = above_zero)]
    pub calls_per_month: Option<f64>,
    /// Cost of training, in USD
    #[arg(long, help_heading = FACTS, value_name = "USD", value_parser = not_negative)]
    pub training_cost: Option<f64>,
    /// Cost of labelling, in USD
    #[arg(long, help_heading = FACTS, value_name = "USD", value_parser = not_negative)]
    pub labelling_cost: Option<f64>,
    /// Cost of hosting the tuned model, in USD
    #[arg(long, help_heading = FACTS, value_name = "USD", value_parser = not_negative)]
    pub hosting_cost: Option<f64>,
}

/// `wording tune`
#[derive(Debug, Args)]
pub struct TuneArgs {
    #[command(subcommand)]
    pub command: TuneCommand,
}

/// Fine-tuning actions.
#[derive(Debug, Subcommand)]
pub enum TuneCommand {
    /// Write checked training files from labelled rows and corrected bad cases
    Export(TuneExportArgs),
    /// Write a configuration for a trainer, with a reason for each value
    Config(TuneConfigArgs),
    /// Start a fine-tuning job at an endpoint and follow it
    Submit(TuneSubmitArgs),
    /// Show the status of jobs
    Status {
        /// Job id [default: all started from here]
        job: Option<String>,
        /// Output format
        #[arg(long, value_enum, value_name = "FORM", default_value_t)]
        format: OutputFormat,
    },
    /// Cancel a job
    Cancel {
        /// Job id
        job: String,
        /// Output format
        #[arg(long, value_enum, value_name = "FORM", default_value_t)]
        format: OutputFormat,
    },
    /// Compare a tuned model with its base model, each with its best prompt
    Compare {
        /// Experiment (optional if there is only one)
        experiment: Option<String>,
        /// Run to use [default: the latest with a base and a tuned model]
        #[arg(long, value_name = "RUN")]
        run: Option<String>,
        /// Output format
        #[arg(long, value_enum, value_name = "FORM", default_value_t)]
        format: OutputFormat,
    },
}

/// `wording tune export`
#[derive(Debug, Args)]
pub struct TuneExportArgs {
    /// Experiment (optional if there is only one)
    pub experiment: Option<String>,
    /// Output folder
    #[arg(short, long, value_name = "DIR", default_value = "tuning")]
    pub output: PathBuf,
    /// File formats [default: all]
    #[arg(long = "for", value_name = "FORM,FORM", value_delimiter = ',', value_parser = one_of::<TrainingFormat>())]
    pub formats: Vec<TrainingFormat>,
    /// Variant for the prompts [default: the one with the shortest prompts in the latest run, else the baseline]
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Include shots in the prompts
    #[arg(long, value_enum, value_name = "YES|NO", default_value = "no")]
    pub shots: YesNo,
    /// File of labelled rows, in addition to shots and corrected bad cases
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Share of rows for validation
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    pub validation: f64,
    /// Maximum number of rows per answer
    #[arg(long, value_name = "N", value_parser = positive)]
    pub max_per_label: Option<usize>,
    /// Prefer bad cases, and rows similar to those that fail or depend on the wording
    #[arg(long)]
    pub most_informative: bool,
    /// Also train on bad cases that are evaluation rows; they are then no longer evaluated
    #[arg(long)]
    pub spend_rows: bool,
    /// Model whose tokenizer and context window to use [default: the experiment's first model]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
    /// Maximum number of tokens [default: the model's context window, if known]
    #[arg(long, value_name = "N")]
    pub context: Option<u64>,
    /// Seed of the split [default: the experiment's]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording tune config`
#[derive(Debug, Args)]
pub struct TuneConfigArgs {
    /// Folder written by `tune export`
    #[arg(default_value = "tuning")]
    pub dir: PathBuf,
    /// Trainer
    #[arg(long = "for", value_enum, value_name = "TRAINER")]
    pub trainer: Trainer,
    /// Base model as the trainer knows it, for example Qwen/Qwen2.5-7B-Instruct
    #[arg(long, value_name = "NAME")]
    pub base: String,
    /// Parameters of the base model, in billions [default: from its name]
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub parameters_b: Option<f64>,
    /// GPU memory, in GB [default: the experiment's, else 24]
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub gpu_memory_gb: Option<f64>,
    /// Train on the CPU: LoRA in 32 bits, for small bases
    #[arg(long, conflicts_with = "gpu_memory_gb")]
    pub cpu: bool,
    /// Chat template, as named by LLaMA-Factory [default: from the base model's name]
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// File to write [default: in the folder]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// A trainer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Trainer {
    /// LLaMA-Factory.
    LlamaFactory,
    /// axolotl.
    Axolotl,
    /// A script for TRL and PEFT.
    Trl,
}

/// `wording tune submit`
#[derive(Debug, Args)]
pub struct TuneSubmitArgs {
    /// Folder written by `tune export`
    #[arg(default_value = "tuning")]
    pub dir: PathBuf,
    /// Base model, `endpoint/model` [default: the experiment's first that is not fine-tuned]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
    /// Suffix of the tuned model's name [default: the experiment's name]
    #[arg(long, value_name = "TEXT")]
    pub suffix: Option<String>,
    /// Number of epochs [default: the endpoint decides]
    #[arg(long, value_name = "N")]
    pub epochs: Option<u32>,
    /// Train on preference pairs
    #[arg(long)]
    pub preference: bool,
    /// Do not wait for the job to finish
    #[arg(long)]
    pub no_wait: bool,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording history`
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Experiment (optional if there is only one)
    pub experiment: Option<String>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
