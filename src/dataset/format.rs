//! The formats of text files, and a block of one: bytes in, records out, with the place of what is wrong.

use super::{
    DatasetError,
    large_integers::{parsed, with_texts},
};
use crate::{display::count, source::SourcePlace};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::path::Path;

/// Most rows in a block.
pub(super) const BLOCK_ROWS: usize = 64;

/// Size at which a block ends, in bytes, though it has fewer rows.
pub(super) const BLOCK_BYTES: u64 = 1 << 18;

/// The column of a file that has a text on each line.
pub(super) const TEXT: &str = "text";

/// One record: column → value.
pub(super) type Record = Map<String, Value>;

/// What a file's bytes are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FileFormat {
    /// A JSON object on each line.
    Lines,
    /// A text on each line: the column [`TEXT`].
    Texts,
    /// The objects of a JSON list, with commas between them.
    List,
    /// JSON objects one after the other, each on lines of its own.
    Sequence,
    /// Records of fields, and the names of the fields.
    Table {
        delimiter: u8,
        headers: csv::StringRecord,
    },
}

impl FileFormat {
    /// What the name of a file says; standard input is lines.
    pub(super) fn from_path(path: &Path, shown: &Path) -> Result<FileFormat, DatasetError> {
        let extension = path
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let table = |delimiter| FileFormat::Table {
            delimiter,
            headers: csv::StringRecord::new(),
        };
        match extension.as_str() {
            "jsonl" | "ndjson" | "jsonlines" => Ok(FileFormat::Lines),
            "txt" => Ok(FileFormat::Texts),
            "json" => Ok(FileFormat::List),
            "csv" => Ok(table(b',')),
            "tsv" => Ok(table(b'\t')),
            _ if path.as_os_str() == "-" => Ok(FileFormat::Lines),
            _ => Err(DatasetError::UnknownForm {
                path: shown.to_path_buf(),
            }),
        }
    }

    /// The records of a stretch that begins and ends between two records.
    pub(super) fn records(&self, text: &str, shown: &Path) -> Result<Vec<Record>, DatasetError> {
        match self {
            FileFormat::Lines => text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| object(shown, 1, line))
                .collect(),
            FileFormat::Texts => Ok(text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| Record::from_iter([(TEXT.to_owned(), line.into())]))
                .collect()),
            FileFormat::List => {
                let list = format!("[{}]", text.trim().trim_end_matches(','));
                parsed(&list).map_err(|error| in_block(shown, text, &error))
            }
            FileFormat::Sequence => serde_json::Deserializer::from_str(&with_texts(text))
                .into_iter()
                .map(|record| record.map_err(|error| in_block(shown, text, &error)))
                .collect(),
            FileFormat::Table { delimiter, headers } => csv::ReaderBuilder::new()
                .delimiter(*delimiter)
                .has_headers(false)
                .from_reader(text.as_bytes())
                .records()
                .map(|record| {
                    let record = record.map_err(|error| {
                        record_error(csv_message(&error), SourcePlace::of_line(shown, text, 1))
                    })?;
                    let pairs = headers.iter().zip(&record);
                    Ok(pairs
                        .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
                        .collect())
                })
                .collect(),
        }
    }
}

impl FileFormat {
    /// The byte at which each record begins in a stretch between two records, white space before it left out.
    pub(super) fn record_starts<'t>(&self, text: &'t str) -> Box<dyn Iterator<Item = usize> + 't> {
        let skip = move |at: usize, of: &[char]| {
            at + text[at..].len() - text[at..].trim_start_matches(of).len()
        };
        match self {
            FileFormat::Lines | FileFormat::Texts => {
                let mut at = 0;
                let lines = text.split_inclusive('\n').map(move |line| {
                    at += line.len();
                    (at - line.len(), line)
                });
                Box::new(
                    lines
                        .filter(|(_, line)| !line.trim().is_empty())
                        .map(|(at, _)| at),
                )
            }
            FileFormat::List | FileFormat::Sequence => {
                let mut at = 0;
                Box::new(std::iter::from_fn(move || {
                    let start = skip(at, &[' ', '\t', '\r', '\n', ',', '[', '\u{feff}']);
                    let mut values = serde_json::Deserializer::from_str(&text[start..])
                        .into_iter::<IgnoredAny>();
                    values.next()?.ok()?;
                    at = start + values.byte_offset();
                    Some(start)
                }))
            }
            FileFormat::Table { delimiter, .. } => {
                let mut reader = csv::ReaderBuilder::new()
                    .delimiter(*delimiter)
                    .has_headers(false)
                    .from_reader(text.as_bytes());
                let mut record = csv::ByteRecord::new();
                Box::new(std::iter::from_fn(move || {
                    let is_there = reader.read_byte_record(&mut record).ok()?;
                    let at = record.position().map_or(0, |place| place.byte() as usize);
                    is_there.then(|| skip(at, &['\r', '\n']))
                }))
            }
        }
    }
}

fn in_block(shown: &Path, text: &str, error: &serde_json::Error) -> DatasetError {
    record_error(
        json_message(error),
        SourcePlace::of_line(shown, text, error.line()),
    )
}

/// The object on a line (from 1).
pub(super) fn object(shown: &Path, number: usize, line: &str) -> Result<Record, DatasetError> {
    match parsed(line) {
        Ok(Value::Object(record)) => Ok(record),
        Ok(other) => Err(record_error(
            format!("each line must be a JSON object, not {}", json_kind(&other)),
            SourcePlace::in_line(shown, number, line, 0..line.trim_end().len()),
        )),
        Err(error) => {
            let at = byte_of_column(line, error.column());
            let place = SourcePlace::in_line(shown, number, line, at..at + 1);
            Err(record_error(json_message(&error), place))
        }
    }
}

pub(super) fn record_error(message: String, place: SourcePlace) -> DatasetError {
    DatasetError::Record {
        message,
        place: Box::new(place),
    }
}

pub(super) fn csv_message(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "this record has {} and the header has {expected_len}; a field with a delimiter or a line end in it needs quotes",
            count(*len as usize, "field")
        ),
        _ => error.to_string(),
    }
}

pub(super) fn json_message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    format!("not JSON: {text}")
}

/// serde_json counts columns in bytes, from 1, and points after what it read.
pub(super) fn byte_of_column(line: &str, column: usize) -> usize {
    column
        .saturating_sub(1)
        .min(line.trim_end_matches(['\n', '\r']).len())
}

pub(super) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
