//! Readers of text formats: each checks a file from its beginning to its end and reports where every record stands.

use super::{
    DatasetError, ReadOptions,
    format::{
        FileFormat, byte_of_column, csv_message, json_kind, json_message, object, record_error,
    },
    head::{Head, HeadSeed, Names},
};
use crate::source::SourcePlace;
use serde::de::DeserializeSeed;
use serde_json::{Value, value::RawValue};
use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead, Read, Seek, SeekFrom},
    path::Path,
};

const BOM: &[u8] = "\u{feff}".as_bytes();

/// The file that is read, and what is wanted of it.
pub(super) struct Source<'a> {
    pub(super) file: &'a File,
    /// The path as errors name it.
    pub(super) shown: &'a Path,
    pub(super) wanted: &'a ReadOptions,
}

/// Takes the first byte of a record, the byte after it, and its head.
pub(super) type OnRecord<'a> = &'a mut dyn FnMut(u64, u64, &Head);

impl Source<'_> {
    fn io(&self, source: std::io::Error) -> DatasetError {
        DatasetError::Io {
            path: self.shown.to_path_buf(),
            source,
        }
    }

    fn not_utf8(&self, line: usize) -> DatasetError {
        DatasetError::Encoding {
            path: self.shown.to_path_buf(),
            line,
        }
    }

    /// The line on which a record begins, found by its first byte; line ends before it do not count as its own. The file is
    /// read again for it.
    fn record_line(&self, start: u64) -> SourcePlace {
        let text = self.bytes_from(0);
        let mut start = (start as usize).min(text.len());
        while matches!(text.get(start), Some(b'\r' | b'\n')) {
            start += 1;
        }
        let before = &text[..start];
        let is_end = |i: &usize| match before[*i] {
            b'\n' => true,
            // Alone it ends a line too.
            b'\r' => text.get(i + 1) != Some(&b'\n'),
            _ => false,
        };
        let line = (0..before.len()).filter(is_end).count() + 1;
        let rest = &text[start..];
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let excerpt = String::from_utf8_lossy(&rest[..end.unwrap_or(rest.len())]);
        SourcePlace {
            line,
            ..SourcePlace::of_line(self.shown, excerpt.trim_start_matches('\u{feff}'), 1)
        }
    }

    /// Whether the record that begins at this byte, the last one, goes over line ends to a quote that never comes.
    fn has_open_quote(&self, start: u64) -> bool {
        let record = self.bytes_from(start);
        let record = record.trim_ascii();
        let quotes = record.iter().filter(|byte| **byte == b'"').count();
        quotes % 2 == 1 && record.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
    }

    fn bytes_from(&self, start: u64) -> Vec<u8> {
        let (mut file, mut bytes) = (self.file, Vec::new());
        let read = file
            .seek(SeekFrom::Start(start))
            .and_then(|_| file.read_to_end(&mut bytes));
        if read.is_err() {
            bytes.clear();
        }
        bytes
    }
}

/// A JSON object on each line.
pub(super) fn read_lines(
    bytes: &mut impl BufRead,
    source: &Source<'_>,
    names: &mut Names,
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
        let text = std::str::from_utf8(&line[mark..]).map_err(|_| source.not_utf8(number))?;
        let (start, end) = (offset + mark as u64, offset + read);
        offset = end;
        if text.trim().is_empty() {
            continue;
        }
        let mut head = Head::default();
        let mut parser = serde_json::Deserializer::from_str(text);
        let quick = HeadSeed {
            names,
            wanted: source.wanted,
            head: &mut head,
        }
        .deserialize(&mut parser)
        .and_then(|()| parser.end());
        if quick.is_err() || text.contains('\\') {
            // Escapes are not looked at by the quick way, and what is wrong is said by the thorough one.
            object(source.shown, number, text)?;
        }
        if let Err(error) = quick {
            let at = byte_of_column(text, error.column());
            let place = SourcePlace::in_line(source.shown, number, text, at..at + 1);
            return Err(record_error(json_message(&error), place));
        }
        on_record(start, end, &head);
    }
}

/// The objects of a JSON list, or objects one after the other.
pub(super) fn read_values(
    bytes: &mut impl Read,
    format: &FileFormat,
    source: &Source<'_>,
    names: &mut Names,
    on_record: OnRecord<'_>,
) -> Result<(), DatasetError> {
    let shown = source.shown;
    let mut all = Vec::new();
    bytes.read_to_end(&mut all).map_err(|e| source.io(e))?;
    let mark = if all.starts_with(BOM) { BOM.len() } else { 0 };
    let text = std::str::from_utf8(&all[mark..]).map_err(|error| {
        let before = &all[..mark + error.valid_up_to()];
        source.not_utf8(1 + before.iter().filter(|b| **b == b'\n').count())
    })?;
    let in_text = |error: &serde_json::Error| {
        let line_start: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let line = text[line_start..].split('\n').next().unwrap_or("");
        let at = line_start + byte_of_column(line, error.column());
        record_error(
            json_message(error),
            SourcePlace::of_span(shown, text, at..at + 1),
        )
    };
    let items: Vec<&RawValue> = match format {
        FileFormat::List => serde_json::from_str(text).map_err(|e| in_text(&e))?,
        _ => serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|e| in_text(&e))?,
    };
    if let (FileFormat::Sequence, [item]) = (format, &items[..]) {
        let value: Value = serde_json::from_str(item.get()).map_err(|e| in_text(&e))?;
        let place = SourcePlace::of_line(shown, text, 1);
        return Err(record_error(no_list(&value), place));
    }
    for (i, item) in items.into_iter().enumerate() {
        // A raw value is a part of the text that it was read from.
        let start = item.get().as_ptr() as usize - text.as_ptr() as usize;
        let end = start + item.get().len();
        let place = || SourcePlace::of_span(shown, text, start..end);
        let value: Value = serde_json::from_str(item.get())
            .map_err(|error| record_error(json_message(&error), place()))?;
        let Value::Object(_) = value else {
            let kind = json_kind(&value);
            let message = format!("item {} of the list must be an object, not {kind}", i + 1);
            return Err(record_error(message, place()));
        };
        let mut head = Head::default();
        HeadSeed {
            names,
            wanted: source.wanted,
            head: &mut head,
        }
        .deserialize(&mut serde_json::Deserializer::from_str(item.get()))
        .map_err(|e| in_text(&e))?;
        on_record((mark + start) as u64, (mark + end) as u64, &head);
    }
    Ok(())
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
            csv::ErrorKind::Utf8 { .. } => source.not_utf8(place.line),
            _ => record_error(message, place),
        }
    };
    let headers = reader.headers().map_err(in_table)?.clone();
    let mut known = HashSet::new();
    for header in &headers {
        if !known.insert(header) {
            let message = format!("two columns are named `{header}`");
            return Err(record_error(message, source.record_line(skipped)));
        }
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
        on_record(last, skipped + reader.position().byte(), &head);
    }
    if source.has_open_quote(last) {
        let message = "a quoted field of this record is never closed: the rest of the file is taken for its text";
        return Err(record_error(message.into(), source.record_line(last)));
    }
    Ok(headers)
}

/// Skip the line in which Excel names the delimiter (`sep=;`); how many bytes it has.
fn skip_separator_line(bytes: &mut impl BufRead) -> std::io::Result<u64> {
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
