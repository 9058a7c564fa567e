//! Records in tables, whose cells may be texts of JSON or, of pandas, of Python.

use super::{
    json_text::{raw_input, raw_output},
    python_literal::python_literal,
    record_room::{Limited, Room},
    record_sink::{Sink, failed, place},
};
use crate::interop::{
    ImportError,
    cell_limit::CellLimit,
    error::json_problem,
    non_finite,
    value_limit::{OF_OBJECT, ValueLimit, is_over_limit},
};
use serde_json::{Map, Value};
use std::{fs::File, path::Path};

/// Read the rows of a table.
pub(super) fn read_table(
    file: &Path,
    from: File,
    delimiter: u8,
    sink: Sink<'_>,
) -> Result<(), ImportError> {
    let (room, limit) = (Room::default(), ValueLimit::new());
    let cells = CellLimit::of_record();
    let bytes = cells.reader(Limited::new(from, &room), delimiter);
    let mut table = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(bytes);
    let wrong = |error: csv::Error| failed(file, error.to_string());
    let names = table.headers().map_err(wrong)?.clone();
    let mut record = csv::StringRecord::new();
    while table.read_record(&mut record).map_err(wrong)? {
        let line = record.position().map(|position| position.line() as usize);
        let at = place(file, line);
        let too_many = |problem: String| {
            failed(
                file,
                format!("line {}: a record of {problem}", line.unwrap_or_default()),
            )
        };
        limit.take(OF_OBJECT).map_err(too_many)?;
        let mut row = Map::new();
        for (name, text) in names.iter().zip(&record) {
            limit.take(1).map_err(too_many)?;
            let value = cell(name, text, &limit).map_err(too_many)?;
            row.insert(name.trim_start_matches('\u{feff}').to_owned(), value);
        }
        sink(&Value::Object(row), &at);
        room.refill();
        limit.refill();
        cells.refill();
    }
    Ok(())
}

/// The value of a cell. What a model was sent or wrote is a text, where it is no messages. The error says that it holds too many.
fn cell(name: &str, text: &str, limit: &ValueLimit) -> Result<Value, String> {
    let is_score = name.starts_with("eval.") || name.ends_with(".score");
    let is_text = name.ends_with(".value") || matches!(name, "expectedOutput" | "expected_output");
    Ok(match text.trim_start().bytes().next() {
        None => Value::Null,
        _ if matches!(name, "input" | "output") => {
            limit.take_text(text)?;
            match name {
                "input" => raw_input(&text.into()),
                _ => raw_output(&text.into()),
            }
        }
        Some(b'[' | b'{') if !is_text => list_or_map(text, limit)?.unwrap_or_else(|| text.into()),
        _ if is_score => text
            .parse::<f64>()
            .map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    })
}

/// A text as JSON or as Python writes it; none where it is neither.
fn list_or_map(text: &str, limit: &ValueLimit) -> Result<Option<Value>, String> {
    let left = limit.left();
    match non_finite::parsed(text, |text| limit.read_slice(text)) {
        Ok(value) => return Ok(Some(value)),
        Err((error, _)) if is_over_limit(&error) => return Err(json_problem(&error)),
        Err(_) => limit.reset(left),
    }
    python_literal(text, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_share_the_limit_of_their_record() {
        let limit = ValueLimit::new();
        limit.reset(8);
        let cell = |name, text| cell(name, text, &limit);
        assert_eq!(cell("a", "[1, None]"), Ok(serde_json::json!([1, null])));
        assert_eq!(limit.left(), 5);
        for text in ["[1,2,3,4,5]", "[1,2,None,4,5]"] {
            let error = cell("a", text).unwrap_err();
            assert!(error.starts_with("more than 2000000 values"), "{error}");
            limit.reset(5);
        }
        assert!(cell("input", "[1,2,3,4,5,6]").is_err());
    }
}
