//! The records of files, one after the other: lines of JSON, lists and objects, tables, logs of Inspect. One record is held at a time.

use super::{
    json_text::{raw_input, raw_output},
    log_part::read_part,
    python_literal::python_literal,
};
use crate::{
    archive_limit::ArchiveLimit,
    interop::{
        ImportError, NotePlace,
        error::json_problem,
        files::Files,
        folder_files::{Unread, files_of, unread_files},
        non_finite::{self, NonFiniteReader},
    },
    source::{SourcePlace, as_typed, check_regular},
};
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::{
    cell::Cell,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    rc::Rc,
};

/// Most bytes of one record, unpacked.
const MAX_RECORD_BYTES: u64 = 256 << 20;

/// The formats, by the ends of names.
const READ: &str = ".jsonl, .json, .csv, .tsv and .eval";

/// Gets each record with its place.
type Sink<'a> = &'a mut dyn FnMut(&Value, &NotePlace);

/// Extensions of files that are read.
const EXTENSIONS: [&str; 7] = ["jsonl", "ndjson", "jsonlines", "json", "csv", "tsv", "eval"];

/// Read a file, or all files in a folder and in the folders of it; what was not read.
pub(super) fn read(path: &Path, files: &Files, sink: Sink<'_>) -> Result<Vec<Unread>, ImportError> {
    let (all, mut unread) = files_of(path, files)?;
    let mut others = Vec::new();
    for file in all {
        let failed = |source| ImportError::Read {
            path: as_typed(&file),
            source,
        };
        let open = || {
            check_regular(&file)
                .and_then(|_| File::open(&file))
                .map_err(failed)
        };
        let extension = file
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        match extension.as_str() {
            kind if !EXTENSIONS.contains(&kind) && path.is_dir() => others.push(file),
            _ if path.is_dir() && !files.admits(&file, &place(path, None)) => {}
            "json" => read_json(&file, open()?, sink)?,
            "csv" => read_table(&file, open()?, b',', sink)?,
            "tsv" => read_table(&file, open()?, b'\t', sink)?,
            "eval" => read_log(&file, open()?, sink)?,
            kind if EXTENSIONS.contains(&kind) => read_lines(&file, open()?, sink)?,
            _ => {
                return Err(ImportError::Nothing {
                    path: as_typed(&file),
                    message: format!("unknown format; only {READ} are read"),
                });
            }
        }
    }
    unread.extend(unread_files(
        path,
        &others,
        &format!("only {READ} are read"),
    ));
    Ok(unread)
}

fn place(file: &Path, line: Option<usize>) -> NotePlace {
    NotePlace {
        file: as_typed(file).into(),
        line,
    }
}

fn failed(file: &Path, message: impl Into<String>) -> ImportError {
    ImportError::Read {
        path: as_typed(file),
        source: io::Error::new(io::ErrorKind::InvalidData, message.into()),
    }
}

fn too_long() -> String {
    format!(
        "a record of more than {} MiB; split it, or write it as JSON lines",
        MAX_RECORD_BYTES >> 20
    )
}

fn read_lines(file: &Path, from: File, sink: Sink<'_>) -> Result<(), ImportError> {
    let mut reader = BufReader::with_capacity(1 << 16, from);
    let (mut line, mut at) = (Vec::new(), place(file, Some(0)));
    loop {
        line.clear();
        let mut limited = (&mut reader).take(MAX_RECORD_BYTES + 1);
        let read = limited
            .read_until(b'\n', &mut line)
            .map_err(|e| failed(file, e.to_string()))?;
        if read == 0 {
            return Ok(());
        }
        let number = at.line.map_or(1, |line| line + 1);
        at.line = Some(number);
        if read as u64 > MAX_RECORD_BYTES {
            return Err(failed(file, too_long()));
        }
        let text = std::str::from_utf8(&line)
            .map_err(|_| failed(file, format!("line {number} is not UTF-8")))?;
        let text = text.trim_start_matches('\u{feff}').trim_end();
        if text.is_empty() {
            continue;
        }
        let record = non_finite::from_str(text).map_err(|(error, column)| {
            let column = column.saturating_sub(1).min(text.len());
            ImportError::Syntax {
                place: Box::new(SourcePlace::in_line(
                    as_typed(file),
                    number,
                    text,
                    column..column + 1,
                )),
                message: format!("not valid JSON: {}", json_problem(&error)),
            }
        })?;
        sink(&record, &at);
    }
}

/// A list, whose items are read one by one, or objects one after the other.
fn read_json(file: &Path, from: File, sink: Sink<'_>) -> Result<(), ImportError> {
    let room = Room::default();
    let mut reader =
        BufReader::with_capacity(1 << 16, NonFiniteReader::new(Limited::new(from, &room)));
    let start = reader.fill_buf().map_err(|e| failed(file, e.to_string()))?;
    if start.starts_with("\u{feff}".as_bytes()) {
        reader.consume(3);
    }
    let start = reader.fill_buf().map_err(|e| failed(file, e.to_string()))?;
    let is_list = start.trim_ascii_start().starts_with(b"[");
    let at = place(file, None);
    let wrong = |error: serde_json::Error| failed(file, format!("not valid JSON: {error}"));
    let mut parser = serde_json::Deserializer::from_reader(reader);
    if is_list {
        let each = EachItem {
            sink,
            at: &at,
            room: &room,
        };
        return each.deserialize(&mut parser).map_err(wrong);
    }
    for record in parser.into_iter() {
        sink(&record.map_err(wrong)?, &at);
        room.refill();
    }
    Ok(())
}

