//! The first reading of a file: checks every record, remembers where blocks of them begin, and collects the heads of rows.

use super::{
    DatasetError, RowColumns,
    block::{
        BLOCK_BYTES, BLOCK_ROWS, FileFormat, byte_of_column, kind, object, said, table_said, wrong,
    },
    head::{Head, HeadSeed, Names},
};
use crate::{
    model::{RowHeads, TextColumnBuilder},
    source::SourcePlace,
};
use serde::de::DeserializeSeed;
use serde_json::{Value, value::RawValue};
use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// What the first reading found.
#[derive(Debug)]
pub(super) struct Scan {
    /// The form, with the names of fields where it is a table.
    pub(super) form: FileFormat,
    /// Byte at which a block begins, and its first row.
    pub(super) blocks: Vec<(u64, u32)>,
    /// Byte after the last row.
    pub(super) end: u64,
    /// Names of the columns in the order of first appearance.
    pub(super) columns: Vec<String>,
    /// Heads of the rows.
    pub(super) heads: RowHeads,
    /// Hash of the bytes, hexadecimal.
    pub(super) hash: String,
}

/// Read a file from its beginning to its end.
pub(super) fn scan(
    file: &File,
    form: FileFormat,
    shown: &Path,
    wanted: &RowColumns,
) -> Result<Scan, DatasetError> {
    let mut seen = Seen::new(form, wanted);
    let mut bytes = BufReader::with_capacity(1 << 18, Hashed::new(file));
    match seen.form.clone() {
        FileFormat::Lines => lines(&mut bytes, shown, wanted, &mut seen)?,
        FileFormat::List => list(&mut bytes, shown, wanted, &mut seen)?,
        FileFormat::Table { delimiter, .. } => {
            table(&mut bytes, delimiter, shown, wanted, &mut seen)?
        }
    }
    let hash = bytes.into_inner().hasher.finalize().to_hex().to_string();
    seen.finish(hash, shown, wanted)
}

/// A reader that hashes what it reads.
struct Hashed<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R> Hashed<R> {
    fn new(inner: R) -> Hashed<R> {
        Hashed {
            inner,
            hasher: blake3::Hasher::new(),
        }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        self.hasher.update(&into[..n]);
        Ok(n)
    }
}

/// What was seen so far.
struct Seen {
    form: FileFormat,
    blocks: Vec<(u64, u32)>,
    end: u64,
    rows: u32,
    in_block: usize,
    columns: Names,
    answer: Option<TextColumnBuilder>,
    id: Option<TextColumnBuilder>,
    cluster: Option<TextColumnBuilder>,
}

impl Seen {
    fn new(form: FileFormat, wanted: &RowColumns) -> Seen {
        let builder =
            |column: &Option<String>| column.as_ref().map(|_| TextColumnBuilder::default());
        Seen {
            form,
            blocks: Vec::new(),
            end: 0,
            rows: 0,
            in_block: 0,
            columns: Names::default(),
            answer: builder(&wanted.answer),
            id: builder(&wanted.id),
            cluster: builder(&wanted.cluster),
        }
    }

    /// A record stands from byte `start` to byte `end`.
    fn record(&mut self, start: u64, end: u64, head: &Head) {
        let block = self.blocks.last().copied();
        let full =
            self.in_block >= BLOCK_ROWS || block.is_some_and(|(from, _)| end - from > BLOCK_BYTES);
        if full || block.is_none() {
            self.blocks.push((start, self.rows));
            self.in_block = 0;
        }
        self.in_block += 1;
        self.end = end;
        let text = |value: &Option<Value>| match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        if let Some(builder) = &mut self.answer {
            builder.push(text(&head.answer).as_deref());
        }
        if let Some(builder) = &mut self.id {
            match text(&head.id) {
                Some(own) => builder.push_new(&own),
                // A row without an id is called by its number.
                None => builder.push_new(&format!("r{}", self.rows)),
            }
        }
        if let Some(builder) = &mut self.cluster {
            builder.push(text(&head.cluster).as_deref());
        }
        self.rows += 1;
    }

