//! Readers of text formats: each checks a file from its beginning to its end and reports where every record stands.

use super::{
    DatasetError,
    column_name::{repeated_name, too_long, two_of_one_name},
    format::{
        FileFormat, TEXT, byte_of_column, csv_message, json_kind, json_message, object,
        record_error,
    },
    head::{Head, HeadSeed, Names},
    large_integers::checked,
    text_source::{BOM, OnRecord, Source},
};
use crate::source::SourcePlace;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Value, value::RawValue};
use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, Read},
};

/// Reads the head out of a line; its number from 1 is for errors.
type ReadHead = fn(&str, usize, &Source<'_>, &mut Names) -> Result<Head, DatasetError>;

/// A JSON object.
pub(super) fn object_head(
    line: &str,
    number: usize,
    source: &Source<'_>,
    names: &mut Names,
) -> Result<Head, DatasetError> {
    let mut head = Head::default();
    // What is wrong with it is said by the thorough way.
    let exact = checked(line).unwrap_or(line.into());
    let mut parser = serde_json::Deserializer::from_str(&exact);
    let quick = HeadSeed {
        names,
        wanted: source.wanted,
        head: &mut head,
    }
    .deserialize(&mut parser)
    .and_then(|()| parser.end());
    if quick.is_err() || line.contains('\\') {
        // Escapes are not looked at by the quick way, and what is wrong is said by the thorough one.
        object(source.shown, number, line)?;
    }
    if let Err(error) = quick {
        let at = byte_of_column(line, error.column());
        let place = SourcePlace::in_line(source.shown, number, line, at..at + 1);
        return Err(record_error(json_message(&error), place));
    }
    Ok(head)
}

/// A text, the only column.
pub(super) fn text_head(
    line: &str,
    _: usize,
    source: &Source<'_>,
    names: &mut Names,
) -> Result<Head, DatasetError> {
    names.index_of(TEXT, 0);
    let text = line.trim_end_matches(['\r', '\n']);
    let value = |column: &Option<String>| (column.as_deref() == Some(TEXT)).then(|| text.into());
    Ok(Head {
        answer: value(&source.wanted.answer),
        id: value(&source.wanted.id),
        cluster: value(&source.wanted.cluster),
    })
}

/// A record on each line.
pub(super) fn read_lines(
    bytes: &mut impl BufRead,
    source: &Source<'_>,
    names: &mut Names,
    read_head: ReadHead,
    on_record: OnRecord<'_>,
) -> Result<(), DatasetError> {
    let (mut line, mut number, mut offset) = (Vec::new(), 0, 0u64);
    loop {
        line.clear();
        let read = bytes
            .read_until(b'\n', &mut line)
            .map_err(|e| source.io(e))? as u64;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        let mark = match number == 1 && line.starts_with(BOM) {
            true => BOM.len(),
            false => 0,
        };
        let text = std::str::from_utf8(&line[mark..])
            .map_err(|error| source.io(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let (start, end) = (offset + mark as u64, offset + read);
        offset = end;
        if text.trim().is_empty() {
            source.progress.reached(end);
            continue;
        }
        let head = read_head(text, number, source, names)?;
        source.give(start, end, &head, on_record)?;
    }
}

/// The objects of a JSON list, or objects one after the other.
pub(super) fn read_values(
    bytes: &mut impl BufRead,
    format: &FileFormat,
    source: &Source<'_>,
    names: &mut Names,
    on_record: OnRecord<'_>,
) -> Result<(), DatasetError> {
    let start = bytes.fill_buf().map_err(|e| source.io(e))?;
    let mark = if start.starts_with(BOM) { BOM.len() } else { 0 };
    bytes.consume(mark);
    let mark = mark as u64;
    let (position, is_over) = (Cell::new(mark), Cell::new(false));
    let mut reader = serde_json::Deserializer::from_reader(Counted {
        inner: bytes,
        position: &position,
        is_over: &is_over,
    });
    let (mut count, mut alone) = (0, None);
    let mut item = |item: Box<RawValue>| {
        let text = item.get();
        // The end of a number is known by the byte after it, if there is one.
        let is_number = text.ends_with(|c: char| c.is_ascii_digit());
        let ahead = u64::from(is_number && !is_over.get());
        let end = position.get() - ahead;
        let start = end - text.len() as u64;
        count += 1;
        let place = || source.place(start, text.len());
        let value: Value = serde_json::from_str(text)
            .map_err(|error| record_error(json_message(&error), place()))?;
        if !value.is_object() {
            let message = match format {
                FileFormat::List => {
                    let kind = json_kind(&value);
                    format!("item {count} of the list must be an object, not {kind}")
                }
                _ => no_list(&value),
            };
            return Err(record_error(message, place()));
        }
        let exact = checked(text).unwrap_or(text.into());
        let mut head = Head::default();
        HeadSeed {
            names: &mut *names,
            wanted: source.wanted,
            head: &mut head,
        }
        .deserialize(&mut serde_json::Deserializer::from_str(&exact))
        .map_err(|error| record_error(json_message(&error), place()))?;
        source.give(start, end, &head, on_record)?;
        alone = (count == 1).then_some(value);
        Ok(())
    };
    match format {
        FileFormat::List => {
            let mut failed = None;
            let items = Items {
                item: &mut item,
                failed: &mut failed,
            };
            let read = items.deserialize(&mut reader).and_then(|()| reader.end());
            match (failed, read) {
                (Some(error), _) => Err(error),
                (None, read) => read.map_err(|error| source.json_error(&error, mark)),
            }
        }
        _ => {
            for value in reader.into_iter() {
                item(value.map_err(|error| source.json_error(&error, mark))?)?;
            }
            match alone {
                Some(value) => Err(record_error(no_list(&value), source.record_line(mark))),
                None => Ok(()),
            }
        }
    }
}

/// A reader that counts what was read from it.
struct Counted<'a, R> {
    inner: R,
    position: &'a Cell<u64>,
    /// Whether its end was reached.
    is_over: &'a Cell<bool>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.position.set(self.position.get() + n as u64);
        self.is_over.set(n == 0);
        Ok(n)
    }
}

/// Takes the items of a list one by one.
struct Items<'a, F> {
    item: F,
    /// What the taker found wrong with one.
    failed: &'a mut Option<DatasetError>,
}

