//! An append-only file of records, one JSON object per line: nothing in it is ever changed, and an undo is a line too.
//!
//! A record is on disk when `append` returns. A process that is killed leaves at most one line without an end, which was never
//! confirmed: it is reported when the file is read, and replaced by the next record.

use crate::source::as_typed;
use serde::{Deserialize, Serialize, de::DeserializeOwned, de::IgnoredAny};
use std::{
    collections::HashMap,
    fmt::Debug,
    fs::{File, OpenOptions},
    hash::Hash,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Longest line that is read: longer ones are no records.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// Something that a person said about a subject: the newest one per person and subject holds.
pub trait JournalRecord: Serialize + DeserializeOwned + Debug {
    type Subject: Serialize + DeserializeOwned + Clone + Eq + Hash + Debug;

    fn subject(&self) -> Self::Subject;
    /// Name of the person.
    fn by(&self) -> &str;
    /// RFC 3339, UTC.
    fn at(&self) -> &str;
}

/// Withdraws the newest record of a person about a subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undo<S> {
    pub undo: S,
    pub by: String,
    /// RFC 3339, UTC.
    pub at: String,
}

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Entry<R: JournalRecord> {
    Undo(Undo<R::Subject>),
    Record(R),
}

impl<R: JournalRecord> Entry<R> {
    pub fn by(&self) -> &str {
        match self {
            Entry::Undo(undo) => &undo.by,
            Entry::Record(record) => record.by(),
        }
    }

    pub fn at(&self) -> &str {
        match self {
            Entry::Undo(undo) => &undo.at,
            Entry::Record(record) => record.at(),
        }
    }

    fn parse(line: &str) -> serde_json::Result<Entry<R>> {
        #[derive(Deserialize)]
        struct Kind {
            undo: Option<IgnoredAny>,
        }
        let kind: Kind = serde_json::from_str(line)?;
        match kind.undo {
            Some(_) => serde_json::from_str(line).map(Entry::Undo),
            None => serde_json::from_str(line).map(Entry::Record),
        }
    }
}

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot {doing} {}: {source}", as_typed(path).display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "{}:{line}:{column}: {message}. Correct the line or remove it; the other records are not affected",
        as_typed(path).display()
    )]
    Line {
        path: PathBuf,
        line: usize,
        column: usize,
        message: String,
    },
}

/// The unfinished last line that a killed process left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TornLine {
    /// From 1.
    pub line: usize,
    pub bytes: usize,
}

/// What a journal holds.
#[derive(Debug)]
pub struct JournalContents<R: JournalRecord> {
    /// In the order in which they were written.
    pub entries: Vec<Entry<R>>,
    pub torn: Option<TornLine>,
}

impl<R: JournalRecord> Default for JournalContents<R> {
    fn default() -> Self {
        JournalContents {
            entries: Vec::new(),
            torn: None,
        }
    }
}

/// Read a journal; one that does not exist is empty.
pub fn read_journal<R: JournalRecord>(path: &Path) -> Result<JournalContents<R>, JournalError> {
    let io_error = |source| JournalError::Io {
        doing: "read",
        path: path.to_path_buf(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(JournalContents::default());
        }
        Err(error) => return Err(io_error(error)),
    };
    let mut contents = JournalContents::default();
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let limited = &mut (&mut reader).take(MAX_LINE_BYTES);
        if limited.read_until(b'\n', &mut bytes).map_err(io_error)? == 0 {
            break;
        }
        let is_ended = bytes.last() == Some(&b'\n');
        let is_last = !is_ended && (bytes.len() as u64) < MAX_LINE_BYTES;
        let wrong = |column, message| JournalError::Line {
            path: path.to_path_buf(),
            line,
            column,
            message,
        };
        let entry = match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim().is_empty() => continue,
            Ok(text) => {
                Entry::parse(text.trim_end()).map_err(|error| (error.column(), error.to_string()))
            }
            Err(error) => Err((error.valid_up_to() + 1, "not UTF-8 text".to_owned())),
        };
        match entry {
            Ok(entry) => contents.entries.push(entry),
            Err(_) if is_last => {
                contents.torn = Some(TornLine {
                    line,
                    bytes: bytes.len(),
                });
            }
            Err(_) if !is_ended => {
                return Err(wrong(1, format!("longer than {MAX_LINE_BYTES} bytes")));
            }
            Err((column, message)) => {
                // serde_json's own place is in a text of one line.
                let end = message.find(" at line ").unwrap_or(message.len());
                return Err(wrong(column.max(1), message[..end].to_owned()));
            }
        }
    }
    Ok(contents)
}

