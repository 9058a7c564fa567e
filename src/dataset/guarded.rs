//! Bytes of a dataset on their way: hashed, known to be UTF-8, and never more of one record than its limit.

use std::{
    cell::Cell,
    io::{self, Read, Write},
};

/// How far a reader may be ahead of the record that it gives out.
const READ_AHEAD: u64 = 1 << 20;

/// Why no more bytes are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// What begins at this byte is no UTF-8.
    NotUtf8(u64),
    /// The record that begins at or after this byte is too long.
    TooLong(u64),
}

/// What a reader and those who read from it share: where the last record ended, and why reading stopped.
#[derive(Debug)]
pub(super) struct Progress {
    limit: u64,
    record_end: Cell<u64>,
    stop: Cell<Option<Stop>>,
}

impl Progress {
    pub(super) fn new(limit: u64) -> Progress {
        Progress {
            limit,
            record_end: Cell::new(0),
            stop: Cell::new(None),
        }
    }

    /// Everything before this byte was given out.
    pub(super) fn reached(&self, end: u64) {
        self.record_end.set(end);
    }

    /// A record stands from byte `start` to byte `end`; false where that is too long.
    pub(super) fn allows(&self, start: u64, end: u64) -> bool {
        if end - start > self.limit {
            self.stop.set(Some(Stop::TooLong(start)));
            return false;
        }
        self.reached(end);
        true
    }

    pub(super) fn stop(&self) -> Option<Stop> {
        self.stop.get()
    }
}

/// A reader that hashes what it reads and stops at what is no text, or no end of a record.
pub(super) struct GuardedReader<'a, R> {
    inner: R,
    progress: &'a Progress,
    position: u64,
    /// The beginning of a character that was torn.
    torn: Vec<u8>,
    pub(super) hasher: blake3::Hasher,
}

impl<'a, R: Read> GuardedReader<'a, R> {
    pub(super) fn new(inner: R, progress: &'a Progress) -> GuardedReader<'a, R> {
        GuardedReader {
            inner,
            progress,
            position: 0,
            torn: Vec::new(),
            hasher: blake3::Hasher::new(),
        }
    }

    fn stopped(&self, stop: Stop) -> io::Error {
        self.progress.stop.set(Some(stop));
        io::ErrorKind::InvalidData.into()
    }

    /// Check the next bytes; none is the end.
    fn check(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut at = self.position - self.torn.len() as u64;
        let mut rest = bytes;
        if !self.torn.is_empty() {
            // A character has at most four bytes.
            let mut first = std::mem::take(&mut self.torn);
            let before = first.len();
            first.extend(&bytes[..bytes.len().min(4 - before)]);
            let valid = match std::str::from_utf8(&first) {
                Ok(_) => first.len(),
                Err(error) if error.valid_up_to() > 0 => error.valid_up_to(),
                Err(error) if error.error_len().is_none() && !bytes.is_empty() => {
                    self.torn = first;
                    return Ok(());
                }
                Err(_) => return Err(self.stopped(Stop::NotUtf8(at))),
            };
            rest = &bytes[valid - before..];
            at += valid as u64;
        }
        if let Err(error) = std::str::from_utf8(rest) {
            let valid = error.valid_up_to();
            if error.error_len().is_some() {
                return Err(self.stopped(Stop::NotUtf8(at + valid as u64)));
            }
            self.torn = rest[valid..].to_vec();
        }
        Ok(())
    }
}

impl<R: Read> Read for GuardedReader<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let record_end = self.progress.record_end.get();
        if self.position - record_end.min(self.position)
            > self.progress.limit.saturating_add(READ_AHEAD)
        {
            return Err(self.stopped(Stop::TooLong(record_end)));
        }
        let n = self.inner.read(into)?;
        let bytes = &into[..n];
        self.check(bytes)?;
        self.hasher.update(bytes);
        self.position += n as u64;
        Ok(n)
    }
}

/// A writer that refuses a line that is too long, which a record is at least: what a small packed file unpacks to.
pub(super) struct LineGuard<'a, W> {
    inner: W,
    limit: u64,
    line: usize,
    in_line: u64,
    /// The line that was too long, from 1.
    too_long: &'a Cell<Option<usize>>,
}

impl<'a, W: Write> LineGuard<'a, W> {
    pub(super) fn new(inner: W, limit: u64, too_long: &'a Cell<Option<usize>>) -> LineGuard<'a, W> {
        LineGuard {
            inner,
            limit,
            line: 1,
            in_line: 0,
            too_long,
        }
    }
}

impl<W: Write> Write for LineGuard<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.in_line += piece.len() as u64;
            if self.in_line > self.limit.saturating_add(READ_AHEAD) {
                self.too_long.set(Some(self.line));
                return Err(io::ErrorKind::InvalidData.into());
            }
            if piece.ends_with(b"\n") {
                self.line += 1;
                self.in_line = 0;
            }
        }
        self.inner.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives out so many bytes at once.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(into.len());
            self.0
                .take(n as u64)
                .read(into)
                .inspect(|n| self.0 = &self.0[*n..])
        }
    }

    fn stop(bytes: &[u8], piece: usize) -> Option<Stop> {
        let progress = Progress::new(16);
        let mut all = Vec::new();
        let read = GuardedReader::new(Pieces(bytes, piece), &progress).read_to_end(&mut all);
        assert_eq!(read.is_err(), progress.stop().is_some());
        assert!(read.is_err() || all == bytes);
        progress.stop()
    }

    #[test]
    fn text_is_told_from_other_bytes_however_it_is_torn() {
        let text = "a名👩é\n".repeat(9);
        let wrong = [text.as_bytes(), b"\xff", text.as_bytes()].concat();
        let cut = &text.as_bytes()[..3];
        for piece in 1..20 {
            assert_eq!(stop(text.as_bytes(), piece), None);
            assert_eq!(stop(&wrong, piece), Some(Stop::NotUtf8(text.len() as u64)));
            assert_eq!(stop(cut, piece), Some(Stop::NotUtf8(1)));
        }
    }

    #[test]
    fn a_record_without_an_end_is_not_read_to_the_end() {
        let long = vec![b'a'; 3 << 20];
        assert_eq!(stop(&long, 1 << 16), Some(Stop::TooLong(0)));
        let too_long = Cell::new(None);
        let mut written = Vec::new();
        let mut guard = LineGuard::new(&mut written, 16, &too_long);
        guard.write_all(b"one\ntwo\n").unwrap();
        assert!(
            long.chunks(1 << 16)
                .any(|piece| guard.write_all(piece).is_err())
        );
        assert_eq!(too_long.get(), Some(3));
        assert!(written.len() < 2 << 20);
    }
}
