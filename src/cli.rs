//! The command line: only what was typed. What it means is decided in `commands`.

use crate::{
    model::ModelRef,
    project::{Changes, Deployment, Resources, Task},
    tune::TrainingFormat,
};
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{TypedValueParser as _, styling},
};
use std::path::PathBuf;

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Without a project (no wording.toml here or above), the sample project is opened; its model
`demo/icl` is a stand-in that needs no key and no network.

Exit codes: 0 done; 1 done, but trials failed or a gate does not hold; 2 usage, project or input;
130 interrupted, with what was done kept.";

/// How does the wording of a prompt sway the model? A terminal workbench with statistics that hold.
#[derive(Debug, Parser)]
#[command(name = "wording", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Cli {
    /// Experiment to open in the terminal session (not needed where there is one)
    pub experiment: Option<String>,
    /// What to do instead of opening the session.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Which trials the session's runs buy.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Project file, or the folder that holds it [default: the nearest wording.toml]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub project: Option<PathBuf>,
    /// When to use colour (NO_COLOR is honoured)
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = "Global options"
    )]
    pub color: ColorChoice,
    /// No progress and no notices on stderr
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// Say more on stderr: retries and failures as they come (-vv: in --log, prompts' answers too)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
    /// Write what happens in a batch run to a file, one JSON object a line (no answers unless -vv)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub log: Option<PathBuf>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// Where the output is a terminal and NO_COLOR is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Form of a list or summary on stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables and sentences.
    #[default]
    Human,
    /// One JSON object.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send every trial of an experiment and summarise the scores
    Run(RunArgs),
    /// Compare two wordings: what changed in the words, the answers and the score
    Diff(DiffArgs),
    /// The whole variance report of a run
    Report(ReportArgs),
    /// What the next calls should buy, from a run that is there
    Plan(PlanArgs),
    /// Show the prompts without sending them
    Render(RenderArgs),
    /// Validate everything, compare designs, count tokens and cost, look the prompts over; send nothing
    Check(CheckArgs),
    /// Ask a model for paraphrases of an axis
    Reword(RewordArgs),
    /// List, show or delete runs
    Runs(RunsArgs),
    /// Write the trials or the grid of a run as JSON lines or CSV
    Export(ExportArgs),
    /// Prompt or fine-tune: the verdict, with its evidence
    Advise(AdviseArgs),
    /// Keep inputs whose answer was wrong, with the right one
    Badcases(BadcasesArgs),
    /// Hand over to fine-tuning: training files, configurations, jobs
    Tune(TuneArgs),
    /// The scores of an experiment over the rounds of prompting and tuning
    History(HistoryArgs),
    /// What an endpoint offers, and what it supports
    Models(ModelsArgs),
    /// Write the plan as batch request files for another engine, and take the results in
    Batch(BatchArgs),
    /// What a dataset is like: columns, lengths, commonest values, repeats
    Data(DataArgs),
    /// Write the sample project into a folder
    Init(InitArgs),
    /// Serve the demo endpoint (a stand-in, not a language model)
    Serve(ServeArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Print the completion script of a shell
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which experiment, and what to change in it for this time.
#[derive(Debug, Clone, Default, Args)]
pub struct ExperimentArgs {
    /// Experiment of the project (not needed where there is one)
    pub experiment: Option<String>,
    /// What to change for this time.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Everything by flags.
    #[command(flatten)]
    pub bare: BareArgs,
}

/// What to change in an experiment for this time.
#[derive(Debug, Clone, Default, Args)]
pub struct Overrides {
    /// Models to ask instead, `endpoint/model`
    #[arg(long, value_name = "A/B,C/D", value_delimiter = ',', alias = "model")]
    pub models: Vec<ModelRef>,
    /// Only a seeded sample of that many rows
    #[arg(long, value_name = "N", value_parser = positive)]
    pub rows: Option<usize>,
    /// Answers a cell
    #[arg(long, value_name = "N", value_parser = positive)]
    pub samples: Option<usize>,
    /// Only the variants whose name matches (may be given more than once)
    #[arg(long, value_name = "GLOB")]
    pub variants: Vec<String>,
    /// Seed of everything drawn
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// Everything by flags: an experiment without a project file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Without a project")]
pub struct BareArgs {
    /// Template file or glob (may be given more than once)
    #[arg(
        long = "template",
        value_name = "GLOB",
        requires = "dataset",
        conflicts_with = "experiment"
    )]
    pub templates: Vec<String>,
    /// Dataset: .jsonl, .json, .csv, .tsv, or - for JSON lines on stdin
    #[arg(long, value_name = "FILE", conflicts_with = "experiment")]
    pub dataset: Option<PathBuf>,
    /// Column with the expected answer
    #[arg(long, value_name = "COLUMN", requires = "dataset")]
    pub answer: Option<String>,
    /// Column with the row's id
    #[arg(long, value_name = "COLUMN", requires = "dataset")]
    pub id: Option<String>,
    /// File of worked examples
    #[arg(long, value_name = "FILE", requires = "dataset")]
    pub shots: Option<PathBuf>,
    /// A label to look for in the answers (may be given more than once) [default: compare the whole text]
    #[arg(long = "label", value_name = "LABEL", requires = "dataset")]
    pub labels: Vec<String>,
    /// Ask the server at this address, for --model endpoint/model
    #[arg(long, value_name = "URL", requires = "dataset")]
    pub base_url: Option<String>,
    /// Environment variable that holds the key for --base-url
    #[arg(long, value_name = "NAME", requires = "base_url")]
    pub api_key_env: Option<String>,
}

