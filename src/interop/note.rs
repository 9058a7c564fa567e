//! What an import has to say: what was left out, and what a person should know.

use serde::Serialize;
use std::{collections::HashMap, fmt, path::PathBuf};

/// How much a note matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It is not in the new project, so that scores or prompts differ.
    Dropped,
    /// It is there in another way, or has no counterpart and changes no score.
    Changed,
}

/// One thing that was not taken over as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema)]
pub struct Note {
    pub weight: Weight,
    #[serde(serialize_with = "crate::display::lossy_path")]
    pub file: PathBuf,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    pub what: String,
    /// What became of it, and what to do.
    pub why: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}: {}", self.what, self.why)
    }
}

/// A place in a file that notes are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotePlace {
    /// The file, as a person would type it.
    pub file: std::sync::Arc<std::path::Path>,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
}

impl fmt::Display for NotePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

impl NotePlace {
    /// The place so many lines further on.
    pub fn after(&self, lines: usize) -> NotePlace {
        NotePlace {
            file: std::sync::Arc::clone(&self.file),
            line: self.line.map(|line| line + lines),
        }
    }
}

/// The notes of an import, each once, with their places in the order in which they came: a hostile file has one per line.
#[derive(Debug, Default)]
pub struct Notes(HashMap<Note, usize>);

impl Notes {
    /// Something is not in the new project.
    pub fn dropped(&mut self, at: &NotePlace, what: impl Into<String>, why: impl Into<String>) {
        self.add(Weight::Dropped, at, what.into(), why.into());
    }

    /// Something is there in another way.
    pub fn changed(&mut self, at: &NotePlace, what: impl Into<String>, why: impl Into<String>) {
        self.add(Weight::Changed, at, what.into(), why.into());
    }

    fn add(&mut self, weight: Weight, at: &NotePlace, what: String, why: String) {
        let note = Note {
            weight,
            file: at.file.to_path_buf(),
            line: at.line,
            what,
            why,
        };
        let next = self.0.len();
        self.0.entry(note).or_insert(next);
    }

    /// All of them: what was left out first, each kind in the order of places.
    pub fn finish(self) -> Vec<Note> {
        let mut all: Vec<(Note, usize)> = self.0.into_iter().collect();
        all.sort_by(|(a, came), (b, came_later)| {
            (a.weight, &a.file, a.line, came).cmp(&(b.weight, &b.file, b.line, came_later))
        });
        all.into_iter().map(|(note, _)| note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn each_note_is_there_once_in_the_order_of_places() {
        let at = |line| NotePlace {
            file: Path::new("f").into(),
            line: Some(line),
        };
        let mut notes = Notes::default();
        notes.changed(&at(1), "c", "");
        // As many as a hostile file has lines: looking through all of them for each would take minutes.
        for _ in 0..2 {
            for line in (1..50_000).rev() {
                notes.dropped(&at(line), "b", "");
                notes.dropped(&at(line), "a", "");
            }
        }
        let all = notes.finish();
        let shown: Vec<String> = all.iter().map(|note| format!("{note}")).collect();
        assert_eq!(shown.len(), 99_999);
        assert_eq!(
            (shown[0].as_str(), shown[1].as_str()),
            ("f:1: b: ", "f:1: a: ")
        );
        assert_eq!(shown[99_998], "f:1: c: ");
    }
}
