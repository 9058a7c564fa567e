//! `wording optimize`.

use super::{
    ExperimentArgs, OutputFormat,
    values::{chance, fold_count, not_negative, positive},
};
use crate::model::ModelRef;
use clap::Args;
use std::path::PathBuf;

/// `wording optimize`
#[derive(Debug, Args)]
pub struct OptimizeArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Model that proposes rewordings, `endpoint/model`; `demo/writer` makes them by rules; not needed where --edit names no text
    #[arg(long, value_name = "MODEL")]
    pub writer: Option<ModelRef>,
    /// Look for the shortest wording that is as good: leave out sentences, clauses, shots and marks of the layout; needs no writer
    #[arg(long, conflicts_with = "writer")]
    pub shorter: bool,
    /// With --shorter: by how much the score may be lower, as a share [default: 0.05, five points]
    #[arg(long, value_name = "SHARE", value_parser = chance)]
    pub margin: Option<f64>,
    /// Where rows are few: seal none, and judge by K folds, each by a search on the other rows; a last search, on all rows, has its share of the calls too [default: 5 folds]
    #[arg(long, value_name = "K", num_args = 0..=1, default_missing_value = "5", value_parser = fold_count, conflicts_with = "shorter")]
    pub folds: Option<usize>,
    /// Most calls for trials, those on sealed rows included
    #[arg(long, value_name = "N", required_unless_present = "resume")]
    pub budget_calls: Option<u64>,
    /// Stop the search when trials and writer have cost this much; sealed rows come after it
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub budget_usd: Option<f64>,
    /// Most calls of the writer [default: 100]
    #[arg(long, value_name = "N")]
    pub writer_calls: Option<u64>,
    /// Variant to begin with [default: the baseline]
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// Parts that may be changed: axes of texts or short levels, `system`, `user`, `prompt` for text outside of shots and data, `shots`, `format`, and `layout` with --shorter [default: all]
    #[arg(long, value_name = "PART")]
    pub edit: Vec<String>,
    /// Chance to adopt any wording that is no better, over the whole search [default: 0.05]
    #[arg(long, value_name = "ALPHA", value_parser = chance)]
    pub alpha: Option<f64>,
    /// Maximum number of requests in flight per endpoint
    #[arg(long, value_name = "N", value_parser = positive)]
    pub max_in_flight: Option<usize>,
    /// Go on with a search that was stopped [default: the latest]; nothing is paid for twice
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "latest")]
    pub resume: Option<String>,
    /// Write the new wording without confirmation, where the sealed rows show a gain, or folds one of such searches
    #[arg(long)]
    pub yes: bool,
    /// Write the page of the search to a file: .html .md .json
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}
