//! A sheet of an Excel workbook (`.xlsx`), as one JSON object per row. The first row with a value names the columns.
//!
//! Values are those of the cells, whatever format shows them: numbers, texts, true and false, and dates as text. What a row
//! cannot hold as it is (an error, a formula without a stored result, merged cells, a value without a name) is an error with
//! its cell, so that nothing is read differently from what the sheet shows.

use super::{
    DatasetError,
    column_name::too_long,
    moment,
    name::{DatasetName, choose_part},
    workbook_limits::check_workbook,
};
use crate::model::RecordLimit;
use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

/// Cells without a value that are written freely, and how many more for each that has one: a sheet may be wide and empty.
const FREE_EMPTY_CELLS: u64 = 10_000_000;
const EMPTY_PER_CELL: u64 = 20;

/// Numbers below are whole where they have no fraction: spreadsheets keep 15 digits.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// From here on the digits of a whole number are written with an exponent.
const MAX_WRITTEN_OUT: f64 = 1e21;

/// A sheet to read.
pub(super) struct Sheet {
    book: Xlsx<BufReader<File>>,
    name: String,
    shown: PathBuf,
    limit: RecordLimit,
}

/// Why a sheet cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum SheetError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Dataset(DatasetError),
}

impl Sheet {
    /// Open a sheet: the one of that name, or the only visible one. `limit`: most bytes of a row.
    pub(super) fn open(
        file: File,
        name: Option<&str>,
        shown: &Path,
        limit: RecordLimit,
    ) -> Result<Sheet, DatasetError> {
        check_workbook(&file, shown, limit)?;
        let unreadable = |error: XlsxError| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::InvalidData, problem(&error)),
        };
        let book = Xlsx::new(BufReader::with_capacity(1 << 16, file)).map_err(unreadable)?;
        let sheets = book.sheets_metadata().iter();
        let sheets = sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let named = |visible_only: bool| -> Vec<String> {
            sheets
                .clone()
                .filter(|sheet| !visible_only || sheet.visible == SheetVisible::Visible)
                .map(|sheet| sheet.name.clone())
                .collect()
        };
        let names = named(name.is_none());
        let name = choose_part(&names, name, "sheet", shown)?.to_owned();
        Ok(Sheet {
            book,
            name,
            shown: shown.to_path_buf(),
            limit,
        })
    }

    /// Write one object per line; one row is held at a time. Rows without a value are left out.
    pub(super) fn write_lines(mut self, into: &mut dyn Write) -> Result<(), SheetError> {
        write_rows(&mut self.book, &self.name, self.limit, into).map_err(|error| match error {
            CellError::Io(error) => SheetError::Io(error),
            CellError::At((row, column), message) => SheetError::Dataset(DatasetError::Cell {
                path: DatasetName::parse(&self.shown).path,
                sheet: self.name,
                cell: cell_name(row, column),
                message,
            }),
        })
    }
}

/// Row and column of a cell, from 0.
type Position = (u32, u32);

/// What a cell has that a row cannot.
enum CellError {
    Io(io::Error),
    At(Position, String),
}

impl From<io::Error> for CellError {
    fn from(error: io::Error) -> CellError {
        CellError::Io(error)
    }
}

fn write_rows(
    book: &mut Xlsx<BufReader<File>>,
    sheet: &str,
    limit: RecordLimit,
    into: &mut dyn Write,
) -> Result<(), CellError> {
    let unreadable = |error: XlsxError| io::Error::other(problem(&error));
    let merged = book.merge_cells_by_sheet_name(sheet).map_err(unreadable)?;
    if let Some(range) = merged.first() {
        let message = format!(
            "merged with the cells up to {}, which have no value of their own; unmerge them and give each its value",
            cell_name(range.end.0, range.end.1)
        );
        return Err(CellError::At(range.start, message));
    }
    let mut cells = book.worksheet_cells_reader(sheet).map_err(unreadable)?;
    let mut rows = RowWriter::new(into, limit);
    let mut last: Option<Position> = None;
    loop {
        let next = cells.next_cell_with_formula_metadata().map_err(|error| {
            let after = last.map_or(String::new(), |(row, column)| {
                format!(" after the cell {}", cell_name(row, column))
            });
            io::Error::other(format!("{}{after}", problem(&error)))
        })?;
        let Some(cell) = next else {
            return rows.end_row();
        };
        let at = cell.pos;
        if last.is_some_and(|last| last >= at) {
            let message =
                "the cells are not in order; save the file again in a spreadsheet program";
            return Err(CellError::At(at, message.into()));
        }
        last = Some(at);
        let value = match (&cell.value, &cell.formula) {
            (DataRef::Empty, Some(_)) => Err(
                "a formula without a stored result; open the file in a spreadsheet program and save it".to_owned(),
            ),
            (value, _) => cell_value(value),
        };
        rows.cell(at, value.map_err(|message| CellError::At(at, message))?)?;
    }
}

