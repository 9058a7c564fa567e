//! `wording score`.

use super::OutputFormat;
use crate::{model::RecordLimit, project::parse_delimiter};
use clap::Args;
use std::path::PathBuf;

const METRIC: &str = "Metric";

/// `wording score`
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// Dataset with the outputs: .jsonl, .json, .csv, .tsv or .txt, optionally compressed (.gz, .zst), .parquet, .arrow,
    /// .xlsx#SHEET, or FOLDER#SPLIT of Hugging Face; - for JSON lines on stdin [default: that of the experiment]
    #[arg(required_unless_present = "experiment")]
    pub file: Option<PathBuf>,
    /// Column with outputs; several columns are compared with the first one (repeatable)
    #[arg(
        long = "output",
        value_name = "COLUMN",
        required_unless_present = "experiment"
    )]
    pub outputs: Vec<String>,
    /// Column with the expected answer
    #[arg(long, value_name = "COLUMN")]
    pub answer: Option<String>,
    /// Column with the row id
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Column that groups rows that belong together
    #[arg(long, value_name = "COLUMN")]
    pub cluster: Option<String>,
    /// Character that separates the fields of a .csv or .tsv file [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    pub delimiter: Option<u8>,
    /// Most bytes of one record, unpacked
    #[arg(long, value_name = "SIZE", default_value_t)]
    pub max_record: RecordLimit,
    /// Columns by whose values scores are split
    #[arg(long, value_name = "COLUMN,COLUMN", value_delimiter = ',')]
    pub slices: Vec<String>,
    /// Kind of the metric [default: label with --labels, otherwise normalized]
    #[arg(long, value_name = "KIND", help_heading = METRIC)]
    pub kind: Option<String>,
    /// Labels of the metric `label`
    #[arg(long, value_name = "LABEL,LABEL", value_delimiter = ',', help_heading = METRIC)]
    pub labels: Vec<String>,
    /// Setting of the metric, as in [[experiment.NAME.metric]]: tolerance=0.01, fields='["total"]' (repeatable)
    #[arg(long = "metric", value_name = "KEY=VALUE", value_parser = setting, help_heading = METRIC)]
    pub settings: Vec<(String, String)>,
    /// Use the metrics of this experiment of the project; without FILE, its `outputs` too
    #[arg(short, long, value_name = "NAME", help_heading = METRIC, conflicts_with_all = ["kind", "labels", "settings"])]
    pub experiment: Option<String>,
    /// Print what was read in each output, where, and why an output is unreadable
    #[arg(long)]
    pub explain: bool,
    /// Exit with code 1 unless this condition holds, e.g. 'score>=0.8' (repeatable)
    #[arg(long = "gate", value_name = "EXPR")]
    pub gates: Vec<String>,
    /// Output format; with --explain, json is one object per output
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub format: OutputFormat,
    /// Also write the report to a file: .html .md .json .csv .xml (JUnit)
    #[arg(short = 'o', long = "report", value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Omit inputs, expected answers and outputs from that file
    #[arg(long)]
    pub no_outputs: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write KEY=VALUE, for example tolerance=0.01")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}
