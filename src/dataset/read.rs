//! The forms of files: text in, records out, with the place of what is wrong.

use super::DatasetError;
use crate::source::SourcePlace;
use serde_json::{Map, Value};
use std::path::Path;

/// One record: column → value.
pub type Record = Map<String, Value>;

/// Read the records of a text whose form the path's extension says.
pub fn records(path: &Path, shown: &Path, text: &str) -> Result<Vec<Record>, DatasetError> {
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    match extension.as_str() {
        "jsonl" | "ndjson" => json_lines(shown, text),
        "json" => json_array(shown, text),
        "csv" => table(shown, text, b','),
        "tsv" => table(shown, text, b'\t'),
        _ if path.as_os_str() == "-" => json_lines(shown, text),
        _ => Err(DatasetError::UnknownForm {
            path: shown.to_path_buf(),
        }),
    }
}

fn wrong(message: String, place: SourcePlace) -> DatasetError {
    DatasetError::Record {
        message,
        place: Box::new(place),
    }
}

fn json_lines(shown: &Path, text: &str) -> Result<Vec<Record>, DatasetError> {
    let mut records = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(record)) => records.push(record),
            Ok(other) => {
                return Err(wrong(
                    format!("each line must be a JSON object, not {}", kind(&other)),
                    SourcePlace::of_span(shown, text, at..at + line.trim_end().len()),
                ));
            }
            Err(error) => {
                let column = at + byte_of_column(line, error.column());
                return Err(wrong(
                    said(&error),
                    SourcePlace::of_span(shown, text, column..column + 1),
                ));
            }
        }
    }
    Ok(records)
}

fn json_array(shown: &Path, text: &str) -> Result<Vec<Record>, DatasetError> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let line_start: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let line = text[line_start..].split('\n').next().unwrap_or("");
        let at = line_start + byte_of_column(line, error.column());
        wrong(said(&error), SourcePlace::of_span(shown, text, at..at + 1))
    })?;
    let Value::Array(items) = value else {
        return Err(wrong(
            format!(
                "a .json dataset must be a list of objects, not {}",
                kind(&value)
            ),
            SourcePlace::of_line(shown, text, 1),
        ));
    };
    items
        .into_iter()
        .enumerate()
        .map(|(i, item)| match item {
            Value::Object(record) => Ok(record),
            other => Err(wrong(
                format!(
                    "item {} of the list must be an object, not {}",
                    i + 1,
                    kind(&other)
                ),
                SourcePlace::of_line(shown, text, 1),
            )),
        })
        .collect()
}

fn table(shown: &Path, text: &str, delimiter: u8) -> Result<Vec<Record>, DatasetError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let place = |error: &csv::Error| {
        let line = error.position().map_or(1, |p| p.line() as usize);
        SourcePlace::of_line(shown, text, line)
    };
    let headers = reader
        .headers()
        .map_err(|e| wrong(table_said(&e), place(&e)))?
        .clone();
    let mut seen = std::collections::HashSet::new();
    for header in &headers {
        if !seen.insert(header.to_owned()) {
            return Err(wrong(
                format!("two columns are called `{header}`"),
                SourcePlace::of_line(shown, text, 1),
            ));
        }
    }
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| wrong(table_said(&e), place(&e)))?;
        records.push(
            headers
                .iter()
                .zip(&record)
                .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
                .collect(),
        );
    }
    Ok(records)
}

fn table_said(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "this record has {len} fields and the header has {expected_len}; a field with a delimiter or a line end in it needs quotes"
        ),
        _ => error.to_string(),
    }
}

fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    format!("not JSON: {text}")
}

/// serde_json counts columns in bytes, from 1, and points after what it read.
fn byte_of_column(line: &str, column: usize) -> usize {
    column
        .saturating_sub(1)
        .min(line.trim_end_matches(['\n', '\r']).len())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
