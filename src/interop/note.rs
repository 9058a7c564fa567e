//! What an import has to say: what was left out, and what a person should know.

use serde::Serialize;
use std::{fmt, path::PathBuf};

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It is not in the new project, so that scores or prompts differ.
    Dropped,
    /// It is there in another way, or has no counterpart and changes no score.
    Changed,
}

/// One thing that was not taken over as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub weight: Weight,
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

/// The notes of an import, each once.
#[derive(Debug, Default)]
pub struct Notes(Vec<Note>);

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
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// All of them: what was left out first, each kind in the order of places.
    pub fn finish(mut self) -> Vec<Note> {
        self.0
            .sort_by(|a, b| (a.weight, &a.file, a.line).cmp(&(b.weight, &b.file, b.line)));
        self.0
    }
}
