//! A file of text that is read: its places as errors tell them, found by reading it again.

use super::{
    DatasetError, ReadOptions,
    format::{json_message, record_error},
    guarded::Progress,
    head::Head,
};
use crate::source::SourcePlace;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

pub(super) const BOM: &[u8] = "\u{feff}".as_bytes();

/// Takes the first byte of a record, the byte after it, and its head.
pub(super) type OnRecord<'a> = &'a mut dyn FnMut(u64, u64, &Head);

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

impl Source<'_> {
    pub(super) fn io(&self, source: io::Error) -> DatasetError {
        DatasetError::Io {
            path: self.shown.to_path_buf(),
            source,
        }
    }

    /// Give out a record, unless it is too long.
    pub(super) fn give(
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
    pub(super) fn place(&self, start: u64, length: usize) -> SourcePlace {
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
    pub(super) fn json_error(&self, error: &serde_json::Error, mark: u64) -> DatasetError {
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

    /// Whether the record that begins at this byte, the last one, ends in a quoted field that is never closed.
    pub(super) fn has_open_quote(&self, start: u64, delimiter: u8) -> bool {
        let mut record = Vec::new();
        let read = self.bytes_from(start).read_to_end(&mut record);
        // Blank lines before it are not its own.
        let is_text = |byte: &u8| !matches!(byte, b'\r' | b'\n');
        let begin = record.iter().position(is_text).unwrap_or(record.len());
        read.is_ok() && ends_in_quotes(&record[begin..], delimiter)
    }
}

/// Whether a record ends within quotes: they begin a field, and one more ends it unless it is doubled.
fn ends_in_quotes(record: &[u8], delimiter: u8) -> bool {
    let (mut is_quoted, mut is_begin) = (false, true);
    for &byte in record {
        match byte {
            b'"' if is_quoted || is_begin => {
                // A doubled one ends and begins again.
                is_begin = is_quoted;
                is_quoted = !is_quoted;
            }
            _ if is_quoted => {}
            other => is_begin = other == delimiter || matches!(other, b'\r' | b'\n'),
        }
    }
    is_quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_open_where_it_begins_a_field_and_none_ends_it() {
        for (record, is_open) in [
            ("1,\"2", true),
            ("1,\"2\n3", true),
            ("1,\"2\"\"", true),
            ("1,\"2\"", false),
            ("1,\"2\"\"\"", false),
            ("1,2\" x", false),
            (" \"x,2", false),
            ("1,\"2\"x\"", false),
            ("\"\"", false),
        ] {
            assert_eq!(ends_in_quotes(record.as_bytes(), b','), is_open, "{record}");
        }
    }
}
