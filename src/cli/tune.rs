//! `wording advise`, `tune`, `history`: from prompting to tuning and back.

use super::values::{above_zero, not_negative, positive, share};
use super::{OutputFormat, YesNo};
use crate::{
    model::ModelRef,
    project::{Changes, Deployment, Resources, Task},
    tune::TrainingFormat,
};
use clap::{Args, Subcommand, ValueEnum, builder::TypedValueParser as _};
use std::path::PathBuf;

/// `wording advise`
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// Experiment of the project (not needed where there is one)
    pub experiment: Option<String>,
    /// Read this run [default: the latest of the experiment]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// What a person must say.
    #[command(flatten)]
    pub said: SaidArgs,
    /// Write to a file: .md .json
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// What a person must say about prompting or fine-tuning; over what `[experiment.NAME.advise]` says.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What only you can say")]
pub struct SaidArgs {
    /// The score that is enough, from 0 to 1
    #[arg(long, value_name = "SCORE", value_parser = share)]
    pub target: Option<f64>,
    /// File of labelled rows that are not evaluated
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// How many labelled rows there are, where no file here has them
    #[arg(long, value_name = "N")]
    pub labelled: Option<usize>,
    /// How hard the task is
    #[arg(long, value_name = "WORD", value_parser = clap::builder::PossibleValuesParser::new(Task::WORDS).try_map(|w| w.parse::<Task>()))]
    pub task: Option<Task>,
    /// What there is to train with
    #[arg(long, value_name = "WORD", value_parser = clap::builder::PossibleValuesParser::new(Resources::WORDS).try_map(|w| w.parse::<Resources>()))]
    pub resources: Option<Resources>,
    /// Where it will answer
    #[arg(long, value_name = "WORD", value_parser = clap::builder::PossibleValuesParser::new(Deployment::WORDS).try_map(|w| w.parse::<Deployment>()))]
    pub deployment: Option<Deployment>,
    /// How often the task changes
    #[arg(long, value_name = "WORD", value_parser = clap::builder::PossibleValuesParser::new(Changes::WORDS).try_map(|w| w.parse::<Changes>()))]
    pub changes: Option<Changes>,
    /// Parameters of the model to tune, in billions
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub parameters_b: Option<f64>,
    /// Memory of the largest GPU, in GB
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub gpu_memory_gb: Option<f64>,
    /// Calls a month
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub calls_per_month: Option<f64>,
    /// What training costs, in USD
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub training_cost: Option<f64>,
    /// What labelling costs, in USD
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub labelling_cost: Option<f64>,
    /// What hosting the tuned model costs, in USD
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub hosting_cost: Option<f64>,
}

/// `wording tune`
#[derive(Debug, Args)]
pub struct TuneArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TuneCommand,
}

/// What to do about fine-tuning.
#[derive(Debug, Subcommand)]
pub enum TuneCommand {
    /// Labelled rows and corrected bad cases, checked, as training files
    Export(TuneExportArgs),
    /// A configuration for a trainer, each value with its reason
    Config(TuneConfigArgs),
    /// Begin a fine-tuning job at an endpoint and follow it
    Submit(TuneSubmitArgs),
    /// How jobs stand
    Status {
        /// A job's id [default: all that were begun here]
        job: Option<String>,
        /// Form on stdout
        #[arg(long, value_enum, value_name = "FORM", default_value_t)]
        format: OutputFormat,
    },
    /// End a job before its time
    Cancel {
        /// Its id
        job: String,
    },
    /// Base with the best prompt, tuned with the bare and the best prompt, in one grid
    Compare {
        /// Experiment (not needed where there is one)
        experiment: Option<String>,
        /// Read this run [default: the latest with a base and a tuned model]
        #[arg(long, value_name = "RUN")]
        run: Option<String>,
        /// Form on stdout
        #[arg(long, value_enum, value_name = "FORM", default_value_t)]
        format: OutputFormat,
    },
}

/// `wording tune export`
#[derive(Debug, Args)]
pub struct TuneExportArgs {
    /// Experiment (not needed where there is one)
    pub experiment: Option<String>,
    /// Folder to write into
    #[arg(short, long, value_name = "DIR", default_value = "tuning")]
    pub output: PathBuf,
    /// Forms of file [default: all]
    #[arg(long = "for", value_name = "FORM,FORM", value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(TrainingFormat::WORDS).try_map(|w| w.parse::<TrainingFormat>()))]
    pub formats: Vec<TrainingFormat>,
    /// Wording of the prompts [default: the one with the shortest prompts in the latest run, else the baseline]
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Show shots in the prompts
    #[arg(long, value_enum, value_name = "YES|NO", default_value = "no")]
    pub shots: YesNo,
    /// File of labelled rows, beside the shots and the corrected bad cases
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Share to validate on
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    pub validation: f64,
    /// At most so many rows of each answer
    #[arg(long, value_name = "N", value_parser = positive)]
    pub max_per_label: Option<usize>,
    /// Bad cases, and rows like those that fail or depend on the wording, first
    #[arg(long)]
    pub most_informative: bool,
    /// Train on bad cases that are rows of the evaluation too; they are not evaluated any more
    #[arg(long)]
    pub spend_rows: bool,
    /// Model whose tokens and context count [default: the experiment's first]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
    /// Tokens that fit [default: the model's context, where it is known]
    #[arg(long, value_name = "N")]
    pub context: Option<u64>,
    /// Seed of the split [default: the experiment's]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording tune config`
#[derive(Debug, Args)]
pub struct TuneConfigArgs {
    /// Folder that `tune export` wrote
    #[arg(default_value = "tuning")]
    pub dir: PathBuf,
    /// For which trainer
    #[arg(long = "for", value_enum, value_name = "TRAINER")]
    pub trainer: Trainer,
    /// Base model, as the trainer finds it, for example Qwen/Qwen2.5-7B-Instruct
    #[arg(long, value_name = "NAME")]
    pub base: String,
    /// Its parameters, in billions [default: as its name says]
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub parameters_b: Option<f64>,
    /// Memory of the GPU, in GB [default: the experiment's, else 24]
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub gpu_memory_gb: Option<f64>,
    /// Chat template, as LLaMA-Factory calls it [default: by the base's name]
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// File to write [default: into the folder]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
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
    /// Folder that `tune export` wrote
    #[arg(default_value = "tuning")]
    pub dir: PathBuf,
    /// Base, `endpoint/model` [default: the experiment's first that is not tuned]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelRef>,
    /// Part of the tuned model's name [default: the experiment's name]
    #[arg(long, value_name = "TEXT")]
    pub suffix: Option<String>,
    /// Passes over the lessons [default: the endpoint decides]
    #[arg(long, value_name = "N")]
    pub epochs: Option<u32>,
    /// Train on preference pairs
    #[arg(long)]
    pub preference: bool,
    /// Do not wait for the end
    #[arg(long)]
    pub no_wait: bool,
}

/// `wording history`
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Experiment (not needed where there is one)
    pub experiment: Option<String>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