/// Collects the cells of a row and writes it when the next one begins.
struct RowWriter<'a> {
    into: &'a mut dyn Write,
    limit: RecordLimit,
    /// Names of the columns by their places, and the row that they stand in; empty until that row ended.
    names: Vec<(u32, String)>,
    names_row: u32,
    row: u32,
    cells: Vec<(u32, Value)>,
    /// Bytes of the row's texts.
    bytes: u64,
    /// Cells without a value that may still be written.
    empty_left: u64,
}

impl<'a> RowWriter<'a> {
    fn new(into: &'a mut dyn Write, limit: RecordLimit) -> RowWriter<'a> {
        RowWriter {
            into,
            limit,
            names: Vec::new(),
            names_row: 0,
            row: 0,
            cells: Vec::new(),
            bytes: 0,
            empty_left: FREE_EMPTY_CELLS,
        }
    }

    fn cell(&mut self, at: Position, value: Value) -> Result<(), CellError> {
        if at.0 != self.row {
            self.end_row()?;
            self.row = at.0;
        }
        if value.is_null() {
            return Ok(());
        }
        self.bytes += value.as_str().map_or(8, str::len) as u64;
        if self.bytes > self.limit.bytes() {
            let message = format!(
                "its row is longer than {}; if it is meant to be, set `max_record` in the experiment (or --max-record)",
                self.limit
            );
            return Err(CellError::At(at, message));
        }
        self.cells.push((at.1, value));
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), CellError> {
        self.bytes = 0;
        let cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return Ok(());
        }
        if self.names.is_empty() {
            self.names = column_names(self.row, cells)?;
            self.names_row = self.row;
            return Ok(());
        }
        let empty = self.names.len().saturating_sub(cells.len()) as u64;
        self.empty_left += EMPTY_PER_CELL * cells.len() as u64;
        self.empty_left = self.empty_left.checked_sub(empty).ok_or_else(|| {
            let message = "nearly all cells up to here are empty; leave out the columns that are";
            CellError::At((self.row, 0), message.into())
        })?;
        let mut cells = cells.into_iter().peekable();
        let mut object = Map::with_capacity(self.names.len());
        for (column, name) in &self.names {
            if cells.peek().is_some_and(|(own, _)| own < column) {
                break;
            }
            let own = cells.next_if(|(own, _)| own == column);
            object.insert(name.clone(), own.map_or(Value::Null, |(_, value)| value));
        }
        if let Some((column, _)) = cells.next() {
            let message = format!(
                "a value in a column without a name; write one into row {}",
                self.names_row + 1
            );
            return Err(CellError::At((self.row, column), message));
        }
        serde_json::to_writer(&mut *self.into, &object).map_err(io::Error::from)?;
        self.into.write_all(b"\n")?;
        Ok(())
    }
}

/// The names of the columns, out of the cells of a row.
fn column_names(row: u32, cells: Vec<(u32, Value)>) -> Result<Vec<(u32, String)>, CellError> {
    let mut names: Vec<(u32, String)> = Vec::with_capacity(cells.len());
    let mut seen = HashMap::new();
    for (column, value) in cells {
        let name = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let problem = |message: String| Err(CellError::At((row, column), message));
        if name.trim().is_empty() {
            return problem("the name of a column is blank".into());
        }
        if let Some(message) = too_long(&name) {
            return problem(message);
        }
        if let Some(before) = seen.insert(name.clone(), column) {
            let before = cell_name(row, before);
            return problem(format!(
                "a second column `{name}`; the first is at {before}"
            ));
        }
        names.push((column, name));
    }
    Ok(names)
}

