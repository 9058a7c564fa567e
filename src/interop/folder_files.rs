//! The files of a folder that is imported: which there are, and one note of all that are not read.

use super::{ImportError, NotePlace, files::Files};
use crate::{
    display::count,
    source::{FolderFiles, as_typed},
};
use std::path::{Path, PathBuf};

/// Most files that a note names.
const MOST_NAMED: usize = 5;

/// What of a folder was not read: where, what it is, and why.
pub(super) type Unread = (NotePlace, String, String);

/// A file, or all files in a folder and in the folders of it; and what of it cannot be looked into. Links to folders that may not be read
/// are refused; whether a file may be read is asked when it is.
pub(super) fn files_of(
    path: &Path,
    files: &Files,
) -> Result<(Vec<PathBuf>, Vec<Unread>), ImportError> {
    if !path.is_dir() {
        return Ok((vec![path.to_path_buf()], Vec::new()));
    }
    let found = FolderFiles::of(path, |folder| files.allows(folder));
    let found = found.map_err(|source| ImportError::Read {
        path: as_typed(path),
        source,
    })?;
    for link in &found.unfollowed {
        files.admits(link, &whole(path));
    }
    let unreadable = found.unreadable.into_iter();
    let unread = unreadable.map(|(at, why)| (whole(&at), "it cannot be read".into(), why));
    Ok((found.files, unread.collect()))
}

/// The files of a folder that an import leaves alone, in one note.
pub(super) fn unread_files(folder: &Path, files: &[PathBuf], why: &str) -> Option<Unread> {
    if files.is_empty() {
        return None;
    }
    let named = files.iter().take(MOST_NAMED);
    let named = named.map(|file| {
        let below = file.strip_prefix(folder).unwrap_or(file);
        below.display().to_string()
    });
    let mut what = count(files.len(), "file");
    what += ": ";
    what += &named.collect::<Vec<_>>().join(", ");
    if let Some(more) = files.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        what += &format!(" and {more} more");
    }
    Some((whole(folder), what, why.to_owned()))
}

fn whole(path: &Path) -> NotePlace {
    NotePlace {
        file: as_typed(path).into(),
        line: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_read_are_named_in_one_note() {
        let files =
            |n: usize| -> Vec<PathBuf> { (0..n).map(|n| format!("f/d/{n}").into()).collect() };
        let what = |n| unread_files(Path::new("f"), &files(n), "why").map(|(_, what, _)| what);
        assert_eq!(what(0), None);
        assert_eq!(what(1).unwrap(), "1 file: d/0");
        assert_eq!(what(5).unwrap(), "5 files: d/0, d/1, d/2, d/3, d/4");
        assert_eq!(
            what(7).unwrap(),
            "7 files: d/0, d/1, d/2, d/3, d/4 and 2 more"
        );
    }
}
