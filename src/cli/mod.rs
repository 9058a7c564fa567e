//! The command line: only what was typed. What it means is decided in `commands`.

mod badcases;
mod batch;
mod experiment;
mod import;
mod report;
mod run;
mod runs;
mod template;
mod tools;
mod tune;
mod values;

pub use self::{
    badcases::{AddBadcasesArgs, BadcasesArgs, BadcasesCommand},
    batch::{
        BatchArgs, BatchCommand, BatchExportArgs, BatchImportArgs, BatchPickArgs, BatchStatusArgs,
        BatchSubmitArgs,
    },
    experiment::{BareArgs, ExperimentArgs, Overrides},
    import::{ImportArgs, ImportCommand, ImportFileArgs},
    report::{DiffArgs, PlanArgs, ReportArgs, WriteArgs},
    run::{PolicyArgs, RunArgs, SendArgs, YesNo},
    runs::{ExportArgs, ExportFormat, RunsArgs, RunsCommand},
    template::{CheckArgs, RenderArgs, RewordArgs},
    tools::{DataArgs, InitArgs, ManArgs, ModelsArgs, SchemaArgs, SchemaOf, ServeArgs},
    tune::{
        AdviseArgs, HistoryArgs, SaidArgs, Trainer, TuneArgs, TuneCommand, TuneConfigArgs,
        TuneExportArgs, TuneSubmitArgs,
    },
};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum, builder::styling};
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

impl Cli {
    /// What was typed; ends the process with the usage where it cannot be meant.
    pub fn read() -> Cli {
        let cli = Cli::parse();
        let policy = &cli.policy;
        let bought = policy.race.is_some()
            || policy.estimate.is_some()
            || policy.spread.is_some()
            || policy.until.is_some();
        if cli.command.is_some() && (cli.experiment.is_some() || bought) {
            let what = match &cli.experiment {
                Some(experiment) => format!("`{experiment}` stands before the command"),
                None => "what trials to buy stands before the command".into(),
            };
            let message = format!(
                "{what}; it belongs behind it: wording run {}",
                cli.experiment.as_deref().unwrap_or("EXPERIMENT --race N")
            );
            Cli::command()
                .error(clap::error::ErrorKind::ArgumentConflict, message)
                .exit();
        }
        cli
    }
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
    /// Keep runs and answers in this file [default: .wording/wording.db beside the project]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub store: Option<PathBuf>,
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
pub enum OutputFormat {
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
    /// The plan as batch request files for another engine: written, submitted, fetched, taken in
    Batch(BatchArgs),
    /// Make a project of a promptfoo configuration or of a prompt file
    Import(ImportArgs),
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
    Man(ManArgs),
}
