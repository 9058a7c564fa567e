//! What was not taken over of many records: each kind once, with its number and the place of the first.

use super::{NotePlace, Notes, Weight};
use crate::display::count;
use indexmap::IndexMap;
use std::borrow::Cow;

#[derive(Debug, Default)]
pub(super) struct Omissions(IndexMap<(Weight, String, Cow<'static, str>), (NotePlace, usize)>);

impl Omissions {
    /// Something of a record.
    pub(super) fn add(
        &mut self,
        weight: Weight,
        at: NotePlace,
        what: impl Into<String>,
        why: impl Into<Cow<'static, str>>,
    ) {
        let key = (weight, what.into(), why.into());
        self.0.entry(key).or_insert((at, 0)).1 += 1;
    }

    /// Something that is not in the new project.
    pub(super) fn dropped(
        &mut self,
        at: &NotePlace,
        what: impl Into<String>,
        why: impl Into<Cow<'static, str>>,
    ) {
        self.add(Weight::Dropped, at.clone(), what, why);
    }

    /// The weightiest, where there is one.
    pub(super) fn first(&self) -> Option<String> {
        let all = self.0.iter();
        let ((_, what, why), (at, times)) = all.min_by_key(|((weight, ..), _)| *weight)?;
        Some(format!("{at}: {}: {why}", with_times(what, *times)))
    }

    pub(super) fn add_to(self, notes: &mut Notes) {
        for ((weight, what, why), (at, times)) in self.0 {
            let what = with_times(&what, times);
            match weight {
                Weight::Dropped => notes.dropped(&at, what, why),
                Weight::Changed => notes.changed(&at, what, why),
            }
        }
    }
}

fn with_times(what: &str, times: usize) -> String {
    match times {
        1 => what.to_owned(),
        times => format!("{what} ({}, the first here)", count(times, "time")),
    }
}