/// Gives out the items of a list as they are read.
struct EachItem<'a, 'b> {
    sink: Sink<'a>,
    at: &'b NotePlace,
    room: &'b Room,
}

impl<'de> DeserializeSeed<'de> for EachItem<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EachItem<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(record) = list.next_element::<Value>()? {
            (self.sink)(&record, self.at);
            self.room.refill();
        }
        Ok(())
    }
}

/// How many bytes the record that is read may still have.
#[derive(Debug, Clone)]
struct Room(Rc<Cell<u64>>);

impl Default for Room {
    fn default() -> Room {
        Room(Rc::new(Cell::new(MAX_RECORD_BYTES)))
    }
}

impl Room {
    /// Another record begins.
    fn refill(&self) {
        self.0.set(MAX_RECORD_BYTES);
    }
}

/// A reader that gives out no more than there is room for.
struct Limited<R> {
    inner: R,
    room: Room,
}

impl<R> Limited<R> {
    fn new(inner: R, room: &Room) -> Limited<R> {
        Limited {
            inner,
            room: room.clone(),
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.room.0.get();
        let read = (&mut self.inner).take(left).read(into)?;
        if read == 0 && left == 0 && !into.is_empty() {
            return Err(io::Error::other(too_long()));
        }
        self.room.0.set(left - read as u64);
        Ok(read)
    }
}

/// A table, whose cells may be texts of JSON or, of pandas, of Python.
fn read_table(file: &Path, from: File, delimiter: u8, sink: Sink<'_>) -> Result<(), ImportError> {
    let room = Room::default();
    let mut table = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(Limited::new(from, &room));
    let wrong = |error: csv::Error| failed(file, error.to_string());
    let names = table.headers().map_err(wrong)?.clone();
    let mut record = csv::StringRecord::new();
    while table.read_record(&mut record).map_err(wrong)? {
        let line = record.position().map(|position| position.line() as usize);
        let cells = names.iter().zip(&record);
        let cells: Map<String, Value> = cells
            .map(|(name, text)| {
                (
                    name.trim_start_matches('\u{feff}').to_owned(),
                    cell(name, text),
                )
            })
            .collect();
        sink(&Value::Object(cells), &place(file, line));
        room.refill();
    }
    Ok(())
}

/// The value of a cell. What a model was sent or wrote is a text, where it is no messages.
fn cell(name: &str, text: &str) -> Value {
    let is_score = name.starts_with("eval.") || name.ends_with(".score");
    let is_text = name.ends_with(".value") || matches!(name, "expectedOutput" | "expected_output");
    match text.trim_start().bytes().next() {
        None => Value::Null,
        _ if name == "input" => raw_input(&text.into()),
        _ if name == "output" => raw_output(&text.into()),
        Some(b'[' | b'{') if !is_text => non_finite::from_str(text)
            .ok()
            .or_else(|| python_literal(text))
            .unwrap_or_else(|| text.into()),
        _ if is_score => text
            .parse::<f64>()
            .map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

/// A log of Inspect: an archive with its header and a file per sample.
fn read_log(file: &Path, from: File, sink: Sink<'_>) -> Result<(), ImportError> {
    let damaged =
        |error: zip::result::ZipError| failed(file, format!("not a complete .eval file: {error}"));
    let packed = from.metadata().map_err(|e| failed(file, e.to_string()))?;
    let mut unpacked = ArchiveLimit::of_log(packed.len());
    let mut archive = zip::ZipArchive::new(BufReader::new(from)).map_err(damaged)?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(std::borrow::Cow::into_owned)
        .collect();
    let samples = names
        .iter()
        .filter(|name| name.starts_with("samples/") && name.ends_with(".json"));
    let header = names
        .iter()
        .filter(|name| *name == "header.json" || *name == "_journal/start.json");
    // A log that was not finished has only the journal's beginning.
    for name in header.take(1).chain(samples) {
        let part = archive.by_name(name).map_err(damaged)?;
        let part = Limited::new(unpacked.reader(part), &Room::default());
        let record = read_part(BufReader::new(NonFiniteReader::new(part))).map_err(|error| {
            let is_json = !error.is_syntax() && !error.is_eof();
            let wrong = if is_json { "" } else { "not valid JSON: " };
            failed(file, format!("{name}: {wrong}{}", json_problem(&error)))
        })?;
        let mut at = place(file, None);
        at.file = as_typed(&file.join(name)).into();
        sink(&record, &at);
    }
    Ok(())
}
