//! `wording run` and what else sends.

use super::values::positive;
use super::{ExperimentArgs, OutputFormat};
use crate::model::Shard;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
    /// Send only part K of N, counted from 1; `wording runs merge` makes one run of the parts
    ///
    /// For the tasks of an array job: `wording run --shard $TASK/16 --store parts/$TASK.db --resume`, then `wording runs merge
    /// parts/*.db`. The parts are equal and share out the rows in an order drawn by the seed, each row with all its variants.
    /// With --resume, a part that has not begun is begun, so that a task may be started again as it is.
    #[arg(long, value_name = "K/N", conflicts_with_all = ["race", "estimate", "spread", "until"])]
    pub shard: Option<Shard>,
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
    pub format: OutputFormat,
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
