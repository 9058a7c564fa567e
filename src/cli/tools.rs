//! `wording models`, `init`, `serve`, `mcp`, `data`, `schema`.

use super::{OutputFormat, values::not_negative};
use crate::{
    demo::{DEFAULT_PORT, Outage, RandomFault},
    model::{ModelRef, RecordLimit, parse_duration},
    project::parse_delimiter,
};
use clap::{Args, ValueEnum};
use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

/// `wording models`
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// Endpoint [default: all in the project]
    pub endpoint: Option<String>,
    /// Also find out what a model supports, with about twenty tiny calls [default: a model used by an experiment]
    #[arg(long, value_name = "MODEL", num_args = 0..=1, default_missing_value = "", requires = "endpoint")]
    pub probe: Option<String>,
    /// Use the prices and facts of this file from now on, for this user: LiteLLM's model_prices_and_context_window.json, or a file
    /// that this command stored; `built-in` goes back to the table in the program
    #[arg(long, value_name = "FILE", conflicts_with_all = ["endpoint", "probe"])]
    pub prices: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Target folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// A project with one small experiment to fill in, in place of the sample project
    #[arg(long, conflicts_with = "local")]
    pub empty: bool,
    /// Probe a server on this machine or network and add it as endpoint `local` [default: asks for the address]
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub local: Option<String>,
    /// Model of that server [default: the only one, or asks]
    #[arg(long, value_name = "NAME", requires = "local")]
    pub model: Option<String>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording new`
#[derive(Debug, Default, Args)]
pub struct NewArgs {
    /// Name of the experiment [default: that of the dataset's file]
    pub name: Option<String>,
    /// Dataset, as `wording data` reads it [default: asks]
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Column with the expected answers [default: by its name, or asks]
    #[arg(long, value_name = "COLUMN")]
    pub answer: Option<String>,
    /// Label that an answer may have, where no column has the expected answers yet (repeatable)
    #[arg(long = "label", value_name = "LABEL", conflicts_with = "answer")]
    pub labels: Vec<String>,
    /// Model, as endpoint/name [default: the first of the project, or the stand-in demo/icl]
    #[arg(long, value_name = "ENDPOINT/NAME")]
    pub model: Option<ModelRef>,
    /// Address of the model's endpoint, where the project does not have it
    #[arg(long, value_name = "URL", requires = "model")]
    pub base_url: Option<String>,
    /// Variable that holds the key for that endpoint
    #[arg(long, value_name = "VARIABLE", requires = "model")]
    pub api_key_env: Option<String>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = DEFAULT_PORT)]
    pub port: u16,
    /// Delay before each answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency_ms: u64,
    /// Speed of streams; 0 is unlimited
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    pub tokens_per_second: f64,
    /// Script of failures and delays to simulate (TOML)
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Return a constant answer, for benchmarking clients
    #[arg(long)]
    pub fast: bool,
    /// Folder to store fine-tuning jobs and tuned models in [default: in memory]
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Limits and faults of `wording serve`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits and faults, to try out how clients cope")]
pub struct LimitArgs {
    /// Refuse more than this many requests per second, with 429
    #[arg(long, value_name = "N", value_parser = positive)]
    pub limit_rps: Option<f64>,
    /// Requests that may come at once under --limit-rps [default: as many as in one second]
    #[arg(long, value_name = "N", value_parser = positive, requires = "limit_rps")]
    pub burst: Option<f64>,
    /// Refuse more than this many requests in flight, with 429
    #[arg(long, value_name = "N")]
    pub cap: Option<NonZeroUsize>,
    /// Work on this many requests at once; the others wait
    #[arg(long, value_name = "N")]
    pub slots: Option<NonZeroUsize>,
    /// Share of requests to fail at random, such as 429:0.1, 503:0.05 or cut:0.02; can be repeated
    #[arg(long = "refuse", value_name = "STATUS:SHARE")]
    pub faults: Vec<RandomFault>,
    /// Wait that refusals state, such as 0s or 1s [default: none]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub retry_after: Option<Duration>,
    /// Be away for a while, counted from the first request: 10s..70s refuses connections, 10s..70s:502 answers with
    /// that status, 10s..70s:silent does not answer
    #[arg(long, value_name = "FROM..TO")]
    pub outage: Option<Outage>,
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|n: &f64| n.is_finite() && *n > 0.0)
        .ok_or_else(|| "expected a number above 0".into())
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "expected a time such as 500ms, 10s or 2m".into())
}

/// `wording data`
#[derive(Debug, Args)]
pub struct DataArgs {
    /// Dataset: .jsonl, .json, .csv, .tsv or .txt, optionally compressed (.gz, .zst), .parquet, .arrow, .xlsx, or a folder of
    /// Hugging Face; a glob for several files; - for JSON lines on stdin
    pub file: PathBuf,
    /// Split of a folder, or sheet of a workbook; the same as FILE#NAME
    #[arg(long, visible_alias = "sheet", value_name = "NAME")]
    pub split: Option<String>,
    /// Column with the expected answer, to count contradicting rows
    #[arg(long, value_name = "COLUMN")]
    pub answer: Option<String>,
    /// Character that separates the fields of a .csv or .tsv file [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    pub delimiter: Option<u8>,
    /// Most bytes of one record, unpacked
    #[arg(long, value_name = "SIZE", default_value_t)]
    pub max_record: RecordLimit,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// `wording mcp`
#[derive(Debug, Args)]
pub struct McpArgs {
    /// Most calls that all runs of this server may send together
    #[arg(long, value_name = "N")]
    pub max_calls: Option<u64>,
    /// Most dollars that all runs of this server may spend together
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub max_usd: Option<f64>,
}

/// `wording man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder to write one page per command to [default: print the page of `wording`]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// `wording schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Document to describe
    #[arg(value_enum, value_name = "DOCUMENT")]
    pub of: SchemaOf,
}

