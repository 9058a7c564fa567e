//! Where records go, and what is said of the files that they come from.

use crate::{
    interop::{ImportError, NotePlace},
    source::as_typed,
};
use serde_json::Value;
use std::{io, path::Path};

/// Gets each record with its place.
pub(super) type Sink<'a> = &'a mut dyn FnMut(&Value, &NotePlace);

pub(super) fn place(file: &Path, line: Option<usize>) -> NotePlace {
    NotePlace {
        file: as_typed(file).into(),
        line,
    }
}

pub(super) fn failed(file: &Path, message: impl Into<String>) -> ImportError {
    ImportError::Read {
        path: as_typed(file),
        source: io::Error::new(io::ErrorKind::InvalidData, message.into()),
    }
}