/// How to send.
#[derive(Debug, Clone, Args)]
pub struct SendArgs {
    /// Most requests on their way at once, at each endpoint
    #[arg(long, value_name = "N", value_parser = positive)]
    pub max_in_flight: Option<usize>,
    /// Pause after that many calls
    #[arg(long, value_name = "N")]
    pub budget_calls: Option<u64>,
    /// Pause before spending more than that
    #[arg(long, value_name = "USD")]
    pub budget_usd: Option<f64>,
    /// Use answers already paid for
    #[arg(long, value_enum, value_name = "YES|NO", default_value_t)]
    pub reuse: YesNo,
    /// Delay of the demo endpoint's answers, in milliseconds
    #[arg(long, value_name = "MS", hide = true, default_value_t = 0)]
    pub demo_latency_ms: u64,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    /// Yes.
    #[default]
    Yes,
    /// No.
    No,
}

/// `wording run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Which experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// How to send.
    #[command(flatten)]
    pub send: SendArgs,
    /// Which trials to buy.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Stream the answers, or do not [default: as the endpoint says, else no]
    #[arg(long, value_enum, value_name = "YES|NO")]
    pub stream: Option<YesNo>,
    /// Go on with a run that was stopped [default: the latest]
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "latest", conflicts_with_all = ["race", "estimate", "spread", "until"])]
    pub resume: Option<String>,
    /// Exit with 1 unless it holds, e.g. 'score>=0.8' (may be given more than once)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// A note to keep with the run
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Form of the summary on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: Format,
    /// Write the report to a file too: .html .md .json .csv .xml (JUnit)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Leave inputs, expected answers and outputs out of that file
    #[arg(long)]
    pub no_outputs: bool,
    /// Rows that must be right, by their ids: exit with 1 unless they are, and a test case each in JUnit
    #[arg(long, value_name = "ROW,ROW", value_delimiter = ',')]
    pub require: Vec<String>,
}

/// Which trials to buy, where not all.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Fewer calls")]
#[group(multiple = true)]
pub struct PolicyArgs {
    /// Find the best variant within N calls: each round, the better half stays
    #[arg(long, value_name = "N", conflicts_with_all = ["estimate", "spread", "until"])]
    pub race: Option<u64>,
    /// Estimate the scores of all variants from N calls spread over them
    #[arg(long, value_name = "N", conflicts_with_all = ["spread", "until"])]
    pub estimate: Option<u64>,
    /// Find the best and the worst variant within N calls
    #[arg(long, value_name = "N", conflicts_with = "until")]
    pub spread: Option<u64>,
    /// Ask rows in random order until it holds: 'verdict(new, base)', 'width(score) < 0.04'
    #[arg(long, value_name = "EXPR")]
    pub until: Option<String>,
    /// How sure --race and --until have to be to stop early, however often they look
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    pub level: f64,
}

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
    pub format: Format,
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
    pub format: Format,
}

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
    pub format: Format,
}