    fn finish(self, hash: String, shown: &Path, wanted: &RowColumns) -> Result<Scan, DatasetError> {
        if self.rows == 0 {
            return Err(DatasetError::Empty {
                path: shown.to_path_buf(),
            });
        }
        let names = self.columns.all;
        for (column, role) in [
            (&wanted.answer, "answer"),
            (&wanted.id, "id"),
            (&wanted.cluster, "cluster"),
        ] {
            if let Some(column) = column
                && !names.contains(column)
            {
                return Err(DatasetError::NoColumn {
                    column: column.clone(),
                    role,
                    path: shown.to_path_buf(),
                    nearest: crate::source::nearest(column, names.iter().map(String::as_str))
                        .map(str::to_owned),
                    known: names,
                });
            }
        }
        let heads = RowHeads {
            rows: self.rows as usize,
            ids: self.id.map(TextColumnBuilder::finish),
            expected: self.answer.map(TextColumnBuilder::finish),
            clusters: self.cluster.map(TextColumnBuilder::finish),
        };
        if let Some((first, second)) = twice(&heads) {
            return Err(DatasetError::TwiceTheSameId {
                id: heads.id(first).into_owned(),
                path: shown.to_path_buf(),
                first: first + 1,
                second: second + 1,
            });
        }
        Ok(Scan {
            form: self.form,
            blocks: self.blocks,
            end: self.end,
            columns: names,
            heads,
            hash,
        })
    }
}

/// The first two rows with one id. Ids are told apart by their hashes, and only those of equal hash are looked at.
fn twice(heads: &RowHeads) -> Option<(usize, usize)> {
    let ids = heads.ids.as_ref()?;
    let hasher = std::hash::RandomState::new();
    let hash = |row: usize| std::hash::BuildHasher::hash_one(&hasher, ids.get(row).unwrap_or(""));
    let mut hashes: Vec<u64> = (0..ids.len()).map(hash).collect();
    hashes.sort_unstable();
    let equal: HashSet<u64> = hashes
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
        .collect();
    if equal.is_empty() {
        return None;
    }
    let mut first: HashMap<&str, usize> = HashMap::new();
    (0..ids.len())
        .filter(|row| equal.contains(&hash(*row)))
        .find_map(|row| {
            let id = ids.get(row).unwrap_or("");
            first.insert(id, row).map(|before| (before, row))
        })
}

fn io(shown: &Path) -> impl Fn(std::io::Error) -> DatasetError + '_ {
    |source| DatasetError::Io {
        path: shown.to_path_buf(),
        source,
    }
}

fn not_utf8(shown: &Path, line: usize) -> DatasetError {
    DatasetError::Encoding {
        path: shown.to_path_buf(),
        line,
    }
}

const BOM: &[u8] = "\u{feff}".as_bytes();

fn lines(
    bytes: &mut impl BufRead,
    shown: &Path,
    wanted: &RowColumns,
    seen: &mut Seen,
) -> Result<(), DatasetError> {
    let (mut line, mut number, mut at) = (Vec::new(), 0, 0u64);
    loop {
        line.clear();
        let read = bytes.read_until(b'\n', &mut line).map_err(io(shown))? as u64;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        let mark = if number == 1 && line.starts_with(BOM) {
            BOM.len()
        } else {
            0
        };
        let text = std::str::from_utf8(&line[mark..]).map_err(|_| not_utf8(shown, number))?;
        let (start, end) = (at + mark as u64, at + read);
        at = end;
        if text.trim().is_empty() {
            continue;
        }
        let mut head = Head::default();
        let mut parser = serde_json::Deserializer::from_str(text);
        let quick = HeadSeed {
            names: &mut seen.columns,
            wanted,
            head: &mut head,
        }
        .deserialize(&mut parser)
        .and_then(|()| parser.end());
        if quick.is_err() || text.contains('\\') {
            // Escapes are not looked at by the quick way, and what is wrong is said by the thorough one.
            object(shown, number, text)?;
        }
        if let Err(error) = quick {
            let at = byte_of_column(text, error.column());
            let place = SourcePlace::in_line(shown, number, text, at..at + 1);
            return Err(wrong(said(&error), place));
        }
        seen.record(start, end, &head);
    }
}

