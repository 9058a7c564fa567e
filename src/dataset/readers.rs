//! Readers of text formats: each checks a file from its beginning to its end and reports where every record stands.

use super::{
    DatasetError, ReadOptions,
    format::{
        FileFormat, byte_of_column, csv_message, json_kind, json_message, object, record_error,
    },
    guarded::Progress,
    head::{Head, HeadSeed, Names},
};
use crate::source::SourcePlace;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Value, value::RawValue};
use std::{
    cell::Cell,
    collections::HashSet,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

const BOM: &[u8] = "\u{feff}".as_bytes();

/// Most bytes of a line that an error looks at.
const EXCERPT_BYTES: u64 = 1 << 16;

/// The file that is read, and what is wanted of it.
pub(super) struct Source<'a> {
    pub(super) file: &'a File,
    /// The path as errors name it.
    pub(super) shown: &'a Path,
    pub(super) wanted: &'a ReadOptions,
    pub(super) progress: &'a Progress,
}

/// Takes the first byte of a record, the byte after it, and its head.
pub(super) type OnRecord<'a> = &'a mut dyn FnMut(u64, u64, &Head);

impl Source<'_> {
    fn io(&self, source: io::Error) -> DatasetError {
        DatasetError::Io {
            path: self.shown.to_path_buf(),
            source,
        }
    }

    /// Give out a record, unless it is too long.
    fn give(
        &self,
        start: u64,
        end: u64,
        head: &Head,
        on_record: OnRecord<'_>,
    ) -> Result<(), DatasetError> {
        if !self.progress.allows(start, end) {
            return Err(self.io(io::ErrorKind::InvalidData.into()));
        }
        on_record(start, end, head);
        Ok(())
    }

    /// The bytes from one on; what cannot be read any more is none.
    fn bytes_from(&self, start: u64) -> impl BufRead {
        let mut file = self.file;
        let left = match file.seek(SeekFrom::Start(start)) {
            Ok(_) => u64::MAX,
            Err(_) => 0,
        };
        BufReader::with_capacity(1 << 16, file.take(left))
    }

    /// The line of a byte, from 1, and the byte at which the line begins. A carriage return alone ends a line too.
    fn line_at(&self, byte: u64) -> (usize, u64) {
        let (mut line, mut start, mut after_cr) = (1, 0, false);
        let bytes = self.bytes_from(0).bytes().map_while(Result::ok);
        for (at, one) in (0..=byte).zip(bytes) {
            if after_cr && one != b'\n' {
                (line, start) = (line + 1, at);
            }
            if at == byte {
                break;
            }
            if one == b'\n' {
                (line, start) = (line + 1, at + 1);
            }
            after_cr = one == b'\r';
        }
        (line, start)
    }

    /// The line of a byte, from 1.
    pub(super) fn line_of(&self, byte: u64) -> usize {
        self.line_at(byte).0
    }

    /// The text from a byte to the end of its line.
    fn rest_of_line(&self, start: u64) -> String {
        let mut text = Vec::new();
        let read = self
            .bytes_from(start)
            .take(EXCERPT_BYTES)
            .read_to_end(&mut text);
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let end = text.iter().position(is_end).unwrap_or(text.len());
        match read {
            Ok(_) => String::from_utf8_lossy(&text[..end]).into_owned(),
            Err(_) => String::new(),
        }
    }

    /// The place of a stretch of bytes.
    fn place(&self, start: u64, length: usize) -> SourcePlace {
        let (line, line_start) = self.line_at(start);
        if start - line_start > EXCERPT_BYTES / 2 {
            return SourcePlace {
                line,
                ..SourcePlace::of_line(self.shown, &self.rest_of_line(start), 1)
            };
        }
        let text = self.rest_of_line(line_start);
        let mark = match text.strip_prefix('\u{feff}') {
            Some(_) => BOM.len(),
            None => 0,
        };
        let at = ((start - line_start) as usize).saturating_sub(mark);
        let at = at.min(text.len() - mark);
        SourcePlace::in_line(self.shown, line, &text[mark..], at..at + length)
    }

    /// The place of what is wrong with JSON that was read from byte `mark` on.
    fn json_error(&self, error: &serde_json::Error, mark: u64) -> DatasetError {
        let before = error.line().saturating_sub(1);
        let mut bytes = self.bytes_from(0);
        let mut start = if before == 0 { mark } else { 0 };
        for _ in 0..before {
            start += bytes.skip_until(b'\n').unwrap_or(0) as u64;
        }
        let column = error.column().saturating_sub(1) as u64;
        record_error(json_message(error), self.place(start + column, 1))
    }

    /// The first byte from `start` on that is none of these.
    pub(super) fn skip(&self, start: u64, separators: &[u8]) -> u64 {
        let bytes = self.bytes_from(start).bytes().map_while(Result::ok);
        let skipped = bytes.take_while(|byte| separators.contains(byte));
        start + skipped.count() as u64
    }

    /// The line on which a record begins, found by its first byte; line ends before it do not count as its own.
    pub(super) fn record_line(&self, start: u64) -> SourcePlace {
        let start = self.skip(start, b"\r\n");
        let text = self.rest_of_line(start);
        SourcePlace {
            line: self.line_of(start),
            ..SourcePlace::of_line(self.shown, text.trim_start_matches('\u{feff}'), 1)
        }
    }

    /// Whether the record that begins at this byte, the last one, goes over line ends to a quote that never comes.
    fn has_open_quote(&self, start: u64) -> bool {
        let mut record = Vec::new();
        let read = self.bytes_from(start).read_to_end(&mut record);
        let record = record.trim_ascii();
        let quotes = record.iter().filter(|byte| **byte == b'"').count();
        read.is_ok() && quotes % 2 == 1 && record.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
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
        let text = std::str::from_utf8(&line[mark..])
            .map_err(|error| source.io(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let (start, end) = (offset + mark as u64, offset + read);
        offset = end;
        if text.trim().is_empty() {
            source.progress.reached(end);
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
    let position = Cell::new(mark);
    let mut reader = serde_json::Deserializer::from_reader(Counted {
        inner: bytes,
        position: &position,
    });
    let (mut count, mut alone) = (0, None);
    let mut item = |item: Box<RawValue>| {
        let text = item.get();
        // The end of a number is known by the byte after it.
        let ahead = u64::from(text.ends_with(|c: char| c.is_ascii_digit()));
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
        let mut head = Head::default();
        HeadSeed {
            names: &mut *names,
            wanted: source.wanted,
            head: &mut head,
        }
        .deserialize(&mut serde_json::Deserializer::from_str(text))
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
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.position.set(self.position.get() + n as u64);
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
        source.give(last, skipped + reader.position().byte(), &head, on_record)?;
    }
    if source.has_open_quote(last) {
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
