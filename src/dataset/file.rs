//! The rows of a file that was scanned, read again block by block as they are asked for.

use super::{DatasetError, format::FileFormat, scan::Scan};
use crate::model::{Row, RowHeads, expected_answer};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Blocks that are kept once they were read.
const KEPT: usize = 64;

/// Size of the kept blocks at which the oldest goes, in bytes of the file.
const KEPT_BYTES: u64 = 8 << 20;

/// The rows of a file.
#[derive(Debug)]
pub(super) struct RowFile {
    shown: PathBuf,
    format: FileFormat,
    blocks: Vec<(u64, u32)>,
    end: u64,
    rows: usize,
    answer: Option<String>,
    stamp: Option<(u64, SystemTime)>,
    reader: Mutex<Reader>,
}

#[derive(Debug)]
struct Reader {
    file: File,
    kept: VecDeque<Block>,
}

#[derive(Debug)]
struct Block {
    number: usize,
    bytes: u64,
    rows: Vec<Arc<Row>>,
}

impl RowFile {
    /// The rows that a scan found. `watched`: the file is the user's, who may change it.
    pub(super) fn new(
        file: File,
        watched: bool,
        shown: &Path,
        answer: Option<String>,
        scan: &mut Scan,
    ) -> RowFile {
        RowFile {
            stamp: watched.then(|| stamp(&file)).flatten(),
            shown: shown.to_path_buf(),
            format: scan.format.clone(),
            blocks: std::mem::take(&mut scan.blocks),
            end: scan.end,
            rows: scan.heads.len(),
            answer,
            reader: Mutex::new(Reader {
                file,
                kept: VecDeque::new(),
            }),
        }
    }

    /// What separates the fields of a table.
    pub(super) fn delimiter(&self) -> Option<u8> {
        match &self.format {
            FileFormat::Table { delimiter, .. } => Some(*delimiter),
            FileFormat::Lines | FileFormat::Texts | FileFormat::List | FileFormat::Sequence => None,
        }
    }

    /// A row by its place in the file, from 0.
    pub(super) fn row(&self, index: usize, heads: &RowHeads) -> Result<Arc<Row>, DatasetError> {
        let number = self
            .blocks
            .partition_point(|(_, first)| *first as usize <= index)
            .saturating_sub(1);
        let mut reader = self.reader.lock();
        let at = match reader.kept.iter().rposition(|b| b.number == number) {
            Some(at) => at,
            None => {
                let block = self.read(&mut reader.file, number, heads)?;
                let mut bytes: u64 = block.bytes + reader.kept.iter().map(|b| b.bytes).sum::<u64>();
                while !reader.kept.is_empty() && (reader.kept.len() >= KEPT || bytes > KEPT_BYTES) {
                    bytes -= reader.kept.pop_front().map_or(0, |b| b.bytes);
                }
                reader.kept.push_back(block);
                reader.kept.len() - 1
            }
        };
        let first = self.blocks.get(number).map_or(0, |(_, first)| *first) as usize;
        reader.kept[at]
            .rows
            .get(index - first)
            .cloned()
            .ok_or_else(|| self.changed())
    }

    fn read(
        &self,
        file: &mut File,
        number: usize,
        heads: &RowHeads,
    ) -> Result<Block, DatasetError> {
        if self.stamp.is_some() && stamp(file) != self.stamp {
            return Err(self.changed());
        }
        let (start, first) = self.blocks.get(number).copied().unwrap_or((0, 0));
        let next = self.blocks.get(number + 1).copied();
        let (end, after) = next.unwrap_or((self.end, self.rows as u32));
        let mut bytes = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => self.changed(),
                _ => DatasetError::Io {
                    path: self.shown.clone(),
                    source,
                },
            })?;
        let text = String::from_utf8(bytes).map_err(|_| self.changed())?;
        let records = self.format.records(&text, &self.shown)?;
        if records.len() != (after - first) as usize {
            return Err(self.changed());
        }
        let rows = records
            .into_iter()
            .enumerate()
            .map(|(i, fields)| {
                let index = first as usize + i;
                let answer = self.answer.as_ref().and_then(|column| fields.get(column));
                Arc::new(Row {
                    index,
                    id: heads.id(index).into_owned(),
                    expected: expected_answer(answer).cloned(),
                    cluster: heads
                        .clusters
                        .as_ref()
                        .and_then(|c| c.get(index))
                        .map(str::to_owned),
                    fields,
                })
            })
            .collect();
        Ok(Block {
            number,
            bytes: end - start,
            rows,
        })
    }

    /// The line on which each row begins; none where the file is not the user's own, or was changed.
    pub(super) fn row_lines(&self) -> Vec<usize> {
        let mut reader = self.reader.lock();
        if self.stamp.is_none() || stamp(&reader.file) != self.stamp {
            return Vec::new();
        }
        let mut text = Vec::new();
        let read = reader
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| reader.file.read_to_end(&mut text));
        let starts = match (read, String::from_utf8(text)) {
            (Ok(_), Ok(text)) => self.line_starts(&text),
            _ => Vec::new(),
        };
        match starts.len() == self.rows {
            true => starts,
            false => Vec::new(),
        }
    }

    /// The line of each record of the whole file.
    fn line_starts(&self, text: &str) -> Vec<usize> {
        let start = self.blocks.first().map_or(0, |(start, _)| *start as usize);
        let Some(records) = text.get(start..) else {
            return Vec::new();
        };
        let before = text[..start].matches('\n').count();
        let starts = self.format.record_starts(records);
        let (mut line, mut at) = (before + 1, 0);
        starts
            .map(|byte| {
                line += records[at..byte].matches('\n').count();
                at = byte;
                line
            })
            .collect()
    }

    fn changed(&self) -> DatasetError {
        DatasetError::Changed {
            path: self.shown.clone(),
        }
    }
}

/// Length and time of the last change.
fn stamp(file: &File) -> Option<(u64, SystemTime)> {
    let about = file.metadata().ok()?;
    Some((about.len(), about.modified().ok()?))
}
