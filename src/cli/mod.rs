//! The command line: only what was typed. What it means is decided in `commands`.

mod badcases;
mod batch;
mod experiment;
mod import;
mod label;
mod optimize;
mod rate;
mod report;
mod run;
mod runs;
mod score;
mod template;
mod tools;
mod tune;
mod upgrade;
mod values;

pub use self::{
    badcases::{AddBadcasesArgs, BadcasesArgs, BadcasesCommand},
    batch::{
        BatchArgs, BatchCommand, BatchExportArgs, BatchImportArgs, BatchPickArgs, BatchStatusArgs,
        BatchSubmitArgs,
    },
    experiment::{BareArgs, ExperimentArgs, Overrides},
    import::{ImportArgs, ImportCommand, ImportTargetArgs},
    label::{LabelArgs, LabelOrder},
    optimize::OptimizeArgs,
    rate::RateArgs,
    report::{DiffArgs, OpenArgs, PlanArgs, ReportArgs, WriteArgs},
    run::{PolicyArgs, RunArgs, SendArgs, YesNo},
    runs::{ExportArgs, ExportFormat, ExportTool, RunsArgs, RunsCommand},
    score::ScoreArgs,
    template::{CheckArgs, RenderArgs, RewordArgs},
    tools::{
        DataArgs, InitArgs, LimitArgs, ManArgs, McpArgs, ModelsArgs, NewArgs, SchemaArgs, SchemaOf,
        ServeArgs,
    },
    tune::{
        AdviseArgs, HistoryArgs, SaidArgs, Trainer, TuneArgs, TuneCommand, TuneConfigArgs,
        TuneExportArgs, TuneSubmitArgs,
    },
    upgrade::UpgradeArgs,
};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum, builder::styling};
use std::path::PathBuf;

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Without a project (no wording.toml in this folder or its parents), the sample project is used. Its \
model `demo/icl` is a stand-in that needs no API key and no network.

Exit codes: 0 done; 1 done, but trials failed or a gate does not hold; 2 invalid usage, project or \
input; 130 interrupted, progress was saved.";

/// Compare prompt variants on a dataset and see which differences are real.
#[derive(Debug, Parser)]
#[command(name = "wording", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// Experiment to open in the terminal session (optional if there is only one)
    pub experiment: Option<String>,
    /// The same, for an experiment that has the name of a command
    #[arg(
        long = "experiment",
        value_name = "NAME",
        conflicts_with = "experiment"
    )]
    pub named_experiment: Option<String>,
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub global: Global,
}

impl Cli {
    /// Parse the command line; exit with a usage error if arguments conflict.
    pub fn read() -> Cli {
        let cli = Cli::parse();
        let policy = &cli.policy;
        let bought = policy.race.is_some()
            || policy.estimate.is_some()
            || policy.spread.is_some()
            || policy.until.is_some();
        let experiment = cli.experiment.as_ref().or(cli.named_experiment.as_ref());
        if cli.command.is_some() && (experiment.is_some() || bought) {
            let what = match &experiment {
                Some(experiment) => format!("`{experiment}` comes before the command"),
                None => "a policy flag comes before the command".into(),
            };
            let message = format!(
                "{what}; write it after the command: wording run {}",
                experiment.map_or("EXPERIMENT --race N", String::as_str)
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
    /// Project file or its folder [default: the nearest wording.toml]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub project: Option<PathBuf>,
    /// File that stores runs and answers [default: .wording/wording.db beside the project]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub store: Option<PathBuf>,
    /// Allow the programs that the project names, now and from now on, without being asked
    #[arg(long, global = true, help_heading = "Global options")]
    pub allow_commands: bool,
    /// When to use color; auto: if the output is a terminal and NO_COLOR is not set
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = "Global options"
    )]
    pub color: ColorChoice,
    /// Do not print progress and notes
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// Print retries and failures as they happen (-vv: also write answers to --log)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
    /// Write a log of the run to a file, one JSON object per line (answers only with -vv)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub log: Option<PathBuf>,
}

/// When to use color.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// Format of a list or summary on stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Tables and text.
    #[default]
    Human,
    /// One JSON object.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment and summarize the scores
    Run(RunArgs),
    /// Compare two wordings: what changed in the prompt, the answers and the score
    Diff(DiffArgs),
    /// Report on a run: scores, differences, effects, rows
    Report(ReportArgs),
    /// Browse a bundle of `report --bundle` in the session, read-only, without project or key
    Open(OpenArgs),
    /// Score outputs made elsewhere, and explain what a metric reads. Sends nothing
    Score(ScoreArgs),
    /// Recommend how to spend the next calls, based on an existing run
    Plan(PlanArgs),
    /// Show prompts without sending them
    Render(RenderArgs),
    /// Validate and lint the project, count tokens and estimate cost. Sends nothing
    Check(CheckArgs),
    /// Generate paraphrases of a level with a model
    Reword(RewordArgs),
    /// Search for a better wording: written by a model from failures, accepted by tests, judged once on sealed rows
    Optimize(OptimizeArgs),
    /// Check whether another model can take the place of one: equivalent, better or worse, for each wording
    Upgrade(UpgradeArgs),
    /// List, show or delete runs
    Runs(RunsArgs),
    /// Export the trials of a run, or an experiment for another tool
    Export(ExportArgs),
    /// Recommend whether to keep prompting or to fine-tune, with the evidence
    Advise(AdviseArgs),
    /// Label rows: give the expected answers, one row after another
    Label(LabelArgs),
    /// Rate answers without knowing which wording gave them
    Rate(RateArgs),
    /// Manage bad cases: inputs with a wrong answer, kept with the correct one
    Badcases(BadcasesArgs),
    /// Fine-tune: training files, trainer configurations, jobs
    Tune(TuneArgs),
    /// Show the scores of an experiment over time
    History(HistoryArgs),
    /// List the models of an endpoint and find out what they support
    Models(ModelsArgs),
    /// Export, submit and import OpenAI batch files
    Batch(BatchArgs),
    /// Create a project from files of promptfoo, Dotprompt, Prompty, OpenAI Evals or recorded calls
    Import(ImportArgs),
    /// Describe a dataset: columns, lengths, most frequent values, duplicates
    Data(DataArgs),
    /// Create a copy of the sample project
    Init(InitArgs),
    /// Add an experiment for a dataset to the project, or start a project with it
    New(NewArgs),
    /// Serve coding agents: the commands as tools of the Model Context Protocol, on stdin and stdout
    Mcp(McpArgs),
    /// Print the keys and colors of the session, as a keys.toml to start from
    Keys,
    /// Serve the demo endpoint (a stand-in, not a language model)
    Serve(ServeArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Print a shell completion script
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man(ManArgs),
}
