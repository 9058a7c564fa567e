//! `wording run` and the flags for sending.

use super::values::{not_negative, positive};
use super::{ExperimentArgs, OutputFormat};
use crate::model::Shard;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How requests are sent.
#[derive(Debug, Clone, Args)]
pub struct SendArgs {
    /// Maximum number of requests in flight per endpoint
    #[arg(long, value_name = "N", value_parser = positive)]
    pub max_in_flight: Option<usize>,
    /// Stop after this many calls
    #[arg(long, value_name = "N")]
    pub budget_calls: Option<u64>,
    /// Stop before spending more than this
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub budget_usd: Option<f64>,
    /// Count the calls of judges and embeddings, and what judges cost, in the two caps above [default: each metric has its own]
    #[arg(long)]
    pub budget_total: bool,
    /// Reuse stored answers
    #[arg(long, value_enum, value_name = "YES|NO", default_value_t)]
    pub reuse: YesNo,
    /// Delay of the demo endpoint's answers, in milliseconds
    #[arg(long, value_name = "MS", hide = true, default_value_t = 0)]
    pub demo_latency_ms: u64,
}

/// Whether to use what the flag names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    #[default]
    Yes,
    No,
}

/// `wording run`
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    #[command(flatten)]
    pub send: SendArgs,
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Run only shard K of N (from 1); `wording runs merge` combines shards into one run
    ///
    /// For tasks of an array job: `wording run --shard $TASK/16 --store parts/$TASK.db --resume`, then `wording runs merge
    /// parts/*.db`. The shards have equal size and divide the rows in a random order, each row with all its variants.
    /// With --resume, a shard that has not started is started, so that a task can be restarted unchanged.
    #[arg(long, value_name = "K/N", conflicts_with_all = ["race", "estimate", "spread", "until"])]
    pub shard: Option<Shard>,
    /// Whether to stream answers [default: the setting of the endpoint, else no]
    #[arg(long, value_enum, value_name = "YES|NO")]
    pub stream: Option<YesNo>,
    /// Resume a run that was stopped [default: the latest]
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "latest", conflicts_with_all = ["race", "estimate", "spread", "until"])]
    pub resume: Option<String>,
    /// Resume even if another model answers at the same address now
    #[arg(long, requires = "resume")]
    pub mix_models: bool,
    /// Request answers again that earlier runs have cut at max_tokens, with N tokens [default: 4 times as many]
    ///
    /// All other answers are taken from the store; `max_tokens` of the experiment stays what it is. The report says how many
    /// answers have more room.
    #[arg(long, value_name = "N", num_args = 0..=1, value_parser = positive, conflicts_with = "resume")]
    pub raise_max_tokens: Option<Option<usize>>,
    /// Run the sealed rows of the experiment, and only these; each opening is recorded, with --note as its reason
    #[arg(long, conflicts_with_all = ["shard", "race", "estimate", "spread", "until"])]
    pub open_sealed: bool,
    /// Exit with code 1 unless this condition holds, e.g. 'score>=0.8' (repeatable)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// Note to store with the run
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
    /// Also write the report to a file: .html .md .json .csv .xml (JUnit)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Omit inputs, expected answers and outputs from that file
    #[arg(long)]
    pub no_outputs: bool,
    /// Ids of rows that must be correct: exit with code 1 otherwise; each is a test case in JUnit
    #[arg(long, value_name = "ROW,ROW", value_delimiter = ',')]
    pub require: Vec<String>,
}

const FEWER_CALLS: &str = "Fewer calls";

/// Policies that run only some of the trials.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = true)]
pub struct PolicyArgs {
    /// Find the best variant within N calls; each round keeps the better half
    #[arg(long, help_heading = FEWER_CALLS, value_name = "N", conflicts_with_all = ["estimate", "spread", "until"])]
    pub race: Option<u64>,
    /// Estimate the scores of all variants from N calls
    #[arg(long, help_heading = FEWER_CALLS, value_name = "N", conflicts_with_all = ["spread", "until"])]
    pub estimate: Option<u64>,
    /// Find the best and the worst variant within N calls
    #[arg(long, help_heading = FEWER_CALLS, value_name = "N", conflicts_with = "until")]
    pub spread: Option<u64>,
    /// Add random rows until this condition holds: 'verdict(new, base)', 'width(score) < 0.04'
    #[arg(long, help_heading = FEWER_CALLS, value_name = "EXPR")]
    pub until: Option<String>,
    /// Confidence level for early stopping by --race and --until
    #[arg(long, help_heading = FEWER_CALLS, value_name = "P", default_value_t = 0.95)]
    pub level: f64,
}
