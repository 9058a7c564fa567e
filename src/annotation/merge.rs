//! Journals of several people, or machines, as one.

use super::{Entry, JournalContents, LabelRecord, standing_records};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct MergeCounts {
    /// Lines of the merged journal.
    pub entries: usize,
    /// Lines that stood in more than one of the journals.
    pub repeated: usize,
    /// Labels that hold.
    pub labels: usize,
    pub people: usize,
    pub rows: usize,
    /// Rows that two or more people labelled.
    pub shared_rows: usize,
}

/// All entries by time; those that stand in several journals once. Entries of one journal keep their order.
pub fn merge_journals(
    journals: Vec<JournalContents<LabelRecord>>,
) -> (Vec<Entry<LabelRecord>>, MergeCounts) {
    let mut seen = HashSet::new();
    let mut merged: Vec<Entry<LabelRecord>> = Vec::new();
    let mut repeated = 0;
    for journal in journals {
        // A journal may have equal lines of its own; those of another journal are the same lines copied.
        let mut own: BTreeMap<String, usize> = BTreeMap::new();
        for entry in journal.entries {
            let line = serde_json::to_string(&entry).unwrap_or_default();
            let number = own.entry(line.clone()).or_default();
            *number += 1;
            match seen.insert((line, *number)) {
                true => merged.push(entry),
                false => repeated += 1,
            }
        }
    }
    // Stable: what was written within the same millisecond stays in its order.
    merged.sort_by(|a, b| a.at().cmp(b.at()));
    let standing = standing_records(&merged);
    let mut rows: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for record in &standing {
        rows.entry(&record.row).or_default().insert(&record.by);
    }
    let people: BTreeSet<&str> = standing.iter().map(|record| record.by.as_str()).collect();
    let counts = MergeCounts {
        entries: merged.len(),
        repeated,
        labels: standing.len(),
        people: people.len(),
        rows: rows.len(),
        shared_rows: rows.values().filter(|people| people.len() > 1).count(),
    };
    (merged, counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotation::{JournalRecord, Undo};

    fn record(row: usize, by: &str, answer: &str, second: u32) -> Entry<LabelRecord> {
        Entry::Record(LabelRecord {
            at: format!("2026-01-01T00:00:{second:02}.000Z"),
            ..LabelRecord::for_tests(row, by, answer)
        })
    }

    fn journal(entries: &[&Entry<LabelRecord>]) -> JournalContents<LabelRecord> {
        JournalContents {
            entries: entries.iter().map(|entry| (*entry).clone()).collect(),
            torn: None,
        }
    }

    #[test]
    fn lines_are_ordered_by_time_and_copies_are_dropped() {
        let first = record(1, "ann", "x", 1);
        let second = record(1, "bo", "y", 2);
        let third = record(1, "ann", "z", 3);
        let Entry::Record(said) = &third else {
            unreachable!()
        };
        let undo = Entry::Undo(Undo {
            undo: said.subject(),
            by: "ann".into(),
            at: "2026-01-01T00:00:04.000Z".into(),
        });
        let ann = journal(&[&first, &third, &undo]);
        let bo = journal(&[&first, &second]);
        let (merged, counts) = merge_journals(vec![ann, bo]);
        assert_eq!(merged, [first.clone(), second, third, undo]);
        let expected = MergeCounts {
            entries: 4,
            repeated: 1,
            labels: 2,
            people: 2,
            rows: 1,
            shared_rows: 1,
        };
        assert_eq!(counts, expected);
        let twice = journal(&[&first, &first]);
        assert_eq!(merge_journals(vec![twice]).1.repeated, 0);
    }
}
