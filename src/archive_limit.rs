//! How much a zip archive may unpack to, which workbooks and logs of Inspect are: a few KB can hold gigabytes of one letter.

use std::io::{self, Read};

/// What any archive may unpack to, in bytes.
const ALWAYS_ALLOWED: u64 = 64 << 20;

/// How many times larger than its archive the content may be beyond that. Sheets of repeated rows reach about 50.
const WORKBOOK_RATIO: u64 = 200;

/// Logs of Inspect repeat a conversation in each of its turns: made ones of 400 turns are 185 to 290 times larger than Zstandard packs them.
/// What is kept of a part has limits of its own; this bounds the time.
const LOG_RATIO: u64 = 400;

/// What the parts of an archive may still unpack to, all of them together.
#[derive(Debug)]
pub(crate) struct ArchiveLimit {
    left: u64,
    ratio: u64,
}

impl ArchiveLimit {
    /// The limit of a workbook of so many bytes.
    pub(crate) fn of_workbook(packed: u64) -> ArchiveLimit {
        ArchiveLimit::with_ratio(packed, WORKBOOK_RATIO)
    }

    /// The limit of a log of so many bytes.
    pub(crate) fn of_log(packed: u64) -> ArchiveLimit {
        ArchiveLimit::with_ratio(packed, LOG_RATIO)
    }

    fn with_ratio(packed: u64, ratio: u64) -> ArchiveLimit {
        ArchiveLimit {
            left: ALWAYS_ALLOWED.max(packed.saturating_mul(ratio)),
            ratio,
        }
    }

    /// So many bytes more were unpacked; the error is a sentence about the archive.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.left.checked_sub(bytes as u64).ok_or_else(|| {
            let ratio = self.ratio;
            format!("the archive unpacks to more than {ratio} times its size and is not read")
        })?;
        self.left = left;
        Ok(())
    }

    /// A part that is read no further than the archive may unpack.
    pub(crate) fn reader<R: Read>(&mut self, part: R) -> impl Read {
        ArchivePart { part, limit: self }
    }
}

struct ArchivePart<'a, R> {
    part: R,
    limit: &'a mut ArchiveLimit,
}

impl<R: Read> Read for ArchivePart<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(into)?;
        self.limit.take(read).map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_together_are_bounded_by_the_size_of_the_archive() {
        let mut small = ArchiveLimit::of_workbook(100);
        assert_eq!(small.take(64 << 20), Ok(()));
        assert!(small.take(1).unwrap_err().contains("200 times"));
        let mut large = ArchiveLimit::of_workbook(1 << 20);
        assert_eq!(large.take(150 << 20), Ok(()));
        assert_eq!(large.take(50 << 20), Ok(()));
        let read = large.reader(&b"x"[..]).read(&mut [0; 8]);
        assert!(read.unwrap_err().to_string().contains("200 times"));
        // The end of a part is none too many.
        assert_eq!(large.reader(io::empty()).read(&mut [0; 8]).unwrap(), 0);
        let mut log = ArchiveLimit::of_log(1 << 20);
        assert_eq!(log.take(400 << 20), Ok(()));
        assert!(log.take(1).unwrap_err().contains("400 times"));
    }
}