/// `wording check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which experiment; all of the project where none is named.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: Format,
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
    pub format: Format,
}

/// `wording runs`
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// What to do with them; lists them by default.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t, global = true)]
    pub format: Format,
}

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List them, newest first
    List,
    /// What is kept of a run
    Show {
        /// A run's id, or the start of one
        #[arg(default_value = "latest")]
        run: String,
    },
    /// Delete runs; answers already paid for are kept
    Delete {
        /// Their ids
        #[arg(required = true)]
        runs: Vec<String>,
    },
}

/// `wording export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// A run's id, or the start of one
    #[arg(default_value = "latest")]
    pub run: String,
    /// Form: a trial a line
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<ExportFormat>,
    /// File to write, .jsonl or .csv [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// JSON, one trial a line.
    Jsonl,
    /// CSV, one trial a line.
    Csv,
}

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
    pub format: Format,
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
        format: Format,
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
        format: Format,
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
    pub format: Format,
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
    pub format: Format,
}

/// `wording badcases`
#[derive(Debug, Args)]
pub struct BadcasesArgs {
    /// What to do with them; lists them by default.
    #[command(subcommand)]
    pub command: Option<BadcasesCommand>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t, global = true)]
    pub format: Format,
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

/// `wording models`
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// Endpoint of the project [default: all]
    pub endpoint: Option<String>,
    /// Also try what a model supports, with eight tiny calls [default: the one that an experiment asks]
    #[arg(long, value_name = "MODEL", num_args = 0..=1, default_missing_value = "", requires = "endpoint")]
    pub probe: Option<String>,
    /// Form on stdout
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: Format,
}

/// `wording init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Folder to write into
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// `wording serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8811)]
    pub port: u16,
    /// Delay before an answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency_ms: u64,
    /// Pace of a stream; 0 is at once
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    pub tokens_per_second: f64,
    /// Script of faults (TOML)
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Answer with a constant, for measuring clients
    #[arg(long)]
    pub fast: bool,
    /// Folder in which to keep fine-tuning jobs and tuned models [default: they last as long as the server]
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// `wording batch`
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BatchCommand,
}

/// What `wording batch` does.
#[derive(Debug, Subcommand)]
pub enum BatchCommand {
    /// Write request files of the OpenAI batch form (for a provider, `vllm run-batch`, SGLang or Ray Data)
    Export(Box<BatchExportArgs>),
    /// Keep the answers in result files: in any order, in parts, from several files
    Import(BatchImportArgs),
}

/// `wording batch export`
#[derive(Debug, Args)]
pub struct BatchExportArgs {
    /// Which experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Folder for the request files
    #[arg(short, long, value_name = "DIR", default_value = "batch")]
    pub output: PathBuf,
    /// Most requests in a file [default: 50000, and 200 MB]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=50_000))]
    pub max_requests: Option<u64>,
    /// Write over request files that are there
    #[arg(long)]
    pub force: bool,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: Format,
}

/// `wording batch import`
#[derive(Debug, Args)]
pub struct BatchImportArgs {
    /// Result and error files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: Format,
}

/// `wording data`
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The dataset: .jsonl, .json, .csv, .tsv or .parquet, packed (.gz, .zst) or not; a pattern for several files; - for
    /// JSON lines on stdin
    pub file: PathBuf,
    /// Column with the expected answer: counts rows that contradict each other
    #[arg(long, value_name = "COLUMN")]
    pub answer: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: Format,
}

/// `wording schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// `wording diff -o x.json`
    Diff,
    /// `wording report -o x.json`
    Report,
    /// `wording run --format json`
    Run,
    /// wording.toml
    Project,
}

fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err("must be a number".into()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if (0.0..=1.0).contains(&x) => Ok(x),
        _ => Err("must be from 0 to 1, for example 0.9".into()),
    }
}

fn above_zero(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if x > 0.0 => Ok(x),
        _ => Err("must be above 0".into()),
    }
}

fn not_negative(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if x >= 0.0 => Ok(x),
        _ => Err("must not be negative".into()),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(n) => Ok(n),
        Err(_) => Err("must be a whole number, at least 1".into()),
    }
}
