//! A journal written beside the screen: who decides does not wait for the disk.

use super::{Entry, Journal, JournalError, JournalRecord};
use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
};

/// Appends entries on a thread of its own, in order. What could not be written is tried again before the next entry, and at
/// the end.
#[derive(Debug)]
pub struct JournalWriter<R: JournalRecord> {
    sender: Sender<Entry<R>>,
    thread: JoinHandle<Result<(), JournalError>>,
}

impl<R: JournalRecord + Send + 'static> JournalWriter<R>
where
    R::Subject: Send,
{
    /// `report` learns how each attempt ended: how many entries are not on disk, and why where it failed.
    pub fn start(
        journal: Journal,
        report: impl Fn(usize, Option<JournalError>) + Send + 'static,
    ) -> JournalWriter<R> {
        let (sender, entries) = channel();
        let thread = std::thread::spawn(move || write_all(journal, &entries, &report));
        JournalWriter { sender, thread }
    }

    /// Write an entry soon.
    pub fn append(&self, entry: Entry<R>) {
        // The thread lives as long as the sender.
        let _ = self.sender.send(entry);
    }

    /// Wait until everything is on disk.
    pub fn finish(self) -> Result<(), JournalError> {
        drop(self.sender);
        // A panic was reported by its hook.
        self.thread.join().unwrap_or(Ok(()))
    }
}

fn write_all<R: JournalRecord>(
    mut journal: Journal,
    entries: &Receiver<Entry<R>>,
    report: &dyn Fn(usize, Option<JournalError>),
) -> Result<(), JournalError> {
    let mut open = VecDeque::new();
    let mut write = |open: &mut VecDeque<Entry<R>>| {
        while let Some(entry) = open.front() {
            journal.append(entry)?;
            open.pop_front();
        }
        Ok(())
    };
    while let Ok(entry) = entries.recv() {
        open.push_back(entry);
        open.extend(entries.try_iter());
        let written = write(&mut open);
        report(open.len(), written.err());
    }
    write(&mut open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotation::{LabelRecord, read_journal};
    use parking_lot::Mutex;
    use std::sync::Arc;

    #[test]
    fn what_was_sent_is_on_disk_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        let reports = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&reports);
        let writer = JournalWriter::start(Journal::open(&path).unwrap(), move |open, error| {
            into.lock().push((open, error.is_some()));
        });
        let records: Vec<Entry<LabelRecord>> = (0..40)
            .map(|row| Entry::Record(LabelRecord::for_tests(row, "ann", "x")))
            .collect();
        records
            .iter()
            .for_each(|entry| writer.append(entry.clone()));
        writer.finish().unwrap();
        assert_eq!(read_journal(&path).unwrap().entries, records);
        assert!(reports.lock().iter().all(|report| *report == (0, false)));
    }
}
