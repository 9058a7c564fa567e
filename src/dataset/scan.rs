//! The first reading of a file: checks every record, remembers where blocks of them begin, and collects the heads of rows.

use super::{
    DatasetError, ReadOptions,
    format::{BLOCK_BYTES, BLOCK_ROWS, FileFormat},
    guarded::{GuardedReader, Progress, Stop},
    head::{Head, Names},
    readers::{object_head, read_lines, read_table, read_values, text_head},
    text_source::Source,
};
use crate::model::{RowHeads, TextColumnBuilder, expected_answer};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::BufReader,
    path::Path,
};

/// What the first reading found.
#[derive(Debug)]
pub(super) struct Scan {
    /// The format, with the names of fields where it is a table.
    pub(super) format: FileFormat,
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
    format: FileFormat,
    shown: &Path,
    wanted: &ReadOptions,
) -> Result<Scan, DatasetError> {
    let progress = Progress::new(wanted.max_record.bytes());
    let mut bytes = BufReader::with_capacity(1 << 18, GuardedReader::new(file, &progress));
    let mut state = ScanState::new(wanted);
    let mut record = |start, end, head: &Head| state.record(start, end, head);
    let mut names = Names::default();
    let source = Source {
        file,
        shown,
        wanted,
        progress: &progress,
    };
    let is_table = matches!(format, FileFormat::Table { .. });
    let read = match format {
        FileFormat::Lines | FileFormat::Texts => {
            let read_head = match format {
                FileFormat::Texts => text_head,
                _ => object_head,
            };
            read_lines(&mut bytes, &source, &mut names, read_head, &mut record).map(|()| format)
        }
        FileFormat::List | FileFormat::Sequence => {
            read_values(&mut bytes, &format, &source, &mut names, &mut record).map(|()| format)
        }
        FileFormat::Table { delimiter, .. } => {
            read_table(&mut bytes, delimiter, &source, &mut names, &mut record)
                .map(|headers| FileFormat::Table { delimiter, headers })
        }
    };
    let format = read.map_err(|error| match progress.stop() {
        Some(Stop::NotUtf8(byte)) => DatasetError::Encoding {
            path: shown.to_path_buf(),
            line: source.line_of(byte),
        },
        Some(Stop::TooLong(start)) => DatasetError::TooLong {
            path: shown.to_path_buf(),
            line: source.line_of(match is_table {
                true => source.skip(start, b"\r\n"),
                false => source.skip(start, b" \t\r\n,["),
            }),
            limit: wanted.max_record,
            is_table,
        },
        None => error,
    })?;
    let hash = bytes.into_inner().hasher.finalize().to_hex().to_string();
    state.finish(format, names, hash, shown)
}

/// What was found so far.
struct ScanState<'a> {
    wanted: &'a ReadOptions,
    blocks: Vec<(u64, u32)>,
    end: u64,
    rows: u32,
    in_block: usize,
    answer: Option<TextColumnBuilder>,
    id: Option<TextColumnBuilder>,
    cluster: Option<TextColumnBuilder>,
}

impl<'a> ScanState<'a> {
    fn new(wanted: &'a ReadOptions) -> ScanState<'a> {
        let builder =
            |column: &Option<String>| column.as_ref().map(|_| TextColumnBuilder::default());
        ScanState {
            wanted,
            blocks: Vec::new(),
            end: 0,
            rows: 0,
            in_block: 0,
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
        let text = |value: Option<&Value>| match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        if let Some(builder) = &mut self.answer {
            builder.push(text(expected_answer(head.answer.as_ref())).as_deref());
        }
        if let Some(builder) = &mut self.id {
            match text(head.id.as_ref()) {
                Some(own) => builder.push_new(&own),
                // A row without an id is called by its number.
                None => builder.push_new(&format!("r{}", self.rows)),
            }
        }
        if let Some(builder) = &mut self.cluster {
            builder.push(text(head.cluster.as_ref()).as_deref());
        }
        self.rows += 1;
    }

    fn finish(
        self,
        format: FileFormat,
        names: Names,
        hash: String,
        shown: &Path,
    ) -> Result<Scan, DatasetError> {
        let wanted = self.wanted;
        if self.rows == 0 {
            return Err(DatasetError::Empty {
                path: shown.to_path_buf(),
            });
        }
        let names = names.all;
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
            weights: None,
        };
        if let Some((first, second)) = repeated_id(&heads) {
            return Err(DatasetError::TwiceTheSameId {
                id: heads.id(first).into_owned(),
                path: shown.to_path_buf(),
                first: first + 1,
                second: second + 1,
            });
        }
        Ok(Scan {
            format,
            blocks: self.blocks,
            end: self.end,
            columns: names,
            heads,
            hash,
        })
    }
}

/// The first two rows with one id. Ids are told apart by their hashes, and only those of equal hash are looked at.
fn repeated_id(heads: &RowHeads) -> Option<(usize, usize)> {
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