/// A document with a schema, in the order of the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// wording.toml
    Project,
    /// Output of `wording run --format json` and `wording score --format json`
    Run,
    /// Output of `wording diff --format json`, and of -o x.json
    Diff,
    /// Output of `wording report --format json`, and of -o x.json
    Report,
    /// A line of the output of `wording score --explain --format json`
    ScoreExplain,
    /// Output of `wording plan --format json`
    Plan,
    /// A line of the output of `wording render --format json`
    Render,
    /// Output of `wording check --format json`
    Check,
    /// Output of `wording reword --format json`
    Reword,
    /// Output of `wording optimize --format json`
    Search,
    /// Output of `wording upgrade --format json`
    Upgrade,
    /// Output of `wording runs --format json` and `wording runs list --format json`
    Runs,
    /// Output of `wording runs --wear --format json`
    RunsWear,
    /// Output of `wording runs --check --format json`
    RunsCheck,
    /// Output of `wording runs show --format json`
    RunsShow,
    /// Output of `wording runs merge --format json`
    RunsMerge,
    /// Output of `wording runs delete --format json`
    RunsDelete,
    /// Output of `wording advise --format json`, and of -o x.json
    Advise,
    /// Output of `wording label --agreement --format json`
    LabelAgreement,
    /// Output of `wording label --merge --format json`
    LabelMerge,
    /// Output of `wording badcases --format json`, `wording badcases list --format json` and `wording badcases add --format json`
    Badcases,
    /// Output of `wording badcases edit --format json`
    BadcasesEdit,
    /// Output of `wording badcases delete --format json`
    BadcasesDelete,
    /// Output of `wording tune export --format json`
    TuneExport,
    /// Output of `wording tune config --format json`
    TuneConfig,
    /// Output of `wording tune submit --format json`, `wording tune status JOB --format json` and `wording tune cancel --format json`
    TuneJob,
    /// Output of `wording tune status --format json`
    TuneStatus,
    /// Output of `wording tune compare --format json`
    TuneCompare,
    /// Output of `wording history --format json`
    History,
    /// Output of `wording models --format json`
    Models,
    /// Output of `wording models --prices --format json`
    ModelsPrices,
    /// Output of `wording batch export --format json`
    BatchExport,
    /// Output of `wording batch submit --format json`
    BatchSubmit,
    /// Output of `wording batch status --format json` and `wording batch cancel --format json`
    BatchStatus,
    /// Output of `wording batch import --format json` and `wording batch fetch --format json`
    BatchImport,
    /// Output of `wording import promptfoo --format json`, `wording import dotprompt --format json`,
    /// `wording import evals --format json` and `wording import traces --format json`
    Import,
    /// Output of `wording data --format json`
    Data,
    /// Output of `wording init --format json`
    Init,
    /// Output of `wording new --format json`
    New,
    /// Output of the tool `list` of `wording mcp`
    List,
}