/// The value of a cell; an error says what it has instead.
fn cell_value(cell: &DataRef<'_>) -> Result<Value, String> {
    Ok(match cell {
        DataRef::Empty => Value::Null,
        DataRef::String(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Bool(is_true) => (*is_true).into(),
        DataRef::Int(number) => (*number).into(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < MAX_WHOLE => {
            (*number as i64).into()
        }
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < MAX_WRITTEN_OUT => {
            return Err(format!(
                "a whole number beyond {MAX_WHOLE} (about {number:e}), whose last digits a workbook does not keep: if it is an id, format its column as text and write it again"
            ));
        }
        DataRef::Float(number) if number.is_finite() => (*number).into(),
        DataRef::Float(number) => {
            return Err(format!("{number}, which is no number; correct the cell"));
        }
        DataRef::DateTime(moment) => moment_text(moment)?.into(),
        DataRef::DateTimeIso(text) => text.replacen('T', " ", 1).into(),
        DataRef::DurationIso(text) => text.as_str().into(),
        DataRef::Error(error) => {
            return Err(format!("the error {error}; correct the cell or clear it"));
        }
    })
}

/// A date, time of day or duration, to a millisecond: a whole day has no time, and what is less than a day has no date.
fn moment_text(moment: &ExcelDateTime) -> Result<String, String> {
    const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;
    let days = moment.as_f64();
    let milliseconds = (days * MILLISECONDS_PER_DAY).round();
    if moment.is_duration() {
        return Ok(moment::duration(milliseconds as i64, 1_000));
    }
    if days < 0.0 {
        return Err(format!(
            "{days} in the format of a date, and no date is below 0"
        ));
    }
    if milliseconds < MILLISECONDS_PER_DAY {
        return Ok(moment::clock(milliseconds as i64, 1_000));
    }
    let (year, month, day, hour, minute, second, millisecond) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let of_day = ((i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second)) * 1_000
        + i64::from(millisecond);
    Ok(match of_day {
        0 => date,
        _ => format!("{date} {}", moment::clock(of_day, 1_000)),
    })
}

/// What spreadsheets call a cell, by its row and column from 0: `C7`.
fn cell_name(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{}", row + 1)
}

/// What to say of a workbook that cannot be read.
fn problem(error: &XlsxError) -> String {
    match error {
        XlsxError::Password => "it is protected by a password; save it without one".to_owned(),
        XlsxError::CellError(error) => format!("it has the error {error}"),
        other => format!("not a complete .xlsx file: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_called_as_spreadsheets_call_them() {
        for (row, column, name) in [
            (0, 0, "A1"),
            (6, 2, "C7"),
            (0, 25, "Z1"),
            (9, 26, "AA10"),
            (0, 16_383, "XFD1"),
        ] {
            assert_eq!(cell_name(row, column), name);
        }
    }

    #[test]
    fn numbers_whose_digits_a_workbook_loses_are_errors() {
        let of = |number: f64| cell_value(&DataRef::Float(number)).map(|value| value.to_string());
        assert_eq!(of(123_456_789_012_345.0).unwrap(), "123456789012345");
        assert_eq!(of(1e21).unwrap(), "1e+21");
        let error = of(12_345_678_901_234_567.0).unwrap_err();
        assert!(error.contains("beyond 9007199254740992"), "{error}");
    }

    #[test]
    fn a_sheet_that_is_nearly_empty_is_not_filled_up() {
        let mut written = Vec::new();
        let mut rows = RowWriter::new(&mut written, RecordLimit::default());
        rows.empty_left = 0;
        let mut write = || {
            for column in 0..50 {
                rows.cell((0, column), column.into())?;
            }
            for column in 0..20 {
                rows.cell((1, column), 1.into())?;
            }
            for row in 2..20 {
                rows.cell((row, 0), 1.into())?;
            }
            rows.end_row()
        };
        let Err(CellError::At((row, 0), message)) = write() else {
            panic!("it was written");
        };
        assert!(message.contains("empty"));
        // 370 are left after the first row, and each of the others takes 29 of them.
        assert_eq!(row, 2 + 370 / 29);
    }
}
