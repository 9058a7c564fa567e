//! `wording label`.

use super::{
    OutputFormat,
    values::{positive, random_share, share},
};
use crate::annotation::QueueOrder;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Labels are kept in labels/EXPERIMENT.jsonl beside the project, one JSON object per line. They are the expected answers of rows \
without an answer in the dataset.";

/// `wording label`
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct LabelArgs {
    /// Experiment (optional if there is only one)
    pub experiment: Option<String>,
    /// Your name, kept with each label [default: the name of the user]
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// Show the majority answer of the wordings before you decide, not after
    #[arg(long)]
    pub suggest: bool,
    /// Which rows come first
    #[arg(long, value_enum, value_name = "ORDER", default_value_t)]
    pub order: LabelOrder,
    /// Share of choices in which all rows have the same chance, 0.05 to 1: more make the score more precise, fewer the difference
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = random_share)]
    pub random: f64,
    /// Share of rows that two people label
    #[arg(long, value_name = "SHARE", default_value = "0.2", value_parser = share)]
    pub overlap: f64,
    /// Stop after N rows
    #[arg(long, value_name = "N", value_parser = positive)]
    pub rows: Option<usize>,
    /// Include rows that have an answer in the dataset
    #[arg(long)]
    pub all: bool,
    /// Settle the rows whose labels disagree, in view of all labels
    #[arg(long, group = "task", conflicts_with_all = ["suggest", "order", "all"])]
    pub settle: bool,
    /// Report how far people agree: Cohen's κ, Krippendorff's α, confusions, disputed rows
    #[arg(long, group = "task")]
    pub agreement: bool,
    /// Write the dataset with the labels in its answer column, as .jsonl, .json, .csv or .tsv
    #[arg(long, group = "task")]
    pub export: bool,
    /// Write the labels into the dataset itself
    #[arg(long, requires = "export", conflicts_with = "output")]
    pub in_place: bool,
    /// Merge label files by row into the file given with -o
    #[arg(long, group = "task", num_args = 2.., value_name = "FILE", requires = "output", conflicts_with = "experiment")]
    pub merge: Vec<PathBuf>,
    /// Output file of --export or --merge [default of --export: stdout, as JSON lines]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Output format of --agreement and --merge
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
}

/// Which rows come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LabelOrder {
    /// Rows about which the wordings disagree most.
    #[default]
    Disagreement,
    /// Rows that say most about which of the two best wordings is better.
    Decision,
    /// Random order.
    Random,
}

impl From<LabelOrder> for QueueOrder {
    fn from(order: LabelOrder) -> QueueOrder {
        match order {
            LabelOrder::Disagreement => QueueOrder::Disagreement,
            LabelOrder::Decision => QueueOrder::Decision,
            LabelOrder::Random => QueueOrder::Random,
        }
    }
}
