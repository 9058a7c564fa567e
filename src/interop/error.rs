//! Why a file of another tool cannot be taken over at all.

use super::NotePlace;
use crate::source::SourcePlace;
use std::{fmt::Display, path::PathBuf};

/// Why a file of another tool cannot be taken over at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("cannot read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A file that it names cannot be read.
    #[error("{at}: cannot read {}: {source}", path.display())]
    Named {
        /// Where it is named.
        at: String,
        path: PathBuf,
        source: std::io::Error,
    },
    /// It names files outside of its folder.
    #[error("files outside of the folder {} are not read:{files}\nuse --allow-outside if you trust this folder with them", folder.display())]
    Outside {
        folder: PathBuf,
        /// One per line, with where it is named.
        files: String,
    },
    /// A file of the new project cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A file of the new project is there already.
    #[error("{} already exists; choose another folder with -o, or overwrite it with --force", path.display())]
    There { path: PathBuf },
    /// It is not what it should be.
    #[error("{place}\n{message}")]
    Syntax {
        place: Box<SourcePlace>,
        message: String,
    },
    /// The other tool refuses a part of it, so that nothing can be compared.
    #[error("{at}: {what}: {why}")]
    Refused {
        /// Where it stands.
        at: String,
        what: String,
        why: String,
    },
    /// There is nothing in it to make a project of.
    #[error("{}: {message}", path.display())]
    Nothing { path: PathBuf, message: String },
}

impl ImportError {
    /// The other tool stops at what stands at a place.
    pub(super) fn refused(at: &NotePlace, what: &str, why: &str) -> ImportError {
        ImportError::Refused {
            at: at.to_string(),
            what: what.to_owned(),
            why: why.to_owned(),
        }
    }
}

/// Most that is told of what was left out, where nothing is left.
const MOST_SHOWN: usize = 3;

/// The first of what an error lists, a line each, and how many more there are.
pub(super) fn first_lines(mut all: impl Iterator<Item = impl Display>) -> String {
    let shown = all.by_ref().take(MOST_SHOWN);
    let mut lines: String = shown.map(|one| format!("\n  {one}")).collect();
    let more = all.count();
    if more > 0 {
        lines += &format!("\n  and {more} more");
    }
    lines
}

/// What is wrong with a text of JSON, without the place that the parser adds: it does not know where in a file the text stands.
pub(super) fn json_problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_say_how_many_are_behind_them() {
        assert_eq!(first_lines(0..0), "");
        assert_eq!(first_lines(1..4), "\n  1\n  2\n  3");
        assert_eq!(first_lines(1..6), "\n  1\n  2\n  3\n  and 2 more");
    }
}