fn list(
    bytes: &mut impl Read,
    shown: &Path,
    wanted: &RowColumns,
    seen: &mut Seen,
) -> Result<(), DatasetError> {
    let mut all = Vec::new();
    bytes.read_to_end(&mut all).map_err(io(shown))?;
    let mark = if all.starts_with(BOM) { BOM.len() } else { 0 };
    let text = std::str::from_utf8(&all[mark..]).map_err(|error| {
        let before = &all[..mark + error.valid_up_to()];
        not_utf8(shown, 1 + before.iter().filter(|b| **b == b'\n').count())
    })?;
    let whole = |error: &serde_json::Error| {
        let line_start: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let line = text[line_start..].split('\n').next().unwrap_or("");
        let at = line_start + byte_of_column(line, error.column());
        wrong(said(error), SourcePlace::of_span(shown, text, at..at + 1))
    };
    let first_line = |message| wrong(message, SourcePlace::of_line(shown, text, 1));
    if !text.trim_start().starts_with('[') {
        let value: Value = serde_json::from_str(text).map_err(|e| whole(&e))?;
        let kind = kind(&value);
        let message = format!("a .json dataset must be a list of objects, not {kind}");
        return Err(first_line(message));
    }
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|e| whole(&e))?;
    for (i, item) in items.into_iter().enumerate() {
        // A raw value is a part of the text that it was read from.
        let start = item.get().as_ptr() as usize - text.as_ptr() as usize;
        let end = start + item.get().len();
        let value: Value = serde_json::from_str(item.get())
            .map_err(|error| wrong(said(&error), SourcePlace::of_span(shown, text, start..end)))?;
        let Value::Object(_) = value else {
            let kind = kind(&value);
            return Err(wrong(
                format!("item {} of the list must be an object, not {kind}", i + 1),
                SourcePlace::of_span(shown, text, start..end),
            ));
        };
        let mut head = Head::default();
        HeadSeed {
            names: &mut seen.columns,
            wanted,
            head: &mut head,
        }
        .deserialize(&mut serde_json::Deserializer::from_str(item.get()))
        .map_err(|e| whole(&e))?;
        seen.record((mark + start) as u64, (mark + end) as u64, &head);
    }
    Ok(())
}

fn table(
    bytes: &mut impl BufRead,
    delimiter: u8,
    shown: &Path,
    wanted: &RowColumns,
    seen: &mut Seen,
) -> Result<(), DatasetError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(bytes);
    let headers = reader.headers().map_err(|e| in_table(e, shown))?.clone();
    let mut known = HashSet::new();
    for header in &headers {
        if !known.insert(header) {
            let message = format!("two columns are called `{header}`");
            return Err(wrong(message, whole_line(shown, 1)));
        }
        seen.columns.at(header, usize::MAX);
    }
    let at = |column: &Option<String>| {
        let column = column.as_deref()?;
        headers.iter().position(|header| header == column)
    };
    let places = [&wanted.answer, &wanted.id, &wanted.cluster].map(at);
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|e| in_table(e, shown))?
    {
        let start = record.position().map_or(0, csv::Position::byte);
        let [answer, id, cluster] =
            places.map(|at| Some(Value::String(record.get(at?)?.to_owned())));
        let head = Head {
            answer,
            id,
            cluster,
        };
        seen.record(start, reader.position().byte(), &head);
    }
    seen.form = FileFormat::Table { delimiter, headers };
    Ok(())
}

fn in_table(error: csv::Error, shown: &Path) -> DatasetError {
    let line = error.position().map_or(1, |p| p.line() as usize);
    let message = table_said(&error);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => io(shown)(source),
        csv::ErrorKind::Utf8 { .. } => not_utf8(shown, line),
        _ => wrong(message, whole_line(shown, line)),
    }
}

/// The place of a whole line of a file, which is read again for it.
fn whole_line(shown: &Path, number: usize) -> SourcePlace {
    let text = File::open(shown)
        .ok()
        .and_then(|file| BufReader::new(file).lines().nth(number - 1)?.ok())
        .unwrap_or_default();
    SourcePlace {
        line: number,
        ..SourcePlace::of_line(shown, &text, 1)
    }
}
