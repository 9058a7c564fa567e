//! What can be wrong with a dataset.

use crate::{model::RecordLimit, source::SourcePlace};
use std::path::PathBuf;

/// Why a dataset cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file cannot be read.
    #[error("cannot read the dataset {}: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The sheet or split that is named is not there, or none is named where there are several.
    #[error("{}: {message}", path.display())]
    Part { path: PathBuf, message: String },
    /// A cell of a workbook has no value that a row can have.
    #[error("{}, {sheet}!{cell}: {message}", path.display())]
    Cell {
        path: PathBuf,
        sheet: String,
        /// As spreadsheets call it: `C7`.
        cell: String,
        message: String,
    },
    /// The file is not UTF-8.
    #[error("the dataset {} is not UTF-8 text (line {line}); save it as UTF-8", path.display())]
    Encoding {
        path: PathBuf,
        /// First bad line, from 1.
        line: usize,
    },
    /// The name does not say what is in it.
    #[error("{}: unknown dataset format; the name must end in .jsonl, .json, .csv, .tsv or .txt (also with .gz or .zst), .parquet, .arrow or .xlsx, or be a folder of Hugging Face", path.display())]
    UnknownForm { path: PathBuf },
    /// A record is not what it should be.
    #[error("{message}\n  --> {place}")]
    Record {
        message: String,
        place: Box<SourcePlace>,
    },
    /// A record is longer than one may be.
    #[error("{}:{line}: this record is longer than {limit}{}; if it is meant to be, set `max_record` in the experiment (or --max-record), for example \"64 MiB\"",
        path.display(), if *is_table { ", perhaps by a quote that is never closed" } else { "" })]
    TooLong {
        path: PathBuf,
        /// Where it begins, from 1; of a file in columns its row.
        line: usize,
        limit: RecordLimit,
        is_table: bool,
    },
    /// The file is not what it was when it was first read.
    #[error("the dataset {} changed while it was in use; run again", path.display())]
    Changed { path: PathBuf },
    /// There is nothing in it.
    #[error("the dataset {} has no rows", path.display())]
    Empty { path: PathBuf },
    /// A column that no row has.
    #[error("no column `{column}` ({role}) in {}{}; it has {}", path.display(),
        nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean `{n}`?)")), known.join(", "))]
    NoColumn {
        /// Which was asked for.
        column: String,
        /// As what: `answer`, `id` or `cluster`.
        role: &'static str,
        path: PathBuf,
        /// A column that may be meant.
        nearest: Option<String>,
        known: Vec<String>,
    },
    /// A column of true and false has something else.
    #[error("row {row} of {} has {value} in the column `{column}` (sealed); write true or false", path.display())]
    NotTrueOrFalse {
        path: PathBuf,
        /// From 1.
        row: usize,
        column: String,
        value: String,
    },
    /// Two rows with one id.
    #[error("duplicate id `{id}` in {}: rows {first} and {second} (counted from 1); ids must be unique", path.display())]
    TwiceTheSameId {
        id: String,
        path: PathBuf,
        /// One row, from 1.
        first: usize,
        second: usize,
    },
}
