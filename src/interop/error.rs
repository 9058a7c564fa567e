//! Why a file of another tool cannot be taken over at all.

use crate::source::SourcePlace;
use std::path::PathBuf;

/// Why a file of another tool cannot be taken over at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that it names cannot be read.
    #[error("{at}: {} cannot be read: {source}", path.display())]
    Named {
        /// Where it is named.
        at: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the new project cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the new project is there already.
    #[error("{} is there already; choose another folder with -o, or write over it with --force", path.display())]
    There {
        /// The file.
        path: PathBuf,
    },
    /// It is not what it should be.
    #[error("{place}\n{message}")]
    Syntax {
        /// Where.
        place: Box<SourcePlace>,
        /// What is wrong.
        message: String,
    },
    /// There is nothing in it to make a project of.
    #[error("{}: {message}", path.display())]
    Nothing {
        /// The file.
        path: PathBuf,
        /// What is missing.
        message: String,
    },
}