impl<'de, F: FnMut(Box<RawValue>) -> Result<(), DatasetError>> DeserializeSeed<'de>
    for Items<'_, F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Box<RawValue>) -> Result<(), DatasetError>> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            if let Err(error) = (self.item)(item) {
                *self.failed = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// What to say of a `.json` file that holds one value and no list.
fn no_list(value: &Value) -> String {
    let message = format!(
        "a .json dataset must be a list of objects, or objects one after the other, not {}",
        json_kind(value)
    );
    let fields = value.as_object().into_iter().flatten();
    let mut lists = fields.filter_map(|(name, value)| Some((name, value.as_array()?)));
    match lists.next() {
        Some((name, items)) if items.iter().all(Value::is_object) => format!(
            "{message}; the rows seem to be in `{name}`: save that list alone, for example with jq '.{name}'"
        ),
        Some((name, _)) => format!(
            "{message}; it seems to hold one list per column (`{name}` …): save one object per row, as pandas does with orient=\"records\""
        ),
        None => message,
    }
}

/// Records of fields; returns the names of the fields.
pub(super) fn read_table(
    bytes: &mut impl BufRead,
    delimiter: u8,
    source: &Source<'_>,
    names: &mut Names,
    on_record: OnRecord<'_>,
) -> Result<csv::StringRecord, DatasetError> {
    let skipped = skip_separator_line(bytes).map_err(|e| source.io(e))?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(bytes);
    let in_table = |error: csv::Error| {
        let start = error.position().map_or(0, csv::Position::byte);
        let place = source.record_line(skipped + start);
        let message = csv_message(&error);
        match error.into_kind() {
            csv::ErrorKind::Io(error) => source.io(error),
            _ => record_error(message, place),
        }
    };
    let headers = reader.headers().map_err(in_table)?.clone();
    let problem = repeated_name(&headers).map(|name| two_of_one_name("", name));
    if let Some(message) = problem.or_else(|| headers.iter().find_map(too_long)) {
        return Err(record_error(message, source.record_line(skipped)));
    }
    for header in &headers {
        names.index_of(header, usize::MAX);
    }
    let column = |wanted: &Option<String>| {
        let name = wanted.as_deref()?;
        headers.iter().position(|header| header == name)
    };
    let wanted = source.wanted;
    let columns = [&wanted.answer, &wanted.id, &wanted.cluster].map(column);
    let mut record = csv::StringRecord::new();
    let mut last = 0;
    while reader.read_record(&mut record).map_err(in_table)? {
        last = skipped + record.position().map_or(0, csv::Position::byte);
        let [answer, id, cluster] =
            columns.map(|column| Some(Value::String(record.get(column?)?.to_owned())));
        let head = Head {
            answer,
            id,
            cluster,
        };
        source.give(last, skipped + reader.position().byte(), &head, on_record)?;
    }
    if source.has_open_quote(last, delimiter) {
        let message = "a quoted field of this record is never closed: the rest of the file is taken for its text";
        return Err(record_error(message.into(), source.record_line(last)));
    }
    Ok(headers)
}

/// Skip the line in which Excel names the delimiter (`sep=;`); how many bytes it has.
fn skip_separator_line(bytes: &mut impl BufRead) -> io::Result<u64> {
    let start = bytes.fill_buf()?;
    match separator_line(start) {
        Some((_, length)) => {
            bytes.consume(length);
            Ok(length as u64)
        }
        None => Ok(0),
    }
}

/// The delimiter that the first line of a table names for Excel, and the bytes of that line.
pub(super) fn separator_line(start: &[u8]) -> Option<(u8, usize)> {
    let text = start.strip_prefix(BOM).unwrap_or(start);
    let rest = text
        .strip_prefix(b"sep=")
        .or_else(|| text.strip_prefix(b"SEP="))?;
    let (delimiter, rest) = rest.split_first()?;
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\n")?;
    Some((*delimiter, start.len() - rest.len()))
}