/// The records that were not withdrawn, in the order in which they were written.
pub fn standing_records<R: JournalRecord>(entries: &[Entry<R>]) -> Vec<&R> {
    let mut standing: Vec<Option<&R>> = Vec::new();
    let mut places: HashMap<(R::Subject, &str), Vec<usize>> = HashMap::new();
    for entry in entries {
        match entry {
            Entry::Record(record) => {
                let key = (record.subject(), record.by());
                places.entry(key).or_default().push(standing.len());
                standing.push(Some(record));
            }
            Entry::Undo(undo) => {
                let key = (undo.undo.clone(), undo.by.as_str());
                if let Some(newest) = places.get_mut(&key).and_then(Vec::pop) {
                    standing[newest] = None;
                }
            }
        }
    }
    standing.into_iter().flatten().collect()
}

/// A journal that is written to. Several processes may append to one file: each line is written under a lock.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Open a journal to append to it; it and its folders are created where they do not exist.
    pub fn open(path: &Path) -> Result<Journal, JournalError> {
        let create = || -> io::Result<File> {
            let folder = path.parent().filter(|dir| !dir.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let file = OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .open(path)?;
            // The file's name must outlive a power failure too.
            #[cfg(unix)]
            File::open(folder)?.sync_all()?;
            Ok(file)
        };
        let file = create().map_err(|source| JournalError::Io {
            doing: "open",
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Journal {
            path: path.to_path_buf(),
            file,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Append one line and wait until it is on disk.
    pub fn append<R: JournalRecord>(&mut self, entry: &Entry<R>) -> Result<(), JournalError> {
        let mut line = Vec::new();
        let written = serde_json::to_writer(&mut line, entry)
            .map_err(io::Error::from)
            .and_then(|()| {
                line.push(b'\n');
                self.append_line(&line)
            });
        written.map_err(|source| JournalError::Io {
            doing: "write to",
            path: self.path.clone(),
            source,
        })
    }

    fn append_line(&mut self, line: &[u8]) -> io::Result<()> {
        match self.file.lock() {
            // Some network file systems have no locks: lines of one `write` stay whole there too.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            locked => locked?,
        }
        let written = self.end_last_line().and_then(|()| {
            self.file.write_all(line)?;
            self.file.sync_data()
        });
        let _ = self.file.unlock();
        written
    }

    /// Remove the unfinished line of a killed process, or end a line that only lacks its end.
    fn end_last_line(&mut self) -> io::Result<()> {
        let length = self.file.seek(SeekFrom::End(0))?;
        let mut tail = Vec::new();
        let mut start = length;
        while start > 0 && !tail.contains(&b'\n') {
            let from = start.saturating_sub(4096);
            let mut block = vec![0; (start - from) as usize];
            self.file.seek(SeekFrom::Start(from))?;
            self.file.read_exact(&mut block)?;
            if tail.is_empty() && block.last() == Some(&b'\n') {
                return Ok(());
            }
            block.append(&mut tail);
            (tail, start) = (block, from);
        }
        let last = tail
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        match serde_json::from_slice::<IgnoredAny>(&tail[last..]) {
            _ if tail.is_empty() => Ok(()),
            Ok(_) => self.file.write_all(b"\n"),
            Err(_) => self.file.set_len(start + last as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Said {
        about: String,
        what: String,
        by: String,
        at: String,
    }

    impl JournalRecord for Said {
        type Subject = String;

        fn subject(&self) -> String {
            self.about.clone()
        }

        fn by(&self) -> &str {
            &self.by
        }

        fn at(&self) -> &str {
            &self.at
        }
    }

    fn record(about: &str, what: &str, by: &str) -> Entry<Said> {
        Entry::Record(Said {
            about: about.into(),
            what: what.into(),
            by: by.into(),
            at: "2026-01-01T00:00:00Z".into(),
        })
    }

    fn undo(about: &str, by: &str) -> Entry<Said> {
        Entry::Undo(Undo {
            undo: about.into(),
            by: by.into(),
            at: "2026-01-01T00:00:01Z".into(),
        })
    }

    fn read(path: &Path) -> JournalContents<Said> {
        read_journal(path).unwrap()
    }

    #[test]
    fn what_was_appended_is_read_and_an_undo_is_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels/a.jsonl");
        assert!(read(&path).entries.is_empty(), "a file that does not exist");
        let entries = [
            record("r1", "x\u{1b}\n\"", "ann"),
            record("r1", "y", "bo"),
            record("r1", "z", "ann"),
            undo("r1", "ann"),
            undo("r2", "ann"),
        ];
        let mut journal = Journal::open(&path).unwrap();
        for entry in &entries {
            journal.append(entry).unwrap();
        }
        let contents = read(&path);
        assert_eq!(contents.entries, entries);
        assert_eq!(contents.torn, None);
        let standing = standing_records(&contents.entries);
        let words: Vec<&str> = standing.iter().map(|said| said.what.as_str()).collect();
        assert_eq!(words, ["x\u{1b}\n\"", "y"], "only ann's newest went");
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 5);
    }

    #[test]
    fn a_kill_at_any_byte_of_a_line_loses_only_that_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        let first = serde_json::to_string(&record("r1", "käse", "ann")).unwrap() + "\n";
        let torn = serde_json::to_string(&record("r2", "名前", "ann")).unwrap();
        for cut in 0..=torn.len() {
            let mut bytes = first.clone().into_bytes();
            bytes.extend(&torn.as_bytes()[..cut]);
            std::fs::write(&path, &bytes).unwrap();
            let contents = read(&path);
            let is_torn = cut > 0 && cut < torn.len();
            let expected = is_torn.then_some(TornLine {
                line: 2,
                bytes: cut,
            });
            assert_eq!(contents.torn, expected, "cut at {cut}");
            let mut journal = Journal::open(&path).unwrap();
            journal.append(&record("r3", "z", "ann")).unwrap();
            let after = read(&path);
            let whole = usize::from(cut == torn.len());
            assert_eq!((after.entries.len(), after.torn), (2 + whole, None));
            assert_eq!(after.entries.last(), Some(&record("r3", "z", "ann")));
        }
    }

    #[test]
    fn a_torn_line_longer_than_a_block_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        journal
            .append(&record("r1", &"x".repeat(9_000), "ann"))
            .unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(format!("{{\"about\": \"{}", "y".repeat(20_000)).bytes());
        std::fs::write(&path, bytes).unwrap();
        journal.append(&record("r2", "z", "ann")).unwrap();
        assert_eq!(read(&path).entries.len(), 2);
    }

    #[test]
    fn two_writers_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        std::thread::scope(|scope| {
            for by in ["ann", "bo"] {
                let path = &path;
                scope.spawn(move || {
                    let mut journal = Journal::open(path).unwrap();
                    for row in 0..100 {
                        let what = "w".repeat(row * 50);
                        journal
                            .append(&record(&format!("r{row}"), &what, by))
                            .unwrap();
                    }
                });
            }
        });
        let entries = read(&path).entries;
        for by in ["ann", "bo"] {
            let own: Vec<String> = entries
                .iter()
                .filter(|entry| entry.by() == by)
                .map(|entry| match entry {
                    Entry::Record(said) => said.about.clone(),
                    Entry::Undo(_) => unreachable!(),
                })
                .collect();
            let expected: Vec<String> = (0..100).map(|row| format!("r{row}")).collect();
            assert_eq!(own, expected);
        }
    }

    #[test]
    fn a_bad_line_is_located() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        let good = serde_json::to_string(&record("r1", "x", "ann")).unwrap();
        let error = |middle: &[u8]| {
            let bytes = [
                good.as_bytes(),
                b"\n\n",
                middle,
                b"\n",
                good.as_bytes(),
                b"\n",
            ]
            .concat();
            std::fs::write(&path, bytes).unwrap();
            read_journal::<Said>(&path).unwrap_err().to_string()
        };
        let text = error(b"{\"about\": oops}");
        assert!(
            text.contains("a.jsonl:3:11: expected value. Correct"),
            "{text}"
        );
        let text = error(b"{\"about\": \"r1\"}");
        assert!(
            text.contains("a.jsonl:3:15: missing field `what`"),
            "{text}"
        );
        let text = error(b"{\"undo\": 3, \"by\": \"a\", \"at\": \"\"}");
        assert!(text.contains("a.jsonl:3:10: invalid type"), "{text}");
        let text = error(b"{\"about\": \"\xff\"}");
        assert!(text.contains("a.jsonl:3:12: not UTF-8 text"), "{text}");
    }
}
